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
    SCRIPT_CHILDREN_MIN = 40,                 // as many as there is room for at least
    SCRIPT_CHILDREN_MAX = MODEL_SESSIONS_MAX + SCRIPT_CHILDREN_MIN,
    SCRIPT_PIDS_MAX = 1 << 15,
    VICTIM_STEP = 7, // from one dead child to the next
    PID_STEP = 8,    // from one number to the next
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
    uint32_t slot;            // its page in the ledger
    struct model_entry entry; // what it left there
};

enum log_fault {
    LOG_WELL,
    LOG_BLOCKED,
    LOG_AGAIN,
    LOG_INTERRUPTED,
    LOG_SHORT,
    LOG_BROKEN,
    LOG_NOTHING, // 0 bytes are written
    LOG_FULL,    // a part is written, and then nothing: a disk is full
    LOG_PART,    // a part is written, and then the reader sleeps again
    LOG_FAULTS,
};

// Instead of a script: what costs as much as a thousand other inputs.
enum script_play {
    PLAY_SCRIPT,
    // More sources than the table has room for, each with a crash; then the first and the last of
    // them come again.
    PLAY_STORM,
    // So many sessions that the rest between two looks for the dead is the longest that there is;
    // then they die one after the other.
    PLAY_CROWD,
    // A drain while the queue is filled as fast as it is emptied.
    PLAY_FLOOD,
};

// Between two looks for the dead there is a rest of 1 ms for so many that live, and no longer one.
enum { LIVING_PER_MS = 64, LOOK_REST_MAX_MS = 50 };

// What the clock on the wall says when the listener starts, in milliseconds since 1970.
#define SCRIPT_STARTED_MS INT64_C(1700000000123)

// The most that a drain takes out of one queue.
enum { BACKLOG_MAX = 8192 };

struct scripted_kernel {
    const uint8_t *script, *script_end;
    bool closing; // the script is at its end: now the listener must come to its own
    unsigned closing_waits;
    enum script_play play;
    unsigned play_left, play_next; // connections, then deaths, of such a play
    size_t listen_count;
    struct {
        unsigned first, count;
        unsigned taken;    // this turn
        unsigned failures; // this turn
        bool waiting;      // the listener was told of somebody, and has not looked yet
        bool emptied;      // who came later has inherited what the listener has set
        bool failed;       // in the drain: what stands behind is the kernel's to reset
    } queues[SCRIPT_QUEUES];
    bool open[SCRIPT_FDS_MAX];
    size_t child_room;   // as many of `children` are used
    unsigned dead_count; // of them are to be reaped
    bool some_are_late;
    unsigned next_victim;
    size_t first_free; // below it no place is
    pid_t pid_top;     // the highest that there was
    pid_t pid_base;
    pid_t pid_free;                                   // below it no number of PID_STEP is
    struct kernel_signal signals[SCRIPT_SIGNALS_MAX]; // pending
    size_t signal_count;
    struct kernel_signal taken[SCRIPT_SIGNALS_MAX]; // and not told to the model yet
    size_t taken_count;
    pid_t named; // a dead child that must be waited for by its number; 0: none
    void *lent;  // the page that a child would inherit
    unsigned lend_failures;
    bool log_is_file;
    bool log_unknown; // what it is cannot be had
    unsigned fork_failures;
    int fork_error;
    bool no_descriptors, must_give_spare;
    int spare_error;  // for which it was given
    bool interrupted; // the next wait knows of nothing
    uint64_t clock_ms;
    bool signals_open, rseq_left; // before there is a session
    enum log_fault log_fault;
    bool log_asked, told_stop;
    bool log_parted;   // LOG_FULL, LOG_PART: of this turn the part is written
    bool managed;      // there is a service manager
    bool manager_full; // whose queue is full
    bool ready_told;   // READY=1 was taken, or is no longer to be said
    uint64_t ready_tried_ms;
    bool passed;         // the listening sockets outlive the listener
    unsigned stopping;   // STOPPING=1 was said to the manager
    unsigned last_waits; // for the reader of the last lines
    // The connection that the listener has in hand; -1: none.
    int connection;
    size_t from; // which queue
    struct model_client client;
    enum model_reason verdict;
    bool settled;     // forked or failed to
    bool scrapes;     // it asks for the page
    const char *page; // in the listener's memory, where it was written
    layer_set layers; // that are active
    uint16_t next_port;
    // The look for the dead: when the next one is due, and whether there was a SIGCHLD since the
    // last.
    uint64_t look_due_ms;
    bool look_wanted;
    bool looking;   // it goes on
    bool must_look; // before the client in hand is refused
    bool holding;   // such a client, while it goes on
    // From here on nothing is cleared but what is in use.
    struct script_child children[SCRIPT_CHILDREN_MAX];
    struct script_arrival arrivals[SCRIPT_QUEUES][SCRIPT_QUEUE_MAX];
};

extern struct scripted_kernel script;
extern struct listener_model model;
extern struct server *scripted_server; // the listener's own account; see fuzz_accept.c

// Begins a run: `script` reads `bytes`, which stay the caller's. `model` was started.
void script_start(const uint8_t *bytes, size_t length, size_t listen_count);

// Instead of a script; not PLAY_SCRIPT.
void script_play_instead(enum script_play play);

// What such a play does before the next turn.
void script_play_on(void);

// Puts a client into a queue, when there is room and the socket is open.
void script_arrive(size_t listener, const struct script_arrival *arrival);

// One of few addresses, and a port of its own.
struct script_arrival script_arrival_of(uint8_t choice);

// As accept(2) tells it.
void script_address_of(const struct script_arrival *arrival, union address *address);

// Lets things happen until the next turn of the listener's loop. Returns how long that took.
uint64_t script_play(void);

// A look for the dead before a client is refused: sets the client aside, and judges again.
void script_hold_client(void);
void script_judge_again(void);

// A child that was not reaped, by its pid; NULL: there is none.
struct script_child *script_find_child(pid_t pid);

// A new one; NULL: there is no room.
struct script_child *script_add_child(pid_t pid, bool stranger);

// A dead one is reaped: returns what it was.
struct script_child script_bury_child(struct script_child *child);

// A child dies: its pid, and what it leaves.
void script_die(struct script_child *child, int status);
void script_signal(uint32_t number, pid_t sender);

// Tells the model of signals that were taken, up to one that has to be followed first.
void script_tell_signals(void);

// How many children of the listener itself are there and not dead?
unsigned script_living(void);

// Holds the listener's account against the model's; in fuzz_accept.c.
void script_check_totals(void);

#endif
