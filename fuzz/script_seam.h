// SPDX-License-Identifier: ISC
//
// script_seam.h: calls that the listener makes before it serves, in the place of the C library's in
// log.c, metrics.c and ledger.c: two runs are alike, wherever they run, and cost no system call.
#ifndef FUZZ_SCRIPT_SEAM_H
#define FUZZ_SCRIPT_SEAM_H

#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

// In fuzz_accept.c.
int script_fstat(int fd, struct stat *about);
int script_clock_gettime(clockid_t clock, struct timespec *now);

void *script_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset);
int script_madvise(void *at, size_t length, int advice);

#define fstat         script_fstat
#define clock_gettime script_clock_gettime
#define mmap          script_mmap
#define madvise       script_madvise

#endif
