// SPDX-License-Identifier: ISC
#include "cell.h"

#include "echocell/descriptors.h"
#include "echocell/private.h"
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET_BYTES (1 << 20)
#define STACK_BYTES  ((size_t)256 * 1024)

static struct {
    pid_t listener; // that the filters are bound to
    struct filter filters[2][2];
    struct ledger ledger;
    struct filter filter; // of the session at hand
    char *stack;          // that sessions run on
    int trace[2];         // a pipe
    bool confined;        // this is the child
    uint8_t *reply;       // in memory that is not copied by a fork
    char *trace_text;
    char *expected_trace;
} ground;

// ASan prepares for a function that does not return with a system call, which a session does not
// have; and it has no frames that anybody comes back to.
void __wrap___asan_handle_no_return(void);
__attribute__((weak)) void __real___asan_handle_no_return(void);

void __wrap___asan_handle_no_return(void)
{
    if (!ground.confined)
        __real___asan_handle_no_return();
}

static void need(bool held, const char *what)
{
    ORACLE(held, "cannot prepare: %s: %s", what, strerror(errno));
}

int cell_setsockopt(int fd, int level, int name, const void *value, unsigned length)
{
    if (level != IPPROTO_TCP)
        return setsockopt(fd, level, name, value, length);
    int on = 0;
    memcpy(&on, value, length < sizeof(on) ? length : sizeof(on));
    ORACLE(name == TCP_NODELAY && on == 1, "setsockopt: TCP option %d of %d is %d", name, fd, on);
    return 0;
}

// A session must not be able to rely on what its parent happens to have: masked signals are what it
// has to put right.
void cell_prepare(void)
{
    const struct rlimit none = {0, 0};
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGUSR2);
    need(sigprocmask(SIG_BLOCK, &mask, NULL) == 0, "mask");
    need(setrlimit(RLIMIT_CORE, &none) == 0, "RLIMIT_CORE");
    need(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0, "no_new_privs");
    need(pipe2(ground.trace, O_NONBLOCK) == 0, "pipe");
    need(fcntl(ground.trace[1], F_SETPIPE_SZ, CELL_TRACE_BYTES) >= 0, "pipe size");
}

// FUZZ_WITHOUT_FILTER=1: everything is allowed, so that a sanitizer's report can come out.
static void open_filter(struct filter *filter)
{
    static const struct sock_filter allow = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW};
    if (getenv("FUZZ_WITHOUT_FILTER") == NULL)
        return;
    filter->insns[0] = allow;
    filter->program.len = 1;
}

// A fuzzer's own fork leaves the memory behind, too.
static void settle(void)
{
    static const enum filter_kind kinds[] = {FILTER_SESSION, FILTER_SESSION_TRACE};
    const uint64_t parameters[] = {(uint64_t)getpid()};
    ground.listener = getpid();
    need(ledger_create(&ground.ledger, CELL_PAGES) == 0, "ledger");
    ground.stack =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(ground.stack != MAP_FAILED, "stack");
    ground.reply = private_allocate(CELL_REPLY_BYTES, 1);
    ground.trace_text = private_allocate(CELL_TRACE_BYTES, 1);
    ground.expected_trace = private_allocate(CELL_TRACE_BYTES, 1);
    for (int trace = 0; trace < 2; trace++) {
        for (int diagnose = 0; diagnose < 2; diagnose++) {
            struct filter *filter = &ground.filters[trace][diagnose];
            filter_bind(filter, filter_program(kinds[trace], diagnose), parameters);
            open_filter(filter);
        }
    }
}

static void spoil_plan(struct cell *cell)
{
    const uint64_t other[] = {(uint64_t)ground.listener + 1};
    const enum filter_kind kind = cell->plan.trace ? FILTER_SESSION_TRACE : FILTER_SESSION;
    if (cell->fault == CELL_ORPHAN)
        cell->plan.listener = ground.listener + 1;
    if (cell->fault == CELL_NO_FILTER)
        ground.filter.program.len = 0;
    if (cell->fault == CELL_OTHER_FILTER)
        filter_bind(&ground.filter, filter_program(kind, cell->plan.diagnose), other);
}

static void complete_plan(struct cell *cell)
{
    if (getpid() != ground.listener)
        settle();
    const struct filter *filter = &ground.filters[cell->plan.trace][cell->plan.diagnose];
    memcpy(ground.filter.insns, filter->insns, filter->program.len * sizeof(filter->insns[0]));
    ground.filter.program =
        (struct sock_fprog){.len = filter->program.len, .filter = ground.filter.insns};
    cell->plan.listener = ground.listener;
    cell->plan.ledger = ground.ledger;
    cell->plan.filter = &ground.filter;
    cell->plan.ack_length = strlen(cell->plan.ack);
    cell->plan.stack = ground.stack + STACK_BYTES;
    spoil_plan(cell);
}

