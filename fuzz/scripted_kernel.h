// SPDX-License-Identifier: ISC
//
// scripted_kernel.h: the kernel below the listener (echocell/kernel.h), as a script: who connects,
// what fails, which child dies when and how. It hands out descriptors and pids, keeps account of
// them, and tells the model of every event; the listener must never do what its account does not
// allow.
#ifndef FUZZ_SCRIPTED_KERNEL_H
#define FUZZ_SCRIPTED_KERNEL_H

#include "echocell/address.h"
#include "echocell/kernel.h"
#include "echocell/server_state.h"
#include "model/listener_model.h"

enum {
    SCRIPT_LISTENERS_MAX = 3,
    SCRIPT_QUEUE_MAX = 128,
    SCRIPT_QUEUES = SCRIPT_LISTENERS_MAX + 1, // the last: for the page
    SCRIPT_CHILDREN_MAX = 2 * MODEL_SESSIONS_MAX + MODEL_CELLS,
    SCRIPT_SIGNALS_MAX = 24,
    SCRIPT_FDS_MAX = 16,
};

struct script_arrival { // in the queue of a listening socket
    int error;          // that accept passes on; 0: a connection
    bool native_v4;     // else IPv6, maybe mapped
    struct model_client client;
};

struct script_child {
    pid_t pid;     // 0: none
    bool stranger; // not forked by the listener
    bool dead;
    bool late; // died by kernel_end(): after this turn had reaped
    int status;
    struct model_entry entry; // what it left in the ledger
};

enum log_fault { LOG_WELL, LOG_BLOCKED, LOG_AGAIN, LOG_INTERRUPTED, LOG_SHORT, LOG_BROKEN };

struct scripted_kernel {
    const uint8_t *script, *script_end;
    bool closing; // the script is at its end: now the listener must come to its own
    unsigned closing_waits;
    unsigned storm_left, storm_next; // connections of script_storm()
    size_t listen_count;
    struct {
        struct script_arrival arrivals[SCRIPT_QUEUE_MAX];
        unsigned first, count;
        unsigned taken;    // this turn
        unsigned failures; // this turn
        bool waiting;      // the listener was told of somebody, and has not looked yet
        bool failed;       // in the drain: what stands behind is the kernel's to reset
    } queues[SCRIPT_QUEUES];
    bool open[SCRIPT_FDS_MAX];
    struct script_child children[SCRIPT_CHILDREN_MAX];
    unsigned next_victim;
    pid_t pid_base;
    struct kernel_signal signals[SCRIPT_SIGNALS_MAX]; // pending
    size_t signal_count;
    struct kernel_signal taken[SCRIPT_SIGNALS_MAX]; // and not told to the model yet
    size_t taken_count;
    pid_t named; // a dead child that must be waited for by its number; 0: none
    void *lent;  // the page that a child would inherit
    unsigned lend_failures;
    bool log_is_file;
    unsigned fork_failures;
    int fork_error;
    bool no_descriptors, must_give_spare;
    int spare_error;  // for which it was given
    bool interrupted; // the next wait knows of nothing
    uint64_t clock_ms;
    enum log_fault log_fault;
    bool log_asked, log_lossy, told_stop;
    size_t log_read;
    bool managed;        // there is a service manager
    bool passed;         // the listening sockets outlive the listener
    unsigned stopping;   // STOPPING=1 was said to the manager
    unsigned last_waits; // for the reader of the last lines
    // The connection that the listener has in hand; -1: none.
    int connection;
    struct model_client client;
    enum model_reason verdict;
    bool settled; // forked or failed to
    bool scrapes; // it asks for the page
    uint16_t next_port;
};

extern struct scripted_kernel script;
extern struct listener_model model;
extern struct server *scripted_server; // the listener's own account; see fuzz_accept.c

// Begins a run: `script` reads `bytes`, which stay the caller's. `model` was started.
void script_start(const uint8_t *bytes, size_t length, size_t listen_count);

// Instead of a script: more sources than the table has room for, each with a crash; then the first
// and the last of them come again.
void script_storm(void);

// Lets things happen until the next turn of the listener's loop. Returns how long that took.
uint64_t script_play(void);

// A child dies: its pid, and what it leaves.
void script_die(struct script_child *child, int status);
void script_signal(uint32_t number, pid_t sender);

// Tells the model of signals that were taken, up to one that has to be followed first.
void script_tell_signals(void);

// How many children of the listener itself are there and not dead?
unsigned script_living(void);

// Holds the listener's account against the model's; in fuzz_accept.c.
void script_check_totals(void);

// Its last line, once and in time: as soon as nothing but that is left to say.
void script_tell_stop(void);

#endif
