// SPDX-License-Identifier: ISC
//
// kernel_children.c: processes: that part of echocell/kernel.h over the script.
#include "echocell/descriptors.h"
#include "echocell/kernel.h"
#include "oracle.h"
#include "scripted_kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

// Numbers come back soon, and meet in one chain of the registry.
static pid_t new_pid(void)
{
    while (script_find_child(script.pid_free) != NULL)
        script.pid_free += PID_STEP;
    return script.pid_free;
}

// Who has that page of the ledger by the listener's account: a session, or, behind those, a cell.
static pid_t owner_of(uint32_t slot)
{
    const struct registry *registry = &scripted_server->registry;
    return slot < registry->capacity
               ? registry->records[slot].pid
               : scripted_server->metrics.cells[slot - registry->capacity].pid;
}

// What the child inherits of the ledger is one page, and nobody else's.
static uint32_t inherited_page(void)
{
    ORACLE(script.lent != NULL, "fork: without a page of the ledger");
    const union ledger_page *pages = scripted_server->plan->ledger.pages;
    const uint32_t slot = (uint32_t)((const union ledger_page *)script.lent - pages);
    ORACLE(owner_of(slot) == 0, "fork: page %u is that of session %d", slot, owner_of(slot));
    return slot;
}

static void tell_fork(pid_t pid)
{
    if (script.scrapes)
        model_fork_cell(&model, &script.client, pid);
    else
        model_fork(&model, &script.client, pid);
}

pid_t kernel_fork(void)
{
    ORACLE(script.connection >= 0 && script.verdict == MODEL_ADMIT && !script.settled,
           "fork: for nobody (verdict %d)", script.verdict);
    script.settled = true;
    ORACLE(!script.must_look, "fork: for one who was to be refused, without a look");
    ORACLE(script.scrapes || scripted_server->plan->untuned == !script.queues[script.from].emptied,
           "fork: untuned is %d for one of queue %zu", scripted_server->plan->untuned, script.from);
    ORACLE(script.signals_open && script.rseq_left, "fork: before all is prepared");
    ORACLE(script.scrapes || script.page == NULL || *script.page == '\0',
           "fork: the session inherits the page");
    EXPLAIN("fork: %s\n",
            script.fork_failures > 0 ? strerrorname_np(script.fork_error) : "a session");
    if (script.fork_failures > 0) {
        script.fork_failures--;
        tell_fork(-script.fork_error);
        return -script.fork_error;
    }
    const uint32_t slot = inherited_page();
    const pid_t pid = new_pid();
    struct script_child *child = script_add_child(pid, false);
    ORACLE(child != NULL, "fork: %u sessions run", script_living());
    child->slot = slot;
    tell_fork(pid);
    return pid;
}

// Puts into the ledger what the session would have left there.
static void leave(const struct script_child *child)
{
    static const struct ledger_entry fresh;
    const uint32_t slot = child->slot;
    ORACLE(owner_of(slot) == child->pid, "registry: nobody knows child %d", child->pid);
    struct ledger_entry *entry = &scripted_server->plan->ledger.pages[slot].entry;
    ORACLE(memcmp(entry, &fresh, sizeof(fresh)) == 0, "ledger: page %u was not fresh", slot);
    *entry = (struct ledger_entry){
        .messages = child->entry.messages,
        .received = child->entry.received,
        .sent = child->entry.sent,
        .failed_step = child->entry.failed_step,
        .failed_errno = child->entry.failed_errno,
        .violation_number = child->entry.violation_number,
        .violation_arch = child->entry.violation_arch,
    };
}

static pid_t bury(struct script_child *child, int *status)
{
    const struct script_child dead = script_bury_child(child);
    *status = dead.status;
    if (!dead.stranger) {
        leave(&dead);
        model_reap(&model, dead.pid, dead.status, &dead.entry);
    }
    return dead.pid;
}

static pid_t reap_any(int *status)
{
    for (size_t i = 0; i < script.child_room && script.dead_count > 0; i++) {
        size_t at = (script.next_victim + VICTIM_STEP * i) % script.child_room;
        struct script_child *child = &script.children[at];
        if (child->pid == 0 || !child->dead)
            continue;
        script.next_victim = (unsigned)at + 3;
        return bury(child, status);
    }
    return 0;
}

// Not before the last one is long enough ago, unless for a client who would be refused.
static void begin_look(void)
{
    ORACLE(script.connection < 0 || script.must_look, "reap: a look before client %d is settled",
           script.connection);
    ORACLE(script.must_look || model.now_ms >= script.look_due_ms,
           "reap: the next look is due in %lu ms", script.look_due_ms - model.now_ms);
    script.looking = true;
    script.holding = script.must_look;
    script.must_look = false;
    if (script.holding)
        script_hold_client();
}

static void end_look(void)
{
    const uint64_t rest_ms = model.active / LIVING_PER_MS;
    script.look_due_ms = model.now_ms + (rest_ms < LOOK_REST_MAX_MS ? rest_ms : LOOK_REST_MAX_MS);
    script.look_wanted = false;
    script.looking = false;
    if (script.holding)
        script_judge_again();
    script.holding = false;
}

pid_t kernel_reap(pid_t pid, int *status)
{
    ORACLE(script.named == (pid > 0 ? pid : 0), "reap: %d, when the signal named %d", pid,
           script.named);
    if (pid < 0) {
        if (!script.looking)
            begin_look();
        pid = reap_any(status);
        if (pid == 0)
            end_look();
        return pid;
    }
    struct script_child *child = script_find_child(pid);
    script.named = 0;
    pid = child != NULL && child->dead ? bury(child, status) : 0;
    script_tell_signals();
    return pid;
}

static bool has_memory(void)
{
    if (script.lend_failures == 0)
        return true;
    script.lend_failures--;
    script.settled = true;
    tell_fork(-ENOMEM);
    return false;
}

bool kernel_lend(void *page)
{
    ORACLE(script.lent == NULL, "lend: a session would inherit two pages");
    if (!has_memory())
        return false;
    script.lent = page;
    return true;
}

bool kernel_take_back(void *page)
{
    ORACLE(script.lent == page && page != NULL, "lend: %p is not lent", page);
    if (!has_memory())
        return false;
    script.lent = NULL;
    return true;
}

void kernel_end(pid_t pid)
{
    struct script_child *child = script_find_child(pid);
    if (model.phase == MODEL_ENDING && model.now_ms >= model.drain_until_ms)
        model.phase = MODEL_KILLING;
    EXPLAIN("kill: %d\n", pid);
    ORACLE(model.phase == MODEL_KILLING, "kill: %d in phase %d", pid, model.phase);
    ORACLE(pid > 0 && child != NULL && !child->stranger, "kill: %d is no session", pid);
    model_end(&model, pid);
    if (child->dead)
        return;
    script_die(child, SIGKILL);
    child->late = true;
    script.some_are_late = true;
}
