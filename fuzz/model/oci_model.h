// SPDX-License-Identifier: ISC
//
// oci_model.h: what a container's seccomp profile says, read from src/policy/oci.h and the sources
// that it names, another way: no policy is made, entries are asked one after the other for each
// call.
#ifndef FUZZ_OCI_MODEL_H
#define FUZZ_OCI_MODEL_H

#include "calls_model.h"

enum { OCI_MODEL_ARCHS = 32, OCI_MODEL_SAYINGS = 4096, OCI_MODEL_CAPS = 8 };

struct oci_model_options {
    uint32_t arch;
    const char *caps[OCI_MODEL_CAPS];
    size_t cap_count;
    unsigned kernel;
};

// That a call gets an action on some architectures, when all tests hold.
struct oci_saying {
    const char *call;
    uint32_t archs;
    uint32_t action;
    struct model_test tests[65];
    size_t count;
    bool gated; // said of a call behind this one
};

struct oci_model {
    bool unsure;
    uint32_t arch[OCI_MODEL_ARCHS];
    size_t arch_count;
    uint32_t default_action, bad_arch_action;
    struct oci_saying sayings[OCI_MODEL_SAYINGS];
    size_t count;
    const char *unknown[OCI_MODEL_SAYINGS]; // names that no architecture has, each once
    size_t unknown_count;
    unsigned remarks; // what has no effect, or another than it seems
};

// True when it is a profile that is taken.
bool oci_model_read(struct oci_model *model, const struct oci_model_options *options,
                    const char *text, size_t length);

int oci_model_number(uint32_t arch, const char *call); // -1: it has none
uint32_t oci_model_decide(const struct oci_model *model, const struct seccomp_data *data);

// What is left of a profile once it is taken: how many rules and clauses, and how many warnings.
struct oci_outcome {
    size_t rules, clauses;
    unsigned warnings;
};

// False when that is too large to tell.
bool oci_model_outcome(const struct oci_model *model, struct oci_outcome *outcome);

// Can a finding stand there in the text that was read last? It is about a value or a key, all of
// it, and begins with the pointer to the value (RFC 6901) when it begins with one.
bool oci_model_place(const char *at, size_t width, const char *message);

// A call at the border of what the profile says.
struct seccomp_data oci_model_call(const struct oci_model *model, struct dice *dice);

#endif
