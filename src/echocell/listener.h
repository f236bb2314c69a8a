// SPDX-License-Identifier: ISC
//
// listener.h: the listening sockets. The only socket code that runs as root.
#ifndef ECHOCELL_LISTENER_H
#define ECHOCELL_LISTENER_H

#include "activation.h"
#include "options.h"

// Binds all addresses and listens; descriptors LISTEN_FD, LISTEN_FD + 1, ... in their order, and
// METRICS_FD where metrics are asked for; non-blocking, close-on-exec. IPv6 sockets take IPv6 only.
// What was passed is in its place already and is taken as it is. Each address in `options` is then
// the one that is really bound (port 0 is the system's choice). All or nothing: does not return on
// failure (71 the system refused, 77 a privileged port without the permission).
void listener_open(struct options *options, const struct activation *passed);

#endif
