// SPDX-License-Identifier: ISC
//
// test_program_kernel.h: what the tests of programs need to ask the running kernel.
#ifndef TESTS_UNIT_TEST_PROGRAM_KERNEL_H
#define TESTS_UNIT_TEST_PROGRAM_KERNEL_H

#include <linux/filter.h>
#include <stddef.h>

#define LD_ABS(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RET_K(value)   BPF_STMT(BPF_RET | BPF_K, value)
#define RET_A          BPF_STMT(BPF_RET | BPF_A, 0)
#define COUNT(array)   (sizeof(array) / sizeof(array)[0])

// Memory that a child shares. Never NULL.
void *shared_page(size_t bytes);

// Gives the kernel a program to install. 0, or the errno.
long offer(const struct sock_filter *insns, size_t count);

#endif
