// SPDX-License-Identifier: ISC
//
// kernel_script.c: what the bytes of a script mean.
#include "echocell/descriptors.h"
#include "scripted_kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

struct scripted_kernel script;

static uint16_t places[SCRIPT_PIDS_MAX]; // of a pid in script.children, from 1

struct script_child *script_find_child(pid_t pid)
{
    const uint16_t place = pid > 0 && pid < SCRIPT_PIDS_MAX ? places[pid] : 0;
    return place > 0 ? &script.children[place - 1] : NULL;
}

struct script_child *script_add_child(pid_t pid, bool stranger)
{
    struct script_child *child = script.children;
    while (child < script.children + script.child_room && child->pid != 0)
        child++;
    if (child == script.children + script.child_room)
        return NULL;
    *child = (struct script_child){.pid = pid, .stranger = stranger};
    places[pid] = (uint16_t)(child - script.children + 1);
    return child;
}

struct script_child script_bury_child(struct script_child *child)
{
    const struct script_child dead = *child;
    places[child->pid] = 0;
    child->pid = 0;
    script.dead_count--;
    return dead;
}

static void forget_children(void)
{
    for (size_t i = 0; i < script.child_room; i++)
        places[script.children[i].pid] = 0;
}

void script_start(const uint8_t *bytes, size_t length, size_t listen_count)
{
    forget_children();
    memset(&script, 0, offsetof(struct scripted_kernel, children));
    script.child_room = model.options.max_sessions + 24;
    if (script.child_room < SCRIPT_CHILDREN_MIN)
        script.child_room = SCRIPT_CHILDREN_MIN;
    script.child_room += script.child_room % VICTIM_STEP == 0;
    memset(script.children, 0, script.child_room * sizeof(script.children[0]));
    script.script = bytes;
    script.script_end = bytes + length;
    script.listen_count = listen_count;
    script.connection = -1;
    script.pid_base = 100;
    script.clock_ms = 1000000;
    for (size_t fd = 0; fd < LISTEN_FD + listen_count; fd++)
        script.open[fd] = true;
}

static uint8_t next_byte(void)
{
    return script.script < script.script_end ? *script.script++ : 0;
}

void script_signal(uint32_t number, pid_t sender)
{
    for (size_t i = 0; i < script.signal_count; i++)
        if (script.signals[i].number == number)
            return; // pending already: ordinary signals coalesce
    script.signals[script.signal_count++] = (struct kernel_signal){number, sender};
}

void script_die(struct script_child *child, int status)
{
    child->dead = true;
    script.dead_count++;
    child->status = status;
    script_signal(SIGCHLD, child->pid);
}

unsigned script_living(void)
{
    unsigned living = 0;
    for (size_t i = 0; i < script.child_room; i++)
        living +=
            script.children[i].pid != 0 && !script.children[i].stranger && !script.children[i].dead;
    return living;
}

static void mapped(uint8_t bytes[16], uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    const uint8_t address[16] = {[10] = 0xff, 0xff, a, b, c, d};
    memcpy(bytes, address, 16);
}

// Few addresses, so that they meet again: in one network, in one /64, in neighbouring ones, mapped.
struct script_arrival script_arrival_of(uint8_t choice)
{
    struct script_arrival arrival = {0};
    uint8_t *bytes = arrival.client.bytes;
    const uint8_t host = choice & 31;
    const uint8_t v6[8] = {0x20, 0x01, 0x0d, 0xb8};
    memcpy(bytes, v6, sizeof(v6));
    bytes[15] = host;
    switch (choice >> 5) {
    case 0: mapped(bytes, 10, 0, 0, host); break;
    case 1: mapped(bytes, 192, 0, 2, host); break;
    case 2: mapped(bytes, 192, 0, 2, host); break;
    case 3: break;
    case 4: bytes[7] = host; break;
    case 5: bytes[5] = 1, bytes[7] = host & 3; break;
    case 6: mapped(bytes, 192, 0, 2, host & 1); break;
    default: memset(bytes, 0, 8); break;
    }
    arrival.native_v4 = choice >> 5 <= 1 || choice >> 5 == 6;
    arrival.client.port = (uint16_t)(1024 + script.next_port++ % 60000);
    return arrival;
}

void script_arrive(size_t listener, const struct script_arrival *arrival)
{
    if (script.queues[listener].count == SCRIPT_QUEUE_MAX ||
        (listener < SCRIPT_LISTENERS_MAX && !script.open[LISTEN_FD + listener]))
        return;
    unsigned at = (script.queues[listener].first + script.queues[listener].count++);
    script.arrivals[listener][at % SCRIPT_QUEUE_MAX] = *arrival;
}

static void connect_some(size_t queue, unsigned count)
{
    uint8_t choice = next_byte();
    for (; count > 0; count--) {
        const struct script_arrival arrival = script_arrival_of(choice);
        script_arrive(queue, &arrival);
    }
}

// Each from another address.
static void crowd_connects(unsigned count)
{
    const uint8_t choice = next_byte();
    for (unsigned i = 0; i < count; i++) {
        const struct script_arrival arrival = script_arrival_of((uint8_t)(choice + i));
        script_arrive(i % script.listen_count, &arrival);
    }
}

static void fail_accept(uint8_t argument)
{
    static const int errors[] = {ECONNABORTED, ENOBUFS, ENOMEM, EMFILE,   ENFILE,    EPROTO,
                                 EINTR,        EAGAIN,  EPERM,  ENETDOWN, ETIMEDOUT, EHOSTUNREACH};
    const struct script_arrival arrival = {.error = errors[argument % 12]};
    const uint8_t choice = next_byte();
    script_arrive(choice == 0xff ? SCRIPT_LISTENERS_MAX : choice % script.listen_count, &arrival);
}

