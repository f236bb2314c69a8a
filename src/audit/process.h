// SPDX-License-Identifier: ISC
//
// process.h: one live process, pinned, and what /proc says of it and its threads.
//
// A process is named by its number once, when it is opened. From then on it is held by a pidfd and
// by its directory in /proc, which both mean this process for ever: when it ends and its number is
// given to another, they answer ESRCH and never speak of the other one.
#ifndef AUDIT_PROCESS_H
#define AUDIT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum sight {
    SIGHT_OK,
    SIGHT_GONE,    // there is no such process (any more)
    SIGHT_REFUSED, // it may not or must not be looked at
};

enum { REFUSAL_BYTES = 320, PROCESS_NAME_BYTES = 64 };

// Why not, as one sentence; empty for SIGHT_OK.
struct refusal {
    char text[REFUSAL_BYTES];
};
enum sight refuse(struct refusal *refusal, enum sight sight, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct process {
    pid_t pid;
    int pidfd;
    int directory;                 // /proc/PID
    uint64_t start_ticks;          // proc(5), /proc/PID/stat, field 22
    char name[PROCESS_NAME_BYTES]; // comm
};

// To be closed with process_close() when it is SIGHT_OK.
enum sight process_open(struct process *process, pid_t pid, struct refusal *refusal);
void process_close(struct process *process);

// Does it still run: the same process, with a thread that has not ended?
bool process_alive(const struct process *process);

// Seccomp modes, linux/seccomp.h: 0 none, 1 strict, 2 filters.
struct thread_state {
    pid_t tid;
    char state; // proc(5): R, S, D, ...
    unsigned mode;
    unsigned filter_count; // 0 as well when the kernel does not say (before 5.9)
    bool no_new_privs;
    pid_t tracer; // 0: none
};

// Reads /proc/PID/task/TID/status. False when the thread is gone.
bool process_thread(const struct process *process, pid_t tid, struct thread_state *state);

// The threads that there are at this moment. NULL with *count 0 when the process is gone; the
// caller frees the list.
pid_t *process_tids(const struct process *process, size_t *count);

// The call in which a thread sleeps and its arguments (/proc/PID/task/TID/syscall). False when it
// sleeps in none, runs, is gone, or may not be looked at.
bool process_sleeps_in(const struct process *process, pid_t tid, int *number, uint64_t args[6]);

// The parent's number; 0 when it is in no namespace of ours, or the process is gone.
pid_t process_parent(const struct process *process);

// The number by which the process knows itself: in its own pid namespace (pid_namespaces(7)).
pid_t process_own_pid(const struct process *process);

// What descriptor `fd` leads to, as "socket:[123]" or a path. False when it is not open, or the
// process may not be looked at.
bool process_descriptor(const struct process *process, unsigned fd, char *text, size_t room);

// Is it called `name`: its comm, or the last part of its program's path?
bool process_named(const struct process *process, const char *name);

// All processes' numbers in rising order. NULL when /proc cannot be read; the caller frees the
// list.
pid_t *process_all(size_t *count);

#endif
