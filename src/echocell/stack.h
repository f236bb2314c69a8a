// SPDX-License-Identifier: ISC
//
// stack.h: a session runs on the stack of the loop that forked it, from where the loop began.
//
// The frames of the listener's calls, which may name other clients, are below that place: the
// session lays its own over them, wipes the rest of the page, and can never return into one.
#ifndef ECHOCELL_STACK_H
#define ECHOCELL_STACK_H

struct session_plan;
struct ledger_entry;

// The loop's frames and a session's are to touch one page of the stack: a fork makes both pay for
// each that they write to.
#define STACK_PAGE_BYTES 4096

typedef void stack_function(const struct session_plan *plan, long connection,
                            struct ledger_entry *page);

// Goes on in `function`, which never returns, on the stack below `top`, a multiple of 16.
static inline _Noreturn void stack_restart(void *top, stack_function *function,
                                           const struct session_plan *plan, long connection,
                                           struct ledger_entry *page)
{
#if defined(__x86_64__)
    // `function` in rax: in a register of the compiler's choice, that could be rbp.
    __asm__ volatile("mov %0, %%rsp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call *%1\n\t"
                     "ud2"
                     :
                     : "r"(top), "a"(function), "D"(plan), "S"(connection), "d"(page)
                     : "memory");
#elif defined(__aarch64__)
    register const struct session_plan *first __asm__("x0") = plan;
    register long second __asm__("x1") = connection;
    register struct ledger_entry *third __asm__("x2") = page;
    __asm__ volatile("mov sp, %0\n\t"
                     "mov x29, xzr\n\t"
                     "blr %1\n\t"
                     "brk #1"
                     :
                     : "r"(top), "r"(function), "r"(first), "r"(second), "r"(third)
                     : "memory", "x30");
#else
#error "how does this architecture set its stack pointer?"
#endif
    __builtin_unreachable();
}

#endif
