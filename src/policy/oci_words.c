// SPDX-License-Identifier: ISC
//
// oci_words.c: the tables: runtime-spec config-linux.md "Seccomp", and libseccomp-golang for the
// names of machines.
#include "oci_words.h"

#include <ctype.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "architecture.h"

static const struct {
    const char *word;
    uint32_t action;
} actions[] = {
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
};

static const struct {
    const char *word;
    enum compare compare;
} compares[] = {
    {"SCMP_CMP_EQ", COMPARE_EQ},
    {"SCMP_CMP_NE", COMPARE_NE},
    {"SCMP_CMP_LT", COMPARE_LT},
    {"SCMP_CMP_LE", COMPARE_LE},
    {"SCMP_CMP_GT", COMPARE_GT},
    {"SCMP_CMP_GE", COMPARE_GE},
    {"SCMP_CMP_MASKED_EQ", COMPARE_MASKED_EQ},
};

// Where Docker's word is another than the architecture's.
static const struct {
    const char *word;
    uint32_t token;
} machines[] = {{"amd64", SCMP_ARCH_X86_64}, {"arm64", SCMP_ARCH_AARCH64}};

static const char *const other_archs[] = {"LOONGARCH64", "M68K", "SH", "SHEB"};
static const char *const other_machines[] = {"x32", "loong64", "loongarch64", "m68k", "sh", "sheb"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum oci_arch oci_word_arch(const char *word, uint32_t *token)
{
    static const char prefix[] = "SCMP_ARCH_";
    char lower[32];
    if (strncmp(word, prefix, strlen(prefix)) != 0)
        return OCI_ARCH_NONE;
    word += strlen(prefix);
    if (strcmp(word, "X32") == 0)
        return OCI_ARCH_X32;
    for (size_t i = 0; i < COUNT(other_archs); i++)
        if (strcmp(word, other_archs[i]) == 0)
            return OCI_ARCH_OTHER;
    size_t length = strlen(word);
    if (length >= sizeof(lower))
        return OCI_ARCH_NONE;
    for (size_t i = 0; i <= length; i++) {
        if (islower((unsigned char)word[i]))
            return OCI_ARCH_NONE;
        lower[i] = (char)tolower((unsigned char)word[i]);
    }
    const struct architecture *found = architecture_named(lower);
    if (found == NULL || strcmp(found->name, lower) != 0)
        return OCI_ARCH_NONE;
    *token = found->token;
    return OCI_ARCH_PRESENT;
}

const char *oci_word_machine(uint32_t token)
{
    for (size_t i = 0; i < COUNT(machines); i++)
        if (machines[i].token == token)
            return machines[i].word;
    return architecture_name(token);
}

bool oci_word_machine_known(const char *word)
{
    for (size_t i = 0; i < COUNT(other_machines); i++)
        if (strcmp(word, other_machines[i]) == 0)
            return true;
    for (size_t i = 0; architecture_at(i) != NULL; i++)
        if (strcmp(word, oci_word_machine(architecture_at(i)->token)) == 0)
            return true;
    return false;
}

bool oci_word_action(const char *word, uint32_t *action)
{
    for (size_t i = 0; i < COUNT(actions); i++)
        if (strcmp(word, actions[i].word) == 0) {
            *action = actions[i].action;
            return true;
        }
    return false;
}

const char *oci_action_word(uint32_t action)
{
    for (size_t i = 0; i < COUNT(actions); i++)
        if (actions[i].action == (action & SECCOMP_RET_ACTION_FULL))
            return actions[i].word;
    return NULL;
}

bool oci_word_compare(const char *word, enum compare *compare)
{
    for (size_t i = 0; i < COUNT(compares); i++)
        if (strcmp(word, compares[i].word) == 0) {
            *compare = compares[i].compare;
            return true;
        }
    return false;
}

const char *oci_compare_word(enum compare compare)
{
    for (size_t i = 0; i < COUNT(compares); i++)
        if (compares[i].compare == compare)
            return compares[i].word;
    return NULL;
}
