// SPDX-License-Identifier: ISC
#include "transport.h"

#include "descriptors.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// syscall(2) with whole words, not recv(3) and send(3): the filter compares 64 bits, and a library
// may leave anything in the upper half of a register that holds an int.
ssize_t transport_receive(uint8_t *bytes, size_t room, bool wait)
{
    const long flags = wait ? 0 : MSG_DONTWAIT;
    for (;;) {
        long got = syscall(SYS_recvfrom, (long)CONNECTION_FD, bytes, room, flags, 0L, 0L);
        if (got >= 0)
            return got;
        if (errno != EINTR)
            return -errno;
    }
}

ssize_t transport_send(const uint8_t *bytes, size_t length)
{
    for (;;) {
        long sent =
            syscall(SYS_sendto, (long)CONNECTION_FD, bytes, length, (long)MSG_NOSIGNAL, 0L, 0L);
        if (sent >= 0)
            return sent;
        if (errno != EINTR)
            return -errno;
    }
}
