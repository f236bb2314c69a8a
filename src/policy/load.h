// SPDX-License-Identifier: ISC
//
// load.h: from the text of a policy to its meaning.
#ifndef POLICY_LOAD_H
#define POLICY_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose.h"
#include "policy.h"

enum {
    LOAD_INCLUDE_DEPTH = 8,   // files between the first one and the deepest
    LOAD_INCLUDE_FILES = 256, // files read altogether
    LOAD_PARAMS = 64,         // @param lines
};

struct load_options {
    const char *include_root; // absolute includes resolve below it; NULL: they are refused
    bool has_default;         // the caller supplies @default …
    uint32_t default_action;  // … as a SECCOMP_RET_* value; a file that says otherwise is refused
    uint32_t arch;            // stands in for a missing @arch; 0: the native one
};

// Reads a policy and all it includes. All that is wrong is added to `diagnostics`; NULL when any of
// it is an error. The caller frees the policy with policy_free().
struct policy *policy_load(const char *path, const struct load_options *options,
                           struct diagnostics *diagnostics);

// The same for text in memory, which is called `name` in messages and cannot include by a relative
// path, since it stands in no directory.
struct policy *policy_load_text(const char *name, const char *text, size_t length,
                                const struct load_options *options,
                                struct diagnostics *diagnostics);

void policy_free(struct policy *policy);

#endif
