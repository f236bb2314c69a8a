// SPDX-License-Identifier: ISC
#include "rlimits.h"

#include "call.h"

#include <stddef.h>
#include <sys/resource.h>

static int zero(int resource)
{
    const struct rlimit none = {0, 0};
    return (int)-call(SYS_prlimit64, 0, resource, (long)&none);
}

int rlimits_listener(void)
{
    // Not RLIMIT_CPU (0 means one second) and RLIMIT_RTTIME (for real-time processes only).
    static const int resources[] = {
        RLIMIT_CORE,     RLIMIT_AS,         RLIMIT_DATA, RLIMIT_STACK,  RLIMIT_MEMLOCK,
        RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_LOCKS,
    };
    int error = 0;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]) && error == 0; i++)
        error = zero(resources[i]);
    return error;
}

int rlimits_session(bool may_write)
{
    int error = zero(RLIMIT_NOFILE);
    if (error == 0)
        error = zero(RLIMIT_NPROC);
    if (error == 0 && !may_write)
        error = zero(RLIMIT_FSIZE);
    return error;
}
