// SPDX-License-Identifier: ISC
//
// builtin.h: the policies of echocell as text, byte for byte, so that a live daemon can be attested
// where its sources are not.
#ifndef AUDIT_BUILTIN_H
#define AUDIT_BUILTIN_H

#include <stddef.h>

struct builtin {
    const char *name; // "session"
    const char *file; // "session.policy"
    size_t length;    // of the text, without the NUL
    const char *text;
};

// Ends with a NULL name. Generated.
extern const struct builtin builtins[];

#endif
