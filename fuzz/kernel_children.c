// SPDX-License-Identifier: ISC
//
// kernel_children.c: the rest of echocell/kernel.h over the script: processes, and who reads the
// log.
#include "echocell/descriptors.h"
#include "echocell/kernel.h"
#include "oracle.h"
#include "scripted_kernel.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

// What the listener's own buffer holds at least; of what goes beyond, lines are lost.
#define LOG_KEPT_BYTES ((size_t)200 * 1024)

static struct script_child *find_child(pid_t pid)
{
    for (size_t i = 0; i < SCRIPT_CHILDREN_MAX; i++)
        if (script.children[i].pid == pid)
            return &script.children[i];
    return NULL;
}

// Numbers come back soon, and meet in one chain of the registry.
static pid_t new_pid(void)
{
    pid_t pid = script.pid_base;
    while (find_child(pid) != NULL)
        pid += 8;
    return pid;
}

// What the child inherits of the ledger is one page, and nobody else's.
static void check_page(void)
{
    const union ledger_page *pages = scripted_server->plan->ledger.pages;
    ORACLE(script.lent != NULL, "fork: without a page of the ledger");
    const uint32_t slot = (uint32_t)((const union ledger_page *)script.lent - pages);
    const struct registry *registry = &scripted_server->registry;
    const pid_t pid = slot < registry->capacity
                          ? registry->records[slot].pid
                          : scripted_server->metrics.cells[slot - registry->capacity].pid;
    ORACLE(pid == 0, "fork: page %u is that of session %d", slot, pid);
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
    struct script_child *child = find_child(0);
    ORACLE(child != NULL, "fork: %u sessions run", script_living());
    EXPLAIN("fork: %s\n",
            script.fork_failures > 0 ? strerrorname_np(script.fork_error) : "a session");
    if (script.fork_failures > 0) {
        script.fork_failures--;
        tell_fork(-script.fork_error);
        return -script.fork_error;
    }
    check_page();
    *child = (struct script_child){.pid = new_pid()};
    tell_fork(child->pid);
    return child->pid;
}

// The page of a session, or, behind those, of a cell.
static uint32_t slot_of(pid_t pid)
{
    const struct registry *registry = &scripted_server->registry;
    for (uint32_t slot = 0; slot < registry->capacity; slot++)
        if (registry->records[slot].pid == pid)
            return slot;
    for (uint32_t i = 0; i < MODEL_CELLS; i++)
        if (scripted_server->metrics.cells[i].pid == pid)
            return registry->capacity + i;
    oracle_fail("registry: nobody knows child %d", pid);
}

// Puts into the ledger what the session would have left there.
static void leave(const struct script_child *child)
{
    static const struct ledger_entry fresh;
    const uint32_t slot = slot_of(child->pid);
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
    const struct script_child dead = *child;
    EXPLAIN("reap: %d with status %#x%s\n", dead.pid, (unsigned)dead.status,
            dead.stranger ? ", a stranger" : "");
    child->pid = 0;
    *status = dead.status;
    if (!dead.stranger) {
        leave(&dead);
        model_reap(&model, dead.pid, dead.status, &dead.entry);
    }
    return dead.pid;
}

static pid_t reap_any(int *status)
{
    for (size_t i = 0; i < SCRIPT_CHILDREN_MAX; i++) {
        unsigned at = (script.next_victim + 7 * (unsigned)i) % SCRIPT_CHILDREN_MAX;
        struct script_child *child = &script.children[at];
        if (child->pid == 0 || !child->dead)
            continue;
        script.next_victim = at + 3;
        return bury(child, status);
    }
    return 0;
}

pid_t kernel_reap(pid_t pid, int *status)
{
    ORACLE(script.named == (pid > 0 ? pid : 0), "reap: %d, when the signal named %d", pid,
           script.named);
    if (pid < 0)
        return reap_any(status);
    struct script_child *child = find_child(pid);
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
    struct script_child *child = find_child(pid);
    if (model.phase == MODEL_ENDING && model.now_ms >= model.drain_until_ms)
        model.phase = MODEL_KILLING;
    EXPLAIN("kill: %d\n", pid);
    ORACLE(model.phase == MODEL_KILLING, "kill: %d in phase %d", pid, model.phase);
    ORACLE(pid > 0 && child != NULL && !child->stranger, "kill: %d is no session", pid);
    for (size_t i = 0; i < MODEL_SESSIONS_MAX; i++)
        if (model.sessions[i].pid == pid)
            model.sessions[i].ended = true;
    if (child->dead)
        return;
    script_die(child, SIGKILL);
    child->late = true;
}

