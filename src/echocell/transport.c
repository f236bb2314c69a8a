// SPDX-License-Identifier: ISC
#include "transport.h"

#include "call.h"
#include "descriptors.h"

#include <errno.h>
#include <sys/socket.h>

ssize_t transport_receive(uint8_t *bytes, size_t room, bool wait)
{
    const long flags = wait ? 0 : MSG_DONTWAIT;
    for (;;) {
        long got = call(SYS_recvfrom, CONNECTION_FD, (long)bytes, (long)room, flags);
        if (got != -EINTR)
            return got;
    }
}

ssize_t transport_send(const uint8_t *bytes, size_t length)
{
    for (;;) {
        long sent = call(SYS_sendto, CONNECTION_FD, (long)bytes, (long)length, MSG_NOSIGNAL);
        if (sent != -EINTR)
            return sent;
    }
}
