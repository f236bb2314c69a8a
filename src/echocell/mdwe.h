// SPDX-License-Identifier: ISC
//
// mdwe.h: memory-deny-write-execute (include/uapi/linux/prctl.h, Linux 6.3), for C libraries whose
// kernel headers are older than the kernel.
#ifndef ECHOCELL_MDWE_H
#define ECHOCELL_MDWE_H

#include <sys/prctl.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN (1UL << 0)
#define PR_GET_MDWE              66
#endif

#endif
