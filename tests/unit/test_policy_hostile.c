// SPDX-License-Identifier: ISC
//
// Mutated policies: whatever the bytes are, the parser answers. What it accepts prints to a text
// that it accepts again and that prints alike; what it refuses has an error with a place in the
// text.
//
// Usage: test_policy_hostile [COUNT [SEED]]   (COUNT mutants, 10000 unless given)
#include "check.h"

#include "policy/diagnose.h"
#include "policy/load.h"
#include "policy/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 4096

static unsigned long mutants = 10000;
static uint64_t random_state = 1;

static uint32_t draw(uint32_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % limit;
}

static const char *const seeds[] = {
    ("@arch x86_64, aarch64\n@default kill-process\n@badarch kill-process\n"
     "@param $listener: u32 in 1..4194304\n"
     "recvfrom: arg0 == 0 && arg3 in MSG_DONTWAIT && arg4 == 0 && arg5 == 0\n"
     "kill: arg0 == $listener && arg1 == SIGUSR1\nexit_group: allow\n"),
    ("@default return EPERM\n@const FLAGS = MAP_PRIVATE | MAP_ANONYMOUS\n"
     "mmap: { arg2 & PROT_EXEC; kill-process, arg3 & FLAGS == FLAGS; allow, return ENOSYS }\n"
     "{ read, write [arch=x86_64] }: arg0:u32 < 3 || arg0 >= 0x100; trap\nclose: 1 # always\n"),
    ("@default kill-thread\nsocket: arg0 == AF_UNIX || arg0 == AF_INET && arg1 != ~(3|4)\n"
     "ioctl: arg1 in \\\n  (TIOCGWINSZ | 0777)\nopen: return ENOENT\nclone: arg0 & ~CLONE_FS == "
     "0\n"),
};

static const char *const words[] = {
    "@default ",
    "@arch ",
    "@param $p: u64 in 0..9\n",
    "@const X = 1\n",
    "@include /x\n",
    "$p",
    "arg0",
    "arg6",
    ":u32",
    " && ",
    " || ",
    " == ",
    " in ",
    "0x",
    "18446744073709551616",
    "{",
    "}",
    "[arch=",
    "allow",
    "; trap",
    "\n",
    "\\\n",
    "#",
    "\xff",
    "~",
    "return ",
    "read: allow\n",
    "\t",
    "..",
    "-1",
};

static size_t insert(char *text, size_t length, const char *piece, size_t size)
{
    size_t at = draw((uint32_t)length + 1);
    if (length + size >= TEXT_BYTES)
        return length;
    memmove(text + at + size, text + at, length - at);
    memcpy(text + at, piece, size);
    return length + size;
}

static size_t mutate(char *text, size_t length)
{
    size_t at = draw((uint32_t)length);
    size_t size = 1 + draw(8);
    const char *word = words[draw(COUNT(words))];
    char copy[16];
    switch (draw(4)) {
    case 0: text[at] = (char)draw(256); return length;
    case 1: return insert(text, length, word, strlen(word));
    case 2: // take a piece out
        size = at + size <= length ? size : length - at;
        memmove(text + at, text + at + size, length - at - size);
        return length - size > 0 ? length - size : length;
    default: // a piece stands twice
        size = at + size <= length ? size : length - at;
        memcpy(copy, text + at, size);
        return insert(text, length, copy, size);
    }
}

static char *print(const struct policy *policy, size_t *length)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, length);
    assert_non_null(stream);
    policy_print(stream, policy);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void assert_print_is_stable(const struct policy *policy, const struct load_options *options)
{
    struct diagnostics diagnostics;
    size_t length;
    size_t again_length;
    char *text = print(policy, &length);
    diagnostics_create(&diagnostics);
    struct policy *again = policy_load_text("again", text, length, options, &diagnostics);
    if (again == NULL) {
        diagnostics_print(&diagnostics, stderr);
        fail_msg("what was printed is refused:\n%s", text);
    } else {
        char *second = print(again, &again_length);
        assert_int_equal(length, again_length);
        assert_memory_equal(text, second, length);
        free(second);
        policy_free(again);
    }
    diagnostics_destroy(&diagnostics);
    free(text);
}

static void assert_errors_have_a_place(const struct diagnostics *diagnostics, const char *text,
                                       size_t length)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    assert_true(diagnostics->errors > 0);
    for (size_t i = 0; i < diagnostics->count; i++)
        assert_in_range(diagnostics->list[i].at.line, 0, lines);
}

static void every_mutant_is_answered(void **state)
{
    (void)state;
    const struct load_options options = {0};
    unsigned long accepted = 0;
    for (unsigned long i = 0; i < mutants; i++) {
        char text[TEXT_BYTES];
        struct diagnostics diagnostics;
        const char *seed = seeds[draw(COUNT(seeds))];
        size_t length = strlen(seed);
        memcpy(text, seed, length);
        for (uint32_t n = draw(4); n > 0; n--)
            length = mutate(text, length);
        // Exactly as long as it is, so that ASan sees a step beyond it.
        char *exact = malloc(length);
        assert_non_null(exact);
        memcpy(exact, text, length);
        diagnostics_create(&diagnostics);
        struct policy *policy = policy_load_text("mutant", exact, length, &options, &diagnostics);
        if (policy != NULL)
            assert_print_is_stable(policy, &options);
        else
            assert_errors_have_a_place(&diagnostics, exact, length);
        accepted += policy != NULL;
        policy_free(policy);
        diagnostics_destroy(&diagnostics);
        free(exact);
    }
    // Both sides were tried.
    assert_in_range(accepted, mutants / 50, mutants - mutants / 50);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_mutant_is_answered)};
    if (argc > 1)
        mutants = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        random_state = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
