// SPDX-License-Identifier: ISC
//
// oci_words.h: the words of profiles: SCMP_ARCH_*, SCMP_ACT_*, SCMP_CMP_*, Docker's architectures.
#ifndef POLICY_OCI_WORDS_H
#define POLICY_OCI_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

enum oci_arch {
    OCI_ARCH_NONE,    // there is no such architecture
    OCI_ARCH_OTHER,   // there is, but none of ours
    OCI_ARCH_X32,     // x32, which shares the token of x86-64
    OCI_ARCH_PRESENT, // one of architecture.h
};

// "SCMP_ARCH_X86_64" → its token.
enum oci_arch oci_word_arch(const char *word, uint32_t *token);

// What `includes.arches` calls a machine: "amd64". Never NULL for an architecture of ours.
const char *oci_word_machine(uint32_t token);

// Is it the name of some machine?
bool oci_word_machine_known(const char *word);

// "SCMP_ACT_ERRNO" → SECCOMP_RET_ERRNO. False when it is none.
bool oci_word_action(const char *word, uint32_t *action);

// The other way round, without looking at the action's data; NULL when it is none.
const char *oci_action_word(uint32_t action);

// "SCMP_CMP_GE" → COMPARE_GE. False when it is none.
bool oci_word_compare(const char *word, enum compare *compare);

// NULL for a compare that profiles do not have.
const char *oci_compare_word(enum compare compare);

#endif