static void tell_stop_in_time(void)
{
    if (model.phase > MODEL_REFUSING && model_active(&model) + model_busy(&model) == 0)
        script_tell_stop();
    if (model.log_length - script.log_read > LOG_KEPT_BYTES)
        script.log_lossy = true;
}

bool kernel_writable(int fd)
{
    ORACLE(fd == LOG_FD, "writable: %d", fd);
    ORACLE(!script.log_is_file, "writable: a file always is");
    tell_stop_in_time();
    script.log_asked = script.log_fault != LOG_BLOCKED;
    return script.log_asked;
}

// Fixed words and addresses; nothing that could move a terminal or break a line.
static void check_text(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ORACLE(bytes[i] == '\n' || (bytes[i] >= ' ' && bytes[i] <= '~'), "log: byte %#x",
               (unsigned char)bytes[i]);
}

static ssize_t write_log(const char *bytes, size_t length)
{
    ORACLE((script.log_asked || script.log_is_file) && length > 0 && length <= PIPE_BUF,
           "log: %zu bytes, which may block", length);
    script.log_asked = false;
    check_text(bytes, length);
    explain_bytes("log", bytes, length);
    tell_stop_in_time();
    switch (script.log_fault) {
    case LOG_AGAIN: return -EAGAIN;
    case LOG_INTERRUPTED: return -EINTR;
    case LOG_BROKEN: script.log_lossy = true; return -EPIPE;
    case LOG_SHORT: length = (length + 1) / 2; break;
    default: break;
    }
    if (!script.log_lossy) {
        ORACLE(length <= model.log_length - script.log_read &&
                   memcmp(bytes, model.log + script.log_read, length) == 0,
               "log: `%.*s', not `%.*s'", (int)length, bytes,
               (int)(model.log_length - script.log_read), model.log + script.log_read);
        script.log_read += length;
    }
    return (ssize_t)length;
}

// What the manager is told is one of these, with the numbers of this moment.
static ssize_t write_notify(const char *bytes, size_t length)
{
    static const char *const firsts[] = {"", "READY=1\n", "STOPPING=1\n"};
    char due[256];
    ORACLE(script.managed, "notify: there is nobody");
    if (length == strlen("WATCHDOG=1\n") && memcmp(bytes, "WATCHDOG=1\n", length) == 0)
        return (ssize_t)length;
    const bool stopping = length > 8 && memcmp(bytes, "STOPPING", 8) == 0;
    const bool ready = length > 5 && memcmp(bytes, "READY", 5) == 0;
    uint64_t refused = 0;
    for (size_t i = 0; i < MODEL_REASONS; i++)
        refused += model.rejected[i];
    int used =
        snprintf(due, sizeof(due),
                 "%sSTATUS=%sing; %u sessions active, %lu connections accepted, %lu refused\n",
                 firsts[stopping ? 2 : ready], model.phase == MODEL_SERVING ? "Serv" : "Drain",
                 model_active(&model), model.accepted, refused);
    if (stopping)
        used += snprintf(due + used, sizeof(due) - (size_t)used, "EXTEND_TIMEOUT_USEC=%lu\n",
                         (model.options.drain_timeout_ms + 5000) * 1000);
    ORACLE(length == (size_t)used && memcmp(bytes, due, length) == 0, "notify: `%.*s', not `%s'",
           (int)length, bytes, due);
    ORACLE(!stopping || model.phase == MODEL_REFUSING, "notify: it stops in phase %d", model.phase);
    script.stopping += stopping;
    return (ssize_t)length;
}

ssize_t kernel_write(int fd, const void *bytes, size_t length)
{
    ORACLE(fd == LOG_FD || fd == NOTIFY_FD, "write: to %d", fd);
    return fd == LOG_FD ? write_log(bytes, length) : write_notify(bytes, length);
}
