// SPDX-License-Identifier: ISC
// Makes a live process perform one system call and says what became of it: the proof that a filter
// is in force.
//
//   inject PID NR|i386:NR ARG0 … ARG5
//
// An argument is a number or `buffer`: an address below the red zone of the process's stack. Prints
// one line: `returned N`, `killed SIGNAL`, `exited CODE`, or `signalled SIGNAL` (delivered when we
// let go). Exit 0 with any of these, 1 when the injection itself failed. The process goes on where
// it was if it lived. Needs root, x86-64.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 6, INSTRUCTION_BYTES = 2, BELOW_STACK = 16384 };

static const uint8_t SYSCALL_INSTRUCTION[INSTRUCTION_BYTES] = {0x0f, 0x05};
static const uint8_t INT_80_INSTRUCTION[INSTRUCTION_BYTES] = {0xcd, 0x80};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_proc(pid_t pid, const char *name, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        fail(path);
    return fd;
}

// A system call instruction in the first executable mapping that has one; the process needs no code
// of ours.
static uint64_t find_instruction(pid_t pid, int memory)
{
    static uint8_t page[4096];
    FILE *maps = fdopen(open_proc(pid, "maps", O_RDONLY), "r");
    char line[512];
    while (maps && fgets(line, sizeof line, maps)) {
        uint64_t start, end;
        char perms[5];
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end, perms) != 3 ||
            perms[2] != 'x')
            continue;
        for (uint64_t at = start; at < end; at += sizeof page) {
            if (pread(memory, page, sizeof page, (off_t)at) != (ssize_t)sizeof page)
                break;
            uint8_t *found = memmem(page, sizeof page, SYSCALL_INSTRUCTION, INSTRUCTION_BYTES);
            if (found) {
                fclose(maps);
                return at + (uint64_t)(found - page);
            }
        }
    }
    errno = ENOENT;
    fail("system call instruction");
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, __WALL) < 0)
        if (errno != EINTR)
            fail("waitpid");
    return status;
}

// Lets the process execute one instruction. A stop that is none of its doing, as when it was
// stopped already when we came (ptrace(2), group-stop), is passed over.
static int step(pid_t pid)
{
    int status;
    do {
        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL))
            fail("step");
        status = wait_for(pid);
    } while (WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP);
    return status;
}

static uint64_t number(const char *text, uint64_t buffer)
{
    if (strcmp(text, "buffer") == 0)
        return buffer;
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 0);
    if (errno || *end)
        fail(text);
    return value;
}

static struct user_regs_struct stop(pid_t pid)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
        fail("attach");
    if (!WIFSTOPPED(wait_for(pid)))
        fail("stop");
    if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
        fail("registers");
    return regs;
}

// Registers of the call: the two ABIs take their arguments from different ones.
static struct user_regs_struct call_registers(struct user_regs_struct regs, char **words, int i386)
{
    uint64_t buffer = (regs.rsp - BELOW_STACK) & ~15ULL;
    uint64_t args[ARGUMENTS];
    for (int i = 0; i < ARGUMENTS; i++)
        args[i] = number(words[i + 1], buffer);
    regs.orig_rax = UINT64_MAX; // no call is under way: the kernel must not restart one
    regs.rax = number(i386 ? strchr(words[0], ':') + 1 : words[0], buffer);
    if (i386) {
        regs.rbx = args[0], regs.rcx = args[1], regs.rdx = args[2];
        regs.rsi = args[3], regs.rdi = args[4], regs.rbp = args[5];
    } else {
        regs.rdi = args[0], regs.rsi = args[1], regs.rdx = args[2];
        regs.r10 = args[3], regs.r8 = args[4], regs.r9 = args[5];
    }
    return regs;
}

// What to go on with: the state before, with a call that our stop interrupted begun anew.
static struct user_regs_struct resume_registers(struct user_regs_struct regs)
{
    int64_t result = (int64_t)regs.rax;
    if ((int64_t)regs.orig_rax >= 0 && result <= -512 && result >= -516) {
        regs.rip -= INSTRUCTION_BYTES;
        regs.rax = regs.orig_rax;
    }
    regs.orig_rax = UINT64_MAX;
    return regs;
}

static void write_code(int memory, uint64_t at, const uint8_t *code)
{
    if (pwrite(memory, code, INSTRUCTION_BYTES, (off_t)at) != INSTRUCTION_BYTES)
        fail("write code");
}

// The stop after the one instruction: a result, or a signal that the call itself has raised.
static void report_stop(pid_t pid, int status, const struct user_regs_struct *before)
{
    int signal_number = WSTOPSIG(status);
    struct user_regs_struct regs;
    if (signal_number != SIGTRAP) {
        printf("signalled %s\n", sigabbrev_np(signal_number));
        if (ptrace(PTRACE_DETACH, pid, NULL, (void *)(intptr_t)signal_number))
            fail("detach");
        return;
    }
    if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
        fail("registers");
    printf("returned %" PRId64 "\n", (int64_t)regs.rax);
    regs = resume_registers(*before);
    if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) || ptrace(PTRACE_DETACH, pid, NULL, NULL))
        fail("resume");
}

int main(int argc, char **argv)
{
    if (argc != 3 + ARGUMENTS) {
        fprintf(stderr, "usage: inject PID NR|i386:NR ARG0 ARG1 ARG2 ARG3 ARG4 ARG5\n");
        return 1;
    }
    pid_t pid = (pid_t)number(argv[1], 0);
    int i386 = strncmp(argv[2], "i386:", 5) == 0;
    struct user_regs_struct before = stop(pid);
    struct user_regs_struct regs = call_registers(before, argv + 2, i386);
    int memory = open_proc(pid, "mem", O_RDWR);
    regs.rip = find_instruction(pid, memory);
    if (i386)
        write_code(memory, regs.rip, INT_80_INSTRUCTION);
    if (ptrace(PTRACE_SETREGS, pid, NULL, &regs))
        fail("registers");
    int status = step(pid);
    if (i386 && WIFSTOPPED(status))
        write_code(memory, regs.rip, SYSCALL_INSTRUCTION);
    if (WIFSIGNALED(status))
        printf("killed %s\n", sigabbrev_np(WTERMSIG(status)));
    else if (WIFEXITED(status))
        printf("exited %d\n", WEXITSTATUS(status));
    else
        report_stop(pid, status, &before);
    return 0;
}
