// SPDX-License-Identifier: ISC
#include "cell_ticks.h"

#include "echocell/transport.h"
#include "oracle.h"

#include <errno.h>
#include <sys/mman.h>

static struct {
    unsigned silent, stalled;
} * ticks;

ssize_t __wrap_transport_receive(uint8_t *bytes, size_t room, bool wait);
ssize_t __real_transport_receive(uint8_t *bytes, size_t room, bool wait);
ssize_t __wrap_transport_send(const uint8_t *bytes, size_t length);
ssize_t __real_transport_send(const uint8_t *bytes, size_t length);

ssize_t __wrap_transport_receive(uint8_t *bytes, size_t room, bool wait)
{
    ssize_t got = __real_transport_receive(bytes, room, wait);
    ticks->silent = got == -EAGAIN ? ticks->silent + 1 : 0;
    return got;
}

ssize_t __wrap_transport_send(const uint8_t *bytes, size_t length)
{
    ssize_t sent = __real_transport_send(bytes, length);
    ticks->stalled = sent == -EAGAIN ? ticks->stalled + 1 : 0;
    return sent;
}

void ticks_prepare(void)
{
    ticks = mmap(NULL, sizeof(*ticks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ORACLE(ticks != MAP_FAILED, "cannot prepare: a shared page");
}

void ticks_reset(void)
{
    ticks->silent = ticks->stalled = 0;
}

unsigned ticks_silent(void)
{
    return ticks->silent;
}

unsigned ticks_stalled(void)
{
    return ticks->stalled;
}
