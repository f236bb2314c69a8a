// SPDX-License-Identifier: ISC
//
// The small tables: running sessions, passwd lines, escaped text.
#include "check.h"

#include "echocell/identity.h"
#include "echocell/registry.h"
#include "echocell/trace.h"

#include <string.h>

static void every_session_is_found_by_its_process(void **state)
{
    (void)state;
    enum { SESSIONS = 100 };
    struct registry registry;
    uint32_t slots[SESSIONS];
    registry_create(&registry, SESSIONS);
    for (int i = 0; i < SESSIONS; i++) {
        slots[i] = registry_take(&registry);
        assert_true(slots[i] < SESSIONS);
        registry_bind(&registry, slots[i], 128 * i + 1); // all in one chain
    }
    assert_int_equal(registry_take(&registry), REGISTRY_NONE);
    for (int i = 0; i < SESSIONS; i += 2)
        registry_release(&registry, slots[i]);
    assert_int_equal(registry.active, SESSIONS / 2);
    for (int i = 0; i < SESSIONS; i++)
        assert_int_equal(registry_find(&registry, 128 * i + 1),
                         i % 2 == 0 ? REGISTRY_NONE : slots[i]);
    assert_int_equal(registry_find(&registry, 2), REGISTRY_NONE);
}

static void slot_of_a_failed_fork_is_free_again(void **state)
{
    (void)state;
    struct registry registry;
    registry_create(&registry, 1);
    uint32_t slot = registry_take(&registry);
    assert_int_equal(slot, 0);
    registry_untake(&registry, slot);
    assert_int_equal(registry_take(&registry), 0);
    assert_int_equal(registry.active, 0);
}

static void passwd_lines_are_read_to_the_letter(void **state)
{
    (void)state;
    const char *name;
    size_t length;
    struct identity identity;
    assert_true(identity_parse_line("daemon:x:1:2:d:/:/bin/sh\n", &name, &length, &identity));
    assert_int_equal(length, 6);
    assert_memory_equal(name, "daemon", 6);
    assert_int_equal(identity.uid, 1);
    assert_int_equal(identity.gid, 2);
    assert_true(identity_parse_line("big::4294967294:0::/:", &name, &length, &identity));
    assert_true(identity.uid == 4294967294);
    static const char *const bad[] = {
        "",
        "\n",
        "+::::::",
        ":x:1:2:d:/:/bin/sh",
        "daemon:x:1:2:d:/",
        "daemon:x:1:2:d:/:/bin/sh:more",
        "daemon:x::2:d:/:/bin/sh",
        "daemon:x:-1:2:d:/:/bin/sh",
        "daemon:x:1x:2:d:/:/bin/sh",
        "daemon:x:1: 2:d:/:/bin/sh",
        "daemon:x:4294967295:2:d:/:/bin/sh",
        "daemon:x:4294967296:2:d:/:/bin/sh",
        "daemon:x:99999999999999999999:2:d:/:/bin/sh",
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        if (identity_parse_line(bad[i], &name, &length, &identity))
            fail_msg("accepted: %s", bad[i]);
}

static void every_byte_is_escaped_to_printable_ascii(void **state)
{
    (void)state;
    for (int i = 0; i < 512; i++) {
        char out[TRACE_ESCAPE_BYTES + 1];
        int byte = i % 256;
        uint8_t in = (uint8_t)byte;
        size_t length = trace_escape(&in, 1, i >= 256, out);
        assert_in_range(length, 1, i >= 256 ? 6 : 4);
        assert_int_equal(strlen(out), length);
        for (size_t at = 0; at < length; at++)
            assert_in_range(out[at], 0x20, 0x7e);
        if (length == 1)
            assert_true(out[0] == byte && byte != '"' && byte != '\\');
        else
            assert_int_equal(out[0], '\\');
    }
}

static void escapes_are_those_of_the_manual(void **state)
{
    (void)state;
    const uint8_t in[] = "a\n\r\t\0\\\"\x1b\xff";
    char out[TRACE_ESCAPE_BYTES * sizeof(in) + 1];
    trace_escape(in, sizeof(in) - 1, false, out);
    assert_string_equal(out, "a\\n\\r\\t\\x00\\\\\\\"\\x1b\\xff");
    trace_escape(in, sizeof(in) - 1, true, out);
    assert_string_equal(out, "a\\n\\r\\t\\u0000\\\\\\\"\\u001b\\u00ff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_session_is_found_by_its_process),
        cmocka_unit_test(slot_of_a_failed_fork_is_free_again),
        cmocka_unit_test(passwd_lines_are_read_to_the_letter),
        cmocka_unit_test(every_byte_is_escaped_to_printable_ascii),
        cmocka_unit_test(escapes_are_those_of_the_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
