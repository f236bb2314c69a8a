// SPDX-License-Identifier: ISC
//
// What a session leaves in its page, and how it ended: the reader survives anything.
#include "check.h"

#include "echocell/ledger.h"
#include "echocell/outcome.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void honest_entry_is_copied(void **state)
{
    (void)state;
    union ledger_page page = {.entry = {3, 40, 61, SETUP_FILTER, 22, 257, 5}};
    struct ledger_entry copy;
    assert_true(ledger_read(&page, &copy));
    assert_memory_equal(&copy, &page.entry, sizeof(copy));
}

static void hostile_entry_is_bounded_and_reported(void **state)
{
    (void)state;
    union ledger_page page;
    struct ledger_entry copy;
    memset(&page, 0xff, sizeof(page));
    assert_false(ledger_read(&page, &copy));
    assert_true(copy.messages == LEDGER_COUNT_MAX);
    assert_true(copy.received == LEDGER_COUNT_MAX);
    assert_true(copy.sent == LEDGER_COUNT_MAX);
    assert_int_equal(copy.failed_step, SETUP_NONE);
}

static void each_lie_alone_is_seen(void **state)
{
    (void)state;
    struct ledger_entry copy;
    const struct ledger_entry lies[] = {
        {.messages = LEDGER_COUNT_MAX + 1},
        {.received = LEDGER_COUNT_MAX + 1},
        {.sent = UINT64_MAX},
        {.failed_step = SETUP_STEPS},
    };
    for (size_t i = 0; i < COUNT(lies); i++) {
        union ledger_page page = {.entry = lies[i]};
        assert_false(ledger_read(&page, &copy));
    }
    union ledger_page edge = {.entry = {.messages = LEDGER_COUNT_MAX}};
    assert_true(ledger_read(&edge, &copy));
}

static void every_step_has_a_word(void **state)
{
    (void)state;
    for (uint32_t step = 0; step < SETUP_STEPS; step++)
        assert_non_null(ledger_step_word(step));
    assert_string_equal(ledger_step_word(SETUP_STEPS), "none");
    assert_string_equal(ledger_step_word(UINT32_MAX), "none");
}

static void page_starts_empty_again(void **state)
{
    (void)state;
    union ledger_page page;
    struct ledger_entry copy;
    memset(&page, 0xff, sizeof(page));
    ledger_reset(&page);
    assert_true(ledger_read(&page, &copy));
    assert_int_equal(copy.messages + copy.received + copy.sent, 0);
    assert_int_equal(copy.violation_number, 0);
}

// The child is lent one page of five and can write to it; any other page ends it.
static int touch_in_child(size_t keep, size_t touch)
{
    struct ledger ledger;
    int status;
    assert_int_equal(ledger_create(&ledger, 5), 0);
    assert_int_equal(madvise(&ledger.pages[keep], LEDGER_PAGE_BYTES, MADV_DOFORK), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        ledger.pages[touch].entry.messages = 7;
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        assert_int_equal(ledger.pages[touch].entry.messages, 7);
    return status;
}

static void session_reaches_its_own_page_only(void **state)
{
    (void)state;
    for (size_t keep = 0; keep < 5; keep++) {
        for (size_t touch = 0; touch < 5; touch++) {
            int status = touch_in_child(keep, touch);
            if (keep == touch)
                assert_int_equal(status, 0);
            else
                assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        }
    }
}

static void every_wait_status_has_an_outcome(void **state)
{
    (void)state;
    for (int status = 0; status <= 0xffff; status++) {
        enum outcome outcome = outcome_of_wait(status, 0);
        assert_true(outcome < OUTCOMES);
        assert_non_null(outcome_word(outcome));
    }
}

static int exited(int code)
{
    return code << 8;
}

static void outcomes_mean_what_the_log_says(void **state)
{
    (void)state;
    static const struct {
        int status, drained;
        const char *word;
    } expected[] = {
        {0, 0, "eof"},
        {0x0100, 0, "quit"},
        {0x0200, 0, "idle_timeout"},
        {0x0300, 0, "send_timeout"},
        {0x0400, 0, "reset"},
        {0x0500, 0, "setup_failed"},
        {0x0600, 0, "policy_violation"},
        {0x0700, 0, "crash"},
        {0xff00, 0, "crash"},
        {SIGALRM, 0, "session_timeout"},
        {SIGSYS, 0, "policy_violation"},
        {SIGSYS | 0x80, 0, "policy_violation"},
        {SIGSEGV, 0, "crash"},
        {SIGABRT, 0, "crash"},
        {SIGBUS, 1, "crash"},
        {SIGKILL, 0, "killed"},
        {SIGKILL, 1, "drained"},
        {SIGTERM, 1, "killed"},
    };
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_string_equal(outcome_word(outcome_of_wait(expected[i].status, expected[i].drained)),
                            expected[i].word);
    assert_int_equal(exited(OUTCOME_QUIT), 0x0100);
}

static void only_crashes_and_violations_are_hostile(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOMES; i++)
        assert_int_equal(outcome_is_hostile((enum outcome)i),
                         i == OUTCOME_CRASH || i == OUTCOME_POLICY_VIOLATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_entry_is_copied),
        cmocka_unit_test(hostile_entry_is_bounded_and_reported),
        cmocka_unit_test(each_lie_alone_is_seen),
        cmocka_unit_test(every_step_has_a_word),
        cmocka_unit_test(page_starts_empty_again),
        cmocka_unit_test(session_reaches_its_own_page_only),
        cmocka_unit_test(every_wait_status_has_an_outcome),
        cmocka_unit_test(outcomes_mean_what_the_log_says),
        cmocka_unit_test(only_crashes_and_violations_are_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
