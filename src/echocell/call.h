// SPDX-License-Identifier: ISC
//
// call.h: a system call by its instruction, for the listener's loop and for sessions.
//
// Not syscall(2): that one writes errno, which lies in a page that a fork would have to copy for
// it, and is code in a part of the program that a session need not map. Each argument is a whole
// 64-bit word, as the policies pin them: a library may leave anything in the upper half of a
// register that holds an int.
#ifndef ECHOCELL_CALL_H
#define ECHOCELL_CALL_H

#include <sys/syscall.h>

#define CALL_WORDS 7

// call(SYS_name, words...): arguments that are not given are 0. Returns what the kernel does: a
// negative errno when it failed.
#define call(...) call_words((const long[CALL_WORDS]){__VA_ARGS__})

#if defined(__x86_64__)

static inline __attribute__((always_inline)) long call_words(const long words[CALL_WORDS])
{
    register long fourth __asm__("r10");
    register long fifth __asm__("r8");
    register long sixth __asm__("r9");
    long result;
    fourth = words[4];
    fifth = words[5];
    sixth = words[6];
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(words[0]), "D"(words[1]), "S"(words[2]), "d"(words[3]), "r"(fourth),
                       "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

static inline __attribute__((always_inline)) long call_words(const long words[CALL_WORDS])
{
    register long number __asm__("x8");
    register long first __asm__("x0");
    register long second __asm__("x1");
    register long third __asm__("x2");
    register long fourth __asm__("x3");
    register long fifth __asm__("x4");
    register long sixth __asm__("x5");
    number = words[0];
    first = words[1];
    second = words[2];
    third = words[3];
    fourth = words[4];
    fifth = words[5];
    sixth = words[6];
    __asm__ volatile("svc #0"
                     : "+r"(first)
                     : "r"(number), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory");
    return first;
}

#else
#error "how does this architecture enter the kernel?"
#endif

#endif
