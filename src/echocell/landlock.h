// SPDX-License-Identifier: ISC
//
// landlock.h: no file, no TCP port, no signal and no abstract socket beyond this process and its
// children. See landlock(7) and include/uapi/linux/landlock.h.
#ifndef ECHOCELL_LANDLOCK_H
#define ECHOCELL_LANDLOCK_H

#include "layers.h"

#include <stdbool.h>

// Enforces a ruleset without a rule, as wide as the kernel knows: everything it can handle is
// denied. Needs no_new_privs. Returns which of LAYER_LANDLOCK and LAYER_LANDLOCK_SCOPE are on; none
// where the kernel has no Landlock. Any other failure does not return.
layer_set landlock_deny_all(void);

// What the kernel could enforce, without doing it.
layer_set landlock_available(void);

// Does the kernel's Landlock know TCP ports (version 4)?
bool landlock_handles_ports(void);

#endif
