// SPDX-License-Identifier: ISC
//
// ready.h: the last steps before the first accept: limits, filters, and the announcement.
#ifndef ECHOCELL_READY_H
#define ECHOCELL_READY_H

#include "identity.h"
#include "layers.h"
#include "options.h"

// Exits with 78 and the name of the first layer that is required and not in `layers`.
void ready_require(layer_set required, layer_set layers);

// Sets the listener's limits; proves in throw-away children that listener.policy and the session's
// policy end a process that breaks them, and that session limits hold; then puts listener.policy on
// this process. Returns the layers that are on. Does not return when one of them is not.
layer_set ready_lock(const struct options *options);

// Logs `listening`, then tells the service manager.
void ready_announce(const struct options *options, const struct identity *identity,
                    layer_set layers);

#endif
