// SPDX-License-Identifier: ISC
//
// transport.h: the two calls through which a session reaches its client. Everything above them can
// be tested and fuzzed by putting two other functions in their place at link time.
#ifndef ECHOCELL_TRANSPORT_H
#define ECHOCELL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// recv(2) from the connection: the number of bytes, 0 at the end of the stream, or a negative
// errno. -EAGAIN: nothing came within SO_RCVTIMEO (a tick, see serve.h), or, when not `wait`,
// nothing is there. Never -EINTR.
ssize_t transport_receive(uint8_t *bytes, size_t room, bool wait);

// send(2) to the connection: how many bytes were taken (maybe not all), or a negative errno.
// -EAGAIN: the peer took nothing within SO_SNDTIMEO. Never -EINTR.
ssize_t transport_send(const uint8_t *bytes, size_t length);

#endif
