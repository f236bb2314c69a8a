// SPDX-License-Identifier: ISC
//
// policy.h: what a policy file means, as a tree.
//
// The parser builds it, resolve checks it and fills in the numbers, and everything else only reads
// it: the compiler, the printer, the linter and the prover. The tree is in one arena and is freed
// as a whole. A tree that came out of policy_load() without an error is complete: every name is
// known, every number in range, no call defined twice for one architecture.
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where something stands. Lines and columns count from 1; a column is a byte. `file` lives as long
// as the tree.
struct position {
    const char *file;
    uint32_t line;
    uint32_t column;
};

// Architectures are AUDIT_ARCH_* tokens (linux/audit.h), as seccomp_data.arch carries them. A rule
// names a set of them as bits: bit i stands for policy->arch[i].
#define POLICY_ARCH_MAX 32

// An operand that is not a number is a parameter: its index in policy->param, else NO_PARAM.
#define NO_PARAM (-1)

enum compare {
    COMPARE_EQ,        // arg == value
    COMPARE_NE,        // arg != value
    COMPARE_LT,        // arg <  value
    COMPARE_LE,        // arg <= value
    COMPARE_GT,        // arg >  value
    COMPARE_GE,        // arg >= value
    COMPARE_ANY,       // arg & mask            (any bit of mask is set)
    COMPARE_MASKED_EQ, // arg & mask == value
    COMPARE_IN,        // arg in mask           (no bit outside mask is set)
};

// One test of one argument. All compares are unsigned. `narrow`: only the low 32 bits of the
// register are looked at; mask and value then fit in 32 bits.
struct atom {
    struct position at;
    uint8_t arg; // 0 to 5
    bool narrow;
    enum compare compare;
    uint64_t mask;
    uint64_t value;
    int param; // takes the place of `value` for EQ to GE; else NO_PARAM
};

// All atoms hold (a conjunction is never empty).
struct conjunction {
    struct atom *atoms;
    size_t count;
};

// Any conjunction holds (an expression is never empty).
struct expression {
    struct conjunction *any;
    size_t count;
};

// `when` holds: the result is `action`, a SECCOMP_RET_* value with its data (linux/seccomp.h).
struct clause {
    struct position at;
    struct expression when;
    uint32_t action;
};

// The first clause that holds decides; when none does, `otherwise`.
//     name: allow             no clause, otherwise = allow
//     name: EXPR              EXPR -> allow, otherwise = the policy's default
//     name: EXPR; DENY        EXPR -> allow, otherwise = DENY
//     name: { E1; A1, ... A } a chain: E1 -> A1, ..., otherwise = A
struct rule {
    struct position at;
    const char *name;
    uint32_t archs;              // the architectures for which this rule stands
    int number[POLICY_ARCH_MAX]; // the call's number there; -1 where `archs` has no bit
    struct clause *clauses;
    size_t clause_count;
    uint32_t otherwise;
    struct position otherwise_at;
    bool defaulted; // `otherwise` was not written: it is the policy's default
};

// A value that is bound when the policy is instantiated, `low` to `high` inclusive.
struct param {
    struct position at;
    const char *name; // without the "$"
    uint8_t bits;     // 32 or 64
    uint64_t low;
    uint64_t high;
};

struct policy {
    struct arena *arena; // owns everything below
    const char *path;    // of the first file
    uint32_t arch[POLICY_ARCH_MAX];
    size_t arch_count;
    uint32_t default_action;
    uint32_t bad_arch_action; // for any other architecture, and for x32 numbers on x86-64
    struct param *params;
    size_t param_count;
    struct rule *rules; // in the order of the text
    size_t rule_count;
    struct position default_at;  // of @default; line 0 when the caller supplied it
    struct position bad_arch_at; // of @badarch, else as default_at
    const char *text;            // the bytes of the first file, NUL-terminated after them
    size_t text_length;
};

#endif
