// SPDX-License-Identifier: ISC
//
// listener.h: the listening sockets. The only socket code that runs as root.
#ifndef ECHOCELL_LISTENER_H
#define ECHOCELL_LISTENER_H

#include "address.h"

#include <stddef.h>

// Binds all addresses and listens; descriptors LISTEN_FD, LISTEN_FD + 1, ... in their order,
// non-blocking, close-on-exec. IPv6 sockets take IPv6 only. Each address is then the one that was
// really bound (port 0 is the system's choice). All or nothing: does not return on failure (71 the
// system refused, 77 a privileged port without the permission).
void listener_open(union address *addresses, size_t count);

#endif
