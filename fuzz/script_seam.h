// SPDX-License-Identifier: ISC
//
// script_seam.h: two calls that the listener makes before it serves, in the place of the C
// library's in log.c and metrics.c: two runs are alike, wherever they run.
#ifndef FUZZ_SCRIPT_SEAM_H
#define FUZZ_SCRIPT_SEAM_H

#include <sys/stat.h>
#include <time.h>

// In fuzz_accept.c.
int script_fstat(int fd, struct stat *about);
int script_clock_gettime(clockid_t clock, struct timespec *now);

#define fstat         script_fstat
#define clock_gettime script_clock_gettime

#endif