// Index 0 is the client's end, 1 the session's.
static void open_socket(const struct cell *cell, int ends[2])
{
    const int large = SOCKET_BYTES, small = 1;
    int type = (cell->deaf ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC;
    need(socketpair(AF_UNIX, type, 0, ends) == 0, "socketpair");
    for (int i = 0; i < 2; i++) {
        const int *size = i == 1 && cell->deaf ? &small : &large;
        need(setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, size, sizeof(*size)) == 0, "SO_SNDBUF");
    }
}

static void say(struct cell *cell, int client)
{
    size_t said = 0;
    cell->packet_count = 0;
    while (said < cell->length) {
        size_t left = cell->length - said, length = left;
        if (cell->packet_count < cell->cut_count && cell->cuts[cell->packet_count] < left)
            length = cell->cuts[cell->packet_count] + (size_t)1;
        need(send(client, cell->stream + said, length, 0) == (ssize_t)length, "send");
        said += length;
        cell->packets[cell->packet_count++] = length;
    }
    if (cell->ending == CELL_END && !cell->inspect)
        need(shutdown(client, SHUT_WR) == 0, "shutdown");
}

// A listener has no handler; a fuzzer has one for the time of an input, of which a session would
// die.
static _Noreturn void become(const struct cell *cell, int connection)
{
    signal(SIGALRM, SIG_DFL);
    if (cell->plan.trace) {
        dup2(ground.trace[1], 1);
        dup2(ground.trace[1], 2);
        dup2(ground.trace[1], TRACE_FD);
    }
    ground.confined = true;
    if (cell->fault == CELL_NO_SOCKET)
        close(connection);
    session_run(&cell->plan, connection, cell->slot);
}

static void listen_to(struct cell *cell, int client, int flags)
{
    ssize_t got;
    do {
        size_t room = CELL_REPLY_BYTES - cell->reply_length;
        got = recv(client, cell->reply + cell->reply_length, room, flags);
        if (got > 0)
            cell->reply_length += (size_t)got;
        ORACLE(cell->reply_length < CELL_REPLY_BYTES, "reply: without end");
    } while (got > 0 && (flags & MSG_DONTWAIT));
}

static void read_trace(struct cell *cell)
{
    ssize_t got = read(ground.trace[0], ground.trace_text, CELL_TRACE_BYTES);
    cell->trace = ground.trace_text;
    cell->trace_length = got > 0 ? (size_t)got : 0;
}

static bool take_signal(void)
{
    const struct timespec now = {0, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return sigtimedwait(&set, NULL, &now) == SIGUSR1;
}

static void look(struct cell *cell, int ends[2])
{
    struct pollfd client = {.fd = ends[0], .events = POLLIN};
    // A session that dies is one that the wait status names.
    int ready;
    do
        ready = poll(&client, 1, 5000);
    while (ready < 0 && errno == EINTR);
    if (ready == 1 && (client.revents & POLLHUP) == 0) {
        listen_to(cell, ends[0], 0);
        cell_inspect(cell, ends[1]);
    }
    shutdown(ends[0], SHUT_WR);
}

// A fuzzer's clock may interrupt it.
static void wait_for_end(struct cell *cell)
{
    pid_t dead;
    do
        dead = waitpid(cell->pid, &cell->status, 0);
    while (dead < 0 && errno == EINTR);
    need(dead == cell->pid, "wait");
}

void cell_run(struct cell *cell)
{
    int ends[2];
    complete_plan(cell);
    union ledger_page *page = &ground.ledger.pages[cell->slot];
    need(madvise(page, LEDGER_PAGE_BYTES, MADV_DOFORK) == 0, "page");
    ledger_reset(page);
    cell->reply = ground.reply;
    cell->expected_trace = ground.expected_trace;
    cell->reply_length = 0;
    open_socket(cell, ends);
    session_tune(&cell->plan, ends[1]);
    say(cell, ends[0]);
    if (cell->ending == CELL_VANISH)
        close(ends[0]);
    // As kernel_fork() does it.
    cell->pid = (pid_t)syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
    if (cell->pid == 0)
        become(cell, ends[1]);
    need(cell->pid > 0, "fork");
    if (cell->inspect)
        look(cell, ends);
    close(ends[1]);
    wait_for_end(cell);
    cell->told = take_signal();
    cell->entry = page->entry;
    need(madvise(page, LEDGER_PAGE_BYTES, MADV_DONTFORK) == 0, "page");
    if (cell->ending != CELL_VANISH) {
        listen_to(cell, ends[0], MSG_DONTWAIT);
        close(ends[0]);
    }
    if (cell->plan.trace)
        read_trace(cell);
}
