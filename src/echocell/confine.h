// SPDX-License-Identifier: ISC
//
// confine.h: the layers that need no root, and the proof of all layers.
#ifndef ECHOCELL_CONFINE_H
#define ECHOCELL_CONFINE_H

#include "identity.h"
#include "layers.h"
#include "outsider.h"

#include <stdbool.h>

// What is needed from before the drop, and from outside of the confinement, to verify it.
struct confine_witness {
    bool root;
    int namespaces_dir;               // /proc/self/ns, O_PATH
    unsigned long long namespaces[4]; // inodes of net, ipc, uts, mnt
    struct outsider outsider;
};

// Looks at the namespaces before they are left. As root /proc must be there.
void confine_remember(struct confine_witness *witness);

// no_new_privs, not dumpable, memory-deny-write-execute, Landlock: for this process and all that it
// forks. Returns the layers that the kernel has; a layer that it has and refuses does not return.
layer_set confine_enter(struct confine_witness *witness);

// The layers that a start by this user on this kernel would have.
layer_set confine_possible(void);

// Reads every layer back from the kernel, then tries to undo each. Returns the layers that hold.
// When something that this start promises does not hold (every layer of root's, or one in
// `entered`), or an attempt succeeds, the process ends: it must not serve.
layer_set confine_verify(struct confine_witness *witness, const struct identity *identity,
                         layer_set entered);

#endif
