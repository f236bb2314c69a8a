// SPDX-License-Identifier: ISC
//
// policy_parts.h: what the files of the policy model share.
#ifndef FUZZ_POLICY_PARTS_H
#define FUZZ_POLICY_PARTS_H

#include "policy_model.h"

// Where one walk over a statement stands, and what it knows.
struct reader {
    struct policy_model *model;
    struct model_line *line;
    uint32_t at;       // the word
    bool meaning;      // the second walk: names are looked up
    bool narrow;       // values are of 32 bits
    bool width_counts; // a number that does not fit is wrong here, not only unusable
    bool names_count;  // the same for a name without a value
    uint32_t consts;   // so many are defined by now
    uint32_t archs;    // for which a value is read
    bool usable;       // the value has one
};

// policy_words.c: a file's lines and words; returns the first and behind the last line.
struct model_span model_cut(struct policy_model *model, uint16_t file, const char *text,
                            size_t length);

// policy_names.c
struct model_arch {
    const char *name, *alias;
    uint32_t token;
    uint32_t first_call;
};
const struct model_arch *model_arch_named(const struct model_word *word);
const struct model_arch *model_arch_at(size_t index); // NULL behind the last
const char *model_arch_name(uint32_t token);          // "": none of ours
bool model_arch_wide(uint32_t token);
int model_call_number(uint32_t arch, const struct model_word *name); // -1: it has none
struct constant;
const struct constant *model_constant(const struct model_word *name);
bool model_constant_goes(const struct constant *constant, uint32_t arch);
unsigned model_errno(const struct model_word *name); // 0: none
bool model_action(const struct model_word *word, uint32_t *action);

// policy_values.c
bool model_number(const struct model_word *word, uint64_t *magnitude, bool *negative);
bool model_value(struct reader *reader, uint64_t *value);
void model_define_consts(struct policy_model *model);

// policy_rules.c: a rule, shape or meaning. False: it is none.
bool model_rule_line(struct reader *reader);

// policy_judge.c: can the conditions of a body be meant?
bool model_body_is_meant(struct policy_model *model, const struct model_body *body, uint32_t archs);

// policy_model.c: words.
const struct model_word *model_next(const struct reader *reader);
bool model_at(const struct reader *reader, const char *text);
bool model_take(struct reader *reader, const char *text);
bool model_action_here(struct reader *reader, bool denial, uint32_t *action);
bool model_same(const struct model_word *a, const struct model_word *b);

#endif
