// SPDX-License-Identifier: ISC
//
// oci_read.h: what the parts of the import share, and how they take values out of a profile.
#ifndef POLICY_OCI_READ_H
#define POLICY_OCI_READ_H

#include "arena.h"
#include "oci.h"
#include "oci_json.h"

enum {
    OCI_NAMES = 16384,    // names in all entries of a profile
    OCI_CONDITIONS = 256, // conditions on one call
    OCI_UNKNOWN = 16,     // unknown names that are shown
};

// What one entry says of one call: when all atoms hold (or there is none), `action`.
struct oci_condition {
    struct position at; // of the name
    uint32_t width;
    uint32_t archs; // where it stands, as in struct rule
    uint32_t action;
    struct atom *atoms;
    size_t count;
    bool gated; // said of a call behind this one
};

// A call, and what the entries say of it, in their order.
struct oci_call {
    const char *name;
    uint32_t archs; // that have it
    int number[POLICY_ARCH_MAX];
    struct oci_condition *conditions;
    size_t count;
    bool gate_reported;
    bool unknown_reported;
};

struct oci_loader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct policy *policy;
    const struct oci_options *options;
    bool runtime;     // a runtime configuration: what Docker adds to it is not known there
    uint32_t machine; // AUDIT_ARCH_*
    uint32_t wide;    // the policy's architectures with 64-bit registers, as in struct rule
    unsigned kernel;
    size_t errors; // that were there before
    struct oci_call *calls;
    size_t call_count;
    size_t name_count;
    const struct oci_value *unknown[OCI_UNKNOWN];
    size_t unknown_count; // of all of them
};

struct oci_key {
    const char *name;
    bool docker; // not known to runtimes
};

// A finding at a value: "POINTER: ...".
void oci_report(struct oci_loader *loader, enum severity severity, const struct oci_value *value,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

// Reports the keys of an object that are none of `keys` (ended by a NULL name). A key that differs
// from one of them in nothing but upper and lower case is an error, since Go takes it for the same.
void oci_check_keys(struct oci_loader *loader, const struct oci_value *object,
                    const struct oci_key *keys);

// A member of an object. NULL when there is none, or null, or, after an error, when it is not of
// this kind.
const struct oci_value *oci_member(struct oci_loader *loader, const struct oci_value *object,
                                   const char *key, enum oci_kind kind);

// The same, and it is an error when there is none.
const struct oci_value *oci_required(struct oci_loader *loader, const struct oci_value *object,
                                     const char *key, enum oci_kind kind);

// Is it of this kind? Reports when it is not.
bool oci_is(struct oci_loader *loader, const struct oci_value *value, enum oci_kind kind);

// An unsigned number up to `most`. False after an error.
bool oci_number(struct oci_loader *loader, const struct oci_value *value, uint64_t most,
                uint64_t *number);

// The action of an object, under three keys of it: "action", "errnoRet", "errno". False after an
// error.
bool oci_action(struct oci_loader *loader, const struct oci_value *object, const char *const *keys,
                uint32_t *action);

// oci_arch.c: the machine, and the policy's architectures.
void oci_read_archs(struct oci_loader *loader, const struct oci_value *profile);

// oci_filter.c: does this entry stand, by its includes and excludes?
bool oci_applies(struct oci_loader *loader, const struct oci_value *entry);

// oci_entry.c: an element of "syscalls".
void oci_read_entry(struct oci_loader *loader, const struct oci_value *entry);

// oci_calls.c: notes a condition for the call that `name` means, wherever it exists. The atoms are
// in the order of their arguments, each argument once. The second reports names that mean none.
void oci_add(struct oci_loader *loader, const struct oci_value *name,
             const struct oci_condition *condition);
void oci_report_unknown(struct oci_loader *loader);

// oci_combine.c: from calls to the policy's rules.
void oci_combine(struct oci_loader *loader);

#endif
