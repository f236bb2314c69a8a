// SPDX-License-Identifier: ISC
//
// privilege.h: gives root away for ever. The only user of libcap-ng.
#ifndef ECHOCELL_PRIVILEGE_H
#define ECHOCELL_PRIVILEGE_H

#include "identity.h"

#include <stdbool.h>

// Is there something to give away: an effective user id of 0?
bool privilege_is_root(void);

// As root: leaves the network, IPC, UTS and mount namespaces, the root directory, every group, both
// ids and every capability behind; every step must succeed, or this does not return (77, with the
// capability that was missing). Otherwise: gives up what capabilities there are.
void privilege_drop(const struct identity *identity);

#endif
