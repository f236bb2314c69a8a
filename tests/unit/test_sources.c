// SPDX-License-Identifier: ISC
//
// Per-source counts and penalties, against a plain list that does the same slowly.
#include "check.h"

#include "echocell/sources.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SESSIONS 8

static struct sources sources;

static int start(void **state)
{
    (void)state;
    uint32_t capacity = sources_capacity(MAX_SESSIONS);
    uint32_t buckets = sources_buckets(MAX_SESSIONS);
    // Exactly as much as was asked for, so that ASan sees a step beyond it.
    sources_start(&sources, calloc(capacity, sizeof(struct source)), capacity,
                  calloc(buckets, sizeof(uint32_t)), buckets, 0x9e3779b97f4a7c15);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(sources.table);
    free(sources.buckets);
    return 0;
}

static struct network key_of(uint32_t number)
{
    struct network key = {.bits = 128};
    memcpy(key.bytes + 12, &number, sizeof(number));
    return key;
}

static enum source_verdict admit(uint32_t number, uint32_t limit, uint64_t now, uint32_t *index)
{
    struct network key = key_of(number);
    return sources_admit(&sources, &key, limit, now, index);
}

static void limit_holds_for_each_source_alone(void **state)
{
    (void)state;
    uint32_t a[3];
    uint32_t b;
    assert_int_equal(admit(1, 2, 0, &a[0]), SOURCE_ADMITTED);
    assert_int_equal(admit(1, 2, 0, &a[1]), SOURCE_ADMITTED);
    assert_int_equal(admit(1, 2, 0, &a[2]), SOURCE_FULL);
    assert_int_equal(admit(2, 2, 0, &b), SOURCE_ADMITTED);
    sources_release(&sources, a[0], 0);
    assert_int_equal(admit(1, 2, 0, &a[0]), SOURCE_ADMITTED);
}

static void zero_limit_is_no_limit(void **state)
{
    (void)state;
    uint32_t index;
    for (int i = 0; i < MAX_SESSIONS; i++)
        assert_int_equal(admit(1, 0, 0, &index), SOURCE_ADMITTED);
}

static void penalty_lasts_as_long_as_it_was_given(void **state)
{
    (void)state;
    uint32_t index;
    assert_int_equal(admit(1, 0, 100, &index), SOURCE_ADMITTED);
    sources_punish(&sources, index, 200);
    sources_release(&sources, index, 100);
    assert_int_equal(admit(1, 0, 199, &index), SOURCE_PUNISHED);
    assert_int_equal(admit(2, 0, 199, &index), SOURCE_ADMITTED);
    assert_int_equal(admit(1, 0, 200, &index), SOURCE_ADMITTED);
}

static void penalty_counts_while_others_of_the_source_run(void **state)
{
    (void)state;
    uint32_t one;
    uint32_t two;
    assert_int_equal(admit(1, 0, 0, &one), SOURCE_ADMITTED);
    assert_int_equal(admit(1, 0, 0, &two), SOURCE_ADMITTED);
    sources_punish(&sources, one, 50);
    sources_release(&sources, one, 0);
    assert_int_equal(admit(1, 0, 10, &one), SOURCE_PUNISHED);
    sources_release(&sources, two, 10);
    assert_int_equal(admit(1, 0, 20, &one), SOURCE_PUNISHED);
    assert_int_equal(admit(1, 0, 50, &one), SOURCE_ADMITTED);
}

static void punish_one(uint32_t number)
{
    uint32_t index;
    assert_int_equal(admit(number, 0, 0, &index), SOURCE_ADMITTED);
    sources_punish(&sources, index, 1000);
    sources_release(&sources, index, 0);
}

static void flood_forgets_the_oldest_penalty_and_nobody_who_is_served(void **state)
{
    (void)state;
    uint32_t served[MAX_SESSIONS];
    uint32_t index;
    for (uint32_t i = 0; i < MAX_SESSIONS - 1; i++)
        assert_int_equal(admit(1000000 + i, 1, 0, &served[i]), SOURCE_ADMITTED);
    for (uint32_t i = 0; i < 2 * PENALTIES_MAX; i++)
        punish_one(i);
    assert_int_equal(admit(2 * PENALTIES_MAX - 1, 0, 1, &index), SOURCE_PUNISHED);
    assert_int_equal(admit(PENALTIES_MAX + 8, 0, 1, &index), SOURCE_PUNISHED);
    for (uint32_t i = 0; i < MAX_SESSIONS - 1; i++)
        assert_int_equal(admit(1000000 + i, 1, 1, &index), SOURCE_FULL);
    assert_int_equal(admit(0, 0, 1, &index), SOURCE_ADMITTED);
}

//// The same, slowly

struct slow {
    uint32_t number;
    uint32_t sessions;
    uint64_t until;
};

static enum source_verdict slow_admit(const struct slow *slow, uint32_t limit, uint64_t now)
{
    if (slow->until > now)
        return SOURCE_PUNISHED;
    return limit > 0 && slow->sessions >= limit ? SOURCE_FULL : SOURCE_ADMITTED;
}

static void random_histories_agree_with_a_plain_list(void **state)
{
    (void)state;
    struct slow slow[16] = {0};
    struct {
        uint32_t number, index;
    } live[MAX_SESSIONS];
    uint32_t count = 0;
    uint32_t random = 1;
    for (uint64_t now = 0; now < 200000; now++) {
        random = random * 1664525 + 1013904223;
        uint32_t number = random >> 28;
        if (count > 0 && (random >> 20 & 1)) {
            uint32_t pick = (random >> 8) % count;
            struct slow *source = &slow[live[pick].number];
            if ((random >> 4 & 7) == 0) {
                source->until = now + 30;
                sources_punish(&sources, live[pick].index, now + 30);
            }
            source->sessions--;
            sources_release(&sources, live[pick].index, now);
            live[pick] = live[--count];
        } else if (count < MAX_SESSIONS) {
            uint32_t index;
            enum source_verdict verdict = admit(number, 3, now, &index);
            assert_int_equal(verdict, slow_admit(&slow[number], 3, now));
            if (verdict == SOURCE_ADMITTED) {
                slow[number].sessions++;
                live[count].number = number;
                live[count++].index = index;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(limit_holds_for_each_source_alone, start, stop),
        cmocka_unit_test_setup_teardown(zero_limit_is_no_limit, start, stop),
        cmocka_unit_test_setup_teardown(penalty_lasts_as_long_as_it_was_given, start, stop),
        cmocka_unit_test_setup_teardown(penalty_counts_while_others_of_the_source_run, start, stop),
        cmocka_unit_test_setup_teardown(flood_forgets_the_oldest_penalty_and_nobody_who_is_served,
                                        start, stop),
        cmocka_unit_test_setup_teardown(random_histories_agree_with_a_plain_list, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
