// SPDX-License-Identifier: ISC
//
// policy_model.h: the policy language, read a second time.
//
// Written from the manual, seccomp-policy(5), and in another way than src/policy: the text is
// walked twice (once for its shape, once for its meaning) over one flat list of words, there is no
// tree of pointers, no name is kept, and conditions are decided by truth_model.h. It shares no code
// with what it judges. Borrowed are only data: the list of the system's constants that the build
// made, and, for a constant and an architecture that constant_facts[] says nothing about, whether
// the two go together.
//
// Everything lies in fixed arrays: a model is large, static, and used again and again.
#ifndef FUZZ_POLICY_MODEL_H
#define FUZZ_POLICY_MODEL_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MODEL_TEXT_BYTES = 16384, // longer texts are not for the model
    MODEL_WORDS = 60000,
    MODEL_LINES = 20000,
    MODEL_PARTS = 9000, // rules, bodies, entries, conjunctions, tests, constants, parameters each
    MODEL_ARCHS = 32,
    MODEL_FILES = 300,
};

// A word of the text. Kinds: 'w' word, 'n' number, '@' directive, '$' parameter, 'p' path, 'o'
// operator, '.' the end of the statement.
struct model_word {
    char kind;
    uint16_t file;
    uint32_t line, column;
    const char *text;
    uint32_t length;
};

// A logical line. `refused`: it is no statement, or defines again what is defined. `wrong`: it is
// one, but cannot be meant.
struct model_line {
    uint16_t file;
    uint32_t first, last;
    uint32_t word; // its first word, or the end
    bool garbled;
    uint32_t bad_line, bad_column; // where; of the first such place
    bool refused;
    bool wrong;
};

enum model_how { HOW_EQ, HOW_NE, HOW_LT, HOW_LE, HOW_GT, HOW_GE, HOW_ANY, HOW_MASKED, HOW_IN };

struct model_test {
    uint32_t word;
    uint8_t arg;
    bool narrow;
    enum model_how how;
    uint64_t mask, value;
    int param; // -1: none
};

// `count` parts from `first` on.
struct model_span {
    uint32_t first, count;
};

struct model_entry {
    uint32_t word;
    struct model_span any; // conjunctions
    uint32_t action;
};

struct model_body {
    struct model_span entries;
    uint32_t otherwise;
    uint32_t otherwise_word; // when not defaulted
    bool defaulted;
};

struct model_rule {
    uint32_t word;
    uint32_t archs;
    int number[MODEL_ARCHS];
    uint32_t body;
};

struct model_const {
    uint32_t line, word;
    bool used, broken, fits[2];
    uint64_t number[2];
};

struct model_param {
    uint32_t line, word;
    uint8_t bits;
    uint64_t low, high;
    bool used;
};

struct model_options {
    bool has_default;
    uint32_t default_action;
    uint32_t arch; // 0: this machine's
    // The text that an @include of this path means in a file (0: the first one), NULL when it is
    // refused; `shown` is how messages call it.
    const char *(*include)(bool first, const char *from, const char *path, size_t length,
                           const char **shown, bool *unsure);
};

struct policy_model {
    const struct model_options *options;
    bool unsure;  // too large for the model: it has no opinion
    bool dropped; // a rule stands for none of the architectures: it is right, and gone
    bool no_default;

    uint32_t arch[MODEL_ARCHS];
    size_t arch_count;
    bool archs_listed;
    uint32_t default_action, bad_arch_action;
    uint32_t default_word, bad_arch_word, arch_word; // UINT32_MAX: not written

    const char *files[MODEL_FILES];
    const char *file_text[MODEL_FILES];
    size_t file_count;
    struct model_word words[MODEL_WORDS];
    uint32_t word_count;
    struct model_line lines[MODEL_LINES];
    uint32_t line_count;
    uint32_t order[MODEL_LINES]; // the lines as they are read: an included file's in its place
    uint32_t order_count;
    uint16_t chain[16]; // the files that are being read
    struct model_const consts[MODEL_PARTS];
    uint32_t const_count;
    struct model_param params[MODEL_PARTS];
    uint32_t param_count;
    struct model_rule rules[MODEL_PARTS];
    uint32_t rule_count;
    struct model_body bodies[MODEL_PARTS];
    uint32_t body_count;
    struct model_entry entries[MODEL_PARTS];
    uint32_t entry_count;
    struct model_span conjunctions[MODEL_PARTS];
    uint32_t conjunction_count;
    struct model_test tests[MODEL_PARTS];
    uint32_t test_count;
};

// Reads a text of at most MODEL_TEXT_BYTES. True when it is a policy.
bool policy_model_read(struct policy_model *model, const struct model_options *options,
                       const char *name, const char *text, size_t length);

// Which rule and entry decide a call; -1 where none does.
struct model_decision {
    uint32_t action;
    int rule;
    int entry;
};

// What a policy that was read says to one call. `values` has one for each parameter.
struct model_decision policy_model_decide(const struct policy_model *model, const uint64_t *values,
                                          const struct seccomp_data *data);

// Likewise where the policy is for one of its architectures alone.
struct model_decision policy_model_decide_alone(const struct policy_model *model, uint32_t arch,
                                                const uint64_t *values,
                                                const struct seccomp_data *data);

// Does a test hold, where registers have 64 bits (`wide`) or 32?
bool policy_model_holds(const struct model_test *test, const uint64_t *values, uint64_t argument,
                        bool wide);

bool model_word_is(const struct model_word *word, const char *text);

#endif
