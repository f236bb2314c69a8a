// SPDX-License-Identifier: ISC
//
// oci_json.h: JSON text (RFC 8259) as a tree in which every value knows its line and column.
//
// Strict: no comments, no trailing commas, no bytes that are not UTF-8, no NUL in a string, no key
// twice in one object, at most OCI_DEPTH levels and OCI_MEMBERS members of an object. Numbers are
// kept as they are written, since profiles hold all 64-bit numbers and a double does not.
#ifndef POLICY_OCI_JSON_H
#define POLICY_OCI_JSON_H

#include "diagnose.h"
#include "policy.h"
#include "source.h"

enum { OCI_DEPTH = 32, OCI_MEMBERS = 1000 };

enum oci_kind { OCI_NULL, OCI_BOOL, OCI_NUMBER, OCI_STRING, OCI_ARRAY, OCI_OBJECT };

struct oci_value {
    enum oci_kind kind;
    struct position at;
    uint32_t width;         // bytes of it, of an array or object of its first
    const char *text;       // of a string (UTF-8), a number, or "true" and "false"
    struct oci_value *next; // in the same array or object
    struct oci_value *first;
    size_t count;
    const struct oci_value *parent; // NULL: the whole text
    size_t index;                   // in `parent`
    const char *key;                // in an object; NULL otherwise
    struct position key_at;
    uint32_t key_width;
};

// The whole text as one value, in the arena; NULL with an error in the diagnostics. The first error
// ends the reading: what follows a wrong bracket means nothing.
struct oci_value *oci_json_read(struct arena *arena, struct diagnostics *diagnostics,
                                const struct source *source);

// The JSON pointer (RFC 6901) of a value, in the arena: "/syscalls/3/args/0"; "" for the whole.
const char *oci_json_pointer(struct arena *arena, const struct oci_value *value);

#endif