#define STOPPED 0x7f // is no end, and wait(2) was not asked for it

// As wait(2) tells it: some exit status, or a signal, with a core or without.
static int status_of(uint8_t choice)
{
    static const uint8_t signals[] = {SIGSEGV, SIGSYS,  SIGKILL, SIGALRM, SIGABRT, SIGBUS,
                                      SIGILL,  SIGFPE,  SIGTRAP, SIGTERM, SIGPIPE, SIGHUP,
                                      SIGUSR1, SIGXCPU, SIGSYS,  STOPPED};
    if (choice < 0x80)
        return (choice & 0x40 ? choice : choice & 7) << 8;
    return signals[choice & 15] | (choice & 0x40);
}

// Honest counts, or what a session that was taken over may write.
static struct model_entry entry_of(uint8_t choice)
{
    static const uint64_t lies[] = {UINT64_MAX, (UINT64_C(1) << 48) + 1, UINT64_C(1) << 48, 10};
    uint64_t lie = lies[choice >> 3 & 3];
    struct model_entry entry = {.messages = choice,
                                .received = choice * 3U,
                                .sent = choice * 5U,
                                .violation_number = SYS_read};
    if (choice < 0x40)
        return entry;
    switch (choice & 7) {
    case 0: entry.messages = lie; break;
    case 1: entry.received = lie; break;
    case 2: entry.sent = lie; break;
    case 3: entry.failed_step = (uint32_t)lie; break;
    case 4: entry.failed_step = choice >> 3 & 15; break;
    case 5: entry.failed_errno = choice; break;
    case 6: entry.violation_number = SYS_getpid; break;
    default: entry.violation_number = 100000U + choice; break;
    }
    entry.violation_arch = 0xc000003eU + (choice >> 3 & 1);
    return entry;
}

// So many, in the order of their places.
static void kill_some(uint8_t first, size_t count, bool tells)
{
    const int status = status_of(next_byte());
    const struct model_entry entry = entry_of(tells ? next_byte() : first);
    size_t at = first;
    for (size_t i = 0; i < script.child_room && count > 0; i++, at++) {
        struct script_child *child = &script.children[at % script.child_room];
        if (child->pid == 0 || child->dead)
            continue;
        child->entry = entry;
        script_die(child, status);
        count--;
    }
}

static void stranger_dies(uint8_t argument)
{
    const pid_t pid = 5000 + argument;
    struct script_child *child =
        script_find_child(pid) == NULL ? script_add_child(pid, true) : NULL;
    if (child != NULL)
        script_die(child, status_of(next_byte()));
}

static void signal_comes(uint8_t argument)
{
    static const uint8_t signals[] = {SIGCHLD, SIGCHLD, SIGUSR2, SIGUSR2, SIGCHLD, SIGCHLD,
                                      SIGUSR2, SIGUSR2, SIGCHLD, SIGCHLD, SIGUSR2, SIGUSR2,
                                      SIGTERM, SIGINT,  SIGTERM, SIGINT};
    static const pid_t senders[] = {0, 100, 108, 5000}; // anybody
    script_signal(signals[argument], senders[argument & 3]);
}

static void play_step(uint8_t step)
{
    const uint8_t argument = step >> 4;
    switch (step & 15) {
    case 1:
    case 2:
    case 3: connect_some(argument % script.listen_count, 1); break;
    case 13: connect_some(SCRIPT_LISTENERS_MAX, 1 + argument); break;
    case 4: fail_accept(argument); break;
    case 5: kill_some(argument, 1, false); break;
    case 6: kill_some(argument, 1, true); break;
    case 7: signal_comes(argument); break;
    case 8:
        script.fork_failures += 1 + argument % 3;
        script.fork_error = argument < 8 ? EAGAIN : ENOMEM;
        break;
    case 9:
        if (argument < 2)
            script.no_descriptors = argument;
        else
            crowd_connects(8U * (argument - 1));
        break;
    case 10: script.log_fault = argument % LOG_FAULTS; break;
    case 11:
        script.interrupted = (argument & 1) == 0;
        script.lend_failures += argument & 1;
        script.manager_full = argument & 2;
        break;
    case 12:
        if (argument < 8)
            stranger_dies(argument);
        else
            kill_some(argument, UINT64_C(1) << (argument - 7), true);
        break;
    case 14: connect_some(argument % script.listen_count, 5U * (argument + 1)); break;
    default: script.pid_base = 100 + argument * 8; break;
    }
}

// The world gets well again, and somebody says TERM.
static uint64_t close_script(void)
{
    script.closing = true;
    script.fork_failures = 0;
    script.no_descriptors = false;
    script.manager_full = false;
    script.log_fault = LOG_WELL;
    if (model.phase == MODEL_SERVING)
        script_signal(SIGTERM, 1);
    return 0;
}

uint64_t script_play(void)
{
    static const uint32_t turns_ms[] = {0,   1,   5,    50,   99,    100,   101,   200,
                                        500, 999, 1000, 5000, 30000, 60000, 60001, 90000};
    if (script.play_left > 0 && model.phase == MODEL_SERVING) {
        script_play_on();
        return 1;
    }
    while (script.script < script.script_end) {
        uint8_t step = next_byte();
        if ((step & 15) == 0)
            return turns_ms[step >> 4];
        play_step(step);
    }
    return close_script();
}
