// SPDX-License-Identifier: ISC
//
// command.h: what all commands share: exit statuses, options, and how a policy is read for them.
#ifndef AUDIT_COMMAND_H
#define AUDIT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compile.h"
#include "load.h"
#include "oci.h"

enum {
    EXIT_CLEAN = 0,     // nothing found, EQUAL
    EXIT_FOUND = 1,     // a finding, a difference
    EXIT_INPUT = 2,     // the command line or a file is bad
    EXIT_UNDECIDED = 3, // or not permitted
};

enum { OPTION_POLICIES = 64 };

struct option_param {
    const char *name; // as given, up to the "="
    size_t name_length;
    uint64_t value;
};

// The command line behind the command's name. Strings are argv's.
struct options {
    const char *command;
    char **operands;
    size_t operand_count;
    uint32_t arch; // AUDIT_ARCH_*; the native one unless given
    bool json;
    bool sarif;
    bool rules;
    bool header;
    bool trap;
    bool force;
    bool verbose;
    enum compiler compiler; // COMPILER_ANY unless given
    const char *smt;        // a file for the proof's question
    const char *all;
    const char *policies[OPTION_POLICIES];
    size_t policy_count;
    const char *output;
    const char *name;
    struct load_options load;
    struct oci_options oci;
    struct option_param params[LOAD_PARAMS];
    size_t param_count;
};

struct command {
    const char *name;
    const char *options; // the letters, as in options.c, of those that it takes
    const char *usage;   // what stands behind the name in "usage:"
    const char *summary; // one line
    int (*run)(const struct options *options);
};

// Reads the options that the command takes; argv[0] is its name. -1: go on; else exit with that.
int options_read(struct options *options, const struct command *command, int argc, char **argv);

// One line on stderr, "seccomp-audit COMMAND: …". Returns EXIT_INPUT.
int options_fail(const struct options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Loads the policy at `path` for all its architectures. What is wrong is printed on stderr; NULL
// when any of it is an error. The caller frees it.
struct policy *options_load(const struct options *options, const char *path);

// The same, with what is wrong left in the diagnostics. A file called *.json is a profile of the
// container world (oci.h), any other is the policy language.
struct policy *options_load_into(const struct options *options, const char *path,
                                 struct diagnostics *diagnostics);

// Fills `values` (one for each of the policy's parameters) from --param. False after a message when
// one is missing, out of its range or not the policy's.
bool options_bind(const struct options *options, const struct policy *policy, uint64_t *values);

int audit_attest(const struct options *options);
int audit_check(const struct options *options);
int audit_compile(const struct options *options);
int audit_diff(const struct options *options);
int audit_disasm(const struct options *options);
int audit_dump(const struct options *options);
int audit_emulate(const struct options *options);
int audit_explain(const struct options *options);
int audit_export(const struct options *options);
int audit_prove(const struct options *options);

#endif
