// SPDX-License-Identifier: ISC
//
// syntax.h: a policy as it was written, before any name is looked up.
//
// parse fills it, across all included files, and resolve turns it into struct policy. Everything
// is in the policy's arena.
#ifndef POLICY_SYNTAX_H
#define POLICY_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"
#include "policy.h"

// A name, and where it stands.
struct syntax_name {
    struct position at;
    const char *text;
    uint32_t length;
};

struct syntax_value;

enum term_kind { TERM_NUMBER, TERM_NAME, TERM_GROUP };

struct syntax_term {
    enum term_kind kind;
    struct syntax_name name; // its text as written; for a group only the place
    bool complement;
    struct number number;
    struct syntax_value *group;
};

// The terms are or-ed; there is at least one.
struct syntax_value {
    struct position at;
    uint32_t length; // bytes underlined when the value is at fault
    struct syntax_term *terms;
    size_t count;
};

struct syntax_atom {
    struct position at;
    uint32_t length;
    uint8_t arg;
    bool narrow;
    enum compare compare;
    struct syntax_value *mask;  // for ANY, MASKED_EQ and IN
    struct syntax_value *value; // for the others but IN and ANY, unless a parameter is meant
    struct syntax_name param;   // without "$"; text is NULL when there is none
};

struct syntax_conjunction {
    struct syntax_atom *atoms;
    size_t count;
};

struct syntax_clause {
    struct position at;
    struct syntax_conjunction *any; // no conjunction: always
    size_t count;
    uint32_t action;
    struct position action_at;
};

struct syntax_call {
    struct syntax_name name;
    struct syntax_name *archs; // none: all of the policy's
    size_t arch_count;
};

struct syntax_rule {
    struct syntax_call *calls;
    size_t call_count;
    struct syntax_clause *clauses; // the last one is unconditional, unless `defaulted`
    size_t clause_count;
    bool defaulted; // a bare expression: what does not match gets @default
};

// A constant's value depends on the width of the argument it is compared with: ~1 is one thing in
// 64 bits and another in 32. Each is worked out once, in the order of the text.
struct syntax_const {
    struct syntax_name name;
    struct syntax_value *value; // NULL when its definition was refused
    bool used;
    bool fits[2]; // has a value in 64 bits [0], in 32 bits [1]
    uint64_t number[2];
};

struct syntax_param {
    struct syntax_name name;
    uint8_t bits;
    uint64_t low;
    uint64_t high;
    bool used;
};

struct syntax_action {
    struct position at; // of the directive; line 0 when it was not given
    uint32_t action;
};

struct syntax {
    struct syntax_action default_action;
    struct syntax_action bad_arch;
    struct position arch_at; // line 0: no @arch
    struct syntax_name *archs;
    size_t arch_count;
    struct syntax_const *consts;
    size_t const_count;
    struct syntax_param *params;
    size_t param_count;
    struct syntax_rule *rules;
    size_t rule_count;
    const char **mentioned; // names in lines that were refused: they count as used
    size_t mentioned_count;
};

#endif
