// SPDX-License-Identifier: ISC
//
// policy_names.c: the names of the world outside: architectures, calls, constants, errors, actions.
// Numbers come from libseccomp, the C library and the kernel's headers; architectures from the
// manual.
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "policy/constants.h"
#include "policy_parts.h"

static const struct model_arch archs[] = {
    {"x86_64", "", SCMP_ARCH_X86_64, 0},
    {"aarch64", "arm64", SCMP_ARCH_AARCH64, 0},
    {"x86", "", SCMP_ARCH_X86, 0},
    {"arm", "", SCMP_ARCH_ARM, 0},
    {"riscv64", "", SCMP_ARCH_RISCV64, 0},
    {"ppc64le", "", SCMP_ARCH_PPC64LE, 0},
    {"ppc64", "", SCMP_ARCH_PPC64, 0},
    {"ppc", "", SCMP_ARCH_PPC, 0},
    {"s390x", "", SCMP_ARCH_S390X, 0},
    {"s390", "", SCMP_ARCH_S390, 0},
    {"mips", "", SCMP_ARCH_MIPS, 4000},
    {"mipsel", "", SCMP_ARCH_MIPSEL, 4000},
    {"mips64", "", SCMP_ARCH_MIPS64, 5000},
    {"mipsel64", "", SCMP_ARCH_MIPSEL64, 5000},
    {"mips64n32", "", SCMP_ARCH_MIPS64N32, 6000},
    {"mipsel64n32", "", SCMP_ARCH_MIPSEL64N32, 6000},
    {"parisc", "", SCMP_ARCH_PARISC, 0},
    {"parisc64", "", SCMP_ARCH_PARISC64, 0},
};

enum {
    ARCHS = sizeof(archs) / sizeof(archs[0]),
    SLOTS = 1 << 15,
    CALLS = 1000,
    YOUNGEST = 457, // statmount; the younger calls have one number everywhere
};

static const char *const younger[] = {
    "statmount",      "listmount",    "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules",
    "mseal",          "setxattrat",   "getxattrat",        "listxattrat",       "removexattrat",
    "open_tree_attr", "file_getattr", "file_setattr"};

// A hash of names, for calls (space: the architecture's index) and constants (space: ARCHS).
static struct slot {
    const char *name;
    unsigned space;
    int number;
    const struct constant *constant;
} slots[SLOTS];

static struct slot *slot_of(const char *name, size_t length, unsigned space)
{
    uint32_t hash = 2166136261U + space;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619U;
    size_t at = hash % SLOTS;
    while (slots[at].name != NULL &&
           (slots[at].space != space || strncmp(slots[at].name, name, length) != 0 ||
            slots[at].name[length] != '\0'))
        at = (at + 1) % SLOTS;
    return &slots[at];
}

static void know_call(unsigned space, const char *name, int number)
{
    struct slot *slot = slot_of(name, strlen(name), space);
    if (slot->name == NULL)
        *slot = (struct slot){name, space, number, NULL};
}

static void know_calls(unsigned space)
{
    static bool known[ARCHS];
    if (known[space])
        return;
    known[space] = true;
    for (uint32_t i = 0; i < CALLS; i++) {
        int number = (int)(archs[space].first_call + i);
        char *name = seccomp_syscall_resolve_num_arch(archs[space].token, number);
        if (name != NULL)
            know_call(space, name, number);
    }
    for (int i = 0xf0000; archs[space].token == SCMP_ARCH_ARM && i < 0xf0100; i++) {
        char *name = seccomp_syscall_resolve_num_arch(archs[space].token, i);
        if (name != NULL)
            know_call(space, name, i);
    }
    for (size_t i = 0; i < sizeof(younger) / sizeof(younger[0]); i++)
        know_call(space, younger[i], YOUNGEST + (int)i + (int)archs[space].first_call);
}

static void know_constants(void)
{
    static bool known;
    if (known)
        return;
    known = true;
    const struct constant *const groups[] = {constants_group_0, constants_group_1};
    for (size_t i = 0; i < 2; i++)
        for (const struct constant *at = groups[i]; at->name != NULL; at++)
            *slot_of(at->name, strlen(at->name), ARCHS) = (struct slot){at->name, ARCHS, 0, at};
}

bool model_word_is(const struct model_word *word, const char *text)
{
    return strlen(text) == word->length && memcmp(text, word->text, word->length) == 0;
}

const struct model_arch *model_arch_named(const struct model_word *word)
{
    for (size_t i = 0; i < ARCHS; i++)
        if (model_word_is(word, archs[i].name) ||
            (archs[i].alias[0] != '\0' && model_word_is(word, archs[i].alias)))
            return &archs[i];
    return NULL;
}

const struct model_arch *model_arch_at(size_t index)
{
    return index < ARCHS ? &archs[index] : NULL;
}

const char *model_arch_name(uint32_t token)
{
    const char *name = "";
    for (size_t i = 0; i < ARCHS; i++)
        name = archs[i].token == token ? archs[i].name : name;
    return name;
}

bool model_arch_wide(uint32_t token)
{
    return (token & __AUDIT_ARCH_64BIT) != 0;
}

int model_call_number(uint32_t arch, const struct model_word *name)
{
    for (unsigned i = 0; i < ARCHS; i++) {
        if (archs[i].token != arch)
            continue;
        know_calls(i);
        const struct slot *slot = slot_of(name->text, name->length, i);
        return slot->name == NULL ? -1 : slot->number;
    }
    return -1;
}

const struct constant *model_constant(const struct model_word *name)
{
    know_constants();
    return slot_of(name->text, name->length, ARCHS)->constant;
}

// What is known for sure, from the kernel's uapi headers: the architectures where a constant of
// x86-64 or aarch64 has another value, by the machine that this was built on.
static const struct {
    const char *name;
    const char *same, *other; // architectures, each followed by a blank
} constant_facts[] = {
    {"O_RDONLY", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", ""},
    {"O_WRONLY", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", ""},
    {"O_CREAT", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", "mips mipsel mips64 parisc "},
    {"O_CLOEXEC", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", "parisc "},
    {"SIGUSR1", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", "mips mipsel mips64 parisc "},
    {"SIGTERM", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", ""},
    {"MSG_DONTWAIT", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", ""},
    {"MAP_ANONYMOUS", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", "mips mipsel mips64 parisc "},
    {"SOCK_STREAM", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", "mips mipsel mips64 "},
    {"PROT_EXEC", "x86_64 aarch64 x86 arm riscv64 s390x s390 ", ""},
    {"AF_INET", "x86_64 aarch64 x86 arm riscv64 ppc64le ppc s390x mips mipsel64 parisc ", ""},
    {"PR_SET_NAME", "x86_64 aarch64 x86 arm riscv64 ppc64 s390x mips mipsel64 parisc ", ""},
    {"CLONE_VM", "x86_64 aarch64 x86 arm riscv64 ppc64le s390x mips mipsel parisc ", ""},
    {"CLOCK_MONOTONIC", "x86_64 aarch64 x86 arm riscv64 ppc s390x mips64 mipsel parisc ", ""},
    {"FUTEX_WAIT", "x86_64 aarch64 x86 arm riscv64 ppc64le s390x mips mips64n32 parisc ", ""},
    {"IPPROTO_TCP", "x86_64 aarch64 x86 arm riscv64 ppc64le s390x mips mipsel parisc ", ""},
    {"WNOHANG", "x86_64 aarch64 x86 arm riscv64 ppc64le s390x mips mipsel parisc ", ""},
#if defined(__x86_64__)
    {"O_DIRECTORY", "x86_64 x86 riscv64 s390x s390 ", "aarch64 arm ppc64le "},
    {"O_NOFOLLOW", "x86_64 x86 riscv64 s390x s390 ", "aarch64 arm ppc64le "},
    {"O_DIRECT", "x86_64 x86 riscv64 s390x s390 ", "aarch64 arm ppc64le "},
    {"O_TMPFILE", "x86_64 ", "aarch64 arm ppc64le "},
    {"MAP_32BIT", "x86_64 ", "aarch64 arm riscv64 s390x ppc64le "},
    {"ARCH_SET_FS", "x86_64 ", "aarch64 arm riscv64 s390x ppc64le "},
    {"PTRACE_GETREGS", "x86_64 ", "aarch64 s390x "},
#endif
};

static bool lists(const char *list, const char *name)
{
    const char *at = strstr(list, name);
    while (at != NULL && ((at > list && at[-1] != ' ') || at[strlen(name)] != ' '))
        at = strstr(at + 1, name);
    return at != NULL;
}

bool model_constant_goes(const struct constant *constant, uint32_t arch)
{
    const char *name = model_arch_name(arch);
    for (size_t i = 0; i < sizeof(constant_facts) / sizeof(constant_facts[0]); i++) {
        if (strcmp(constant_facts[i].name, constant->name) != 0)
            continue;
        // "Same" is only a promise where ours can tell; being safe is the other half.
        if (lists(constant_facts[i].other, name))
            return false;
        if (strncmp(constant_facts[i].name, "O_DIRECT", 8) != 0 &&
            strcmp(constant_facts[i].name, "O_NOFOLLOW") != 0 &&
            lists(constant_facts[i].same, name))
            return true;
    }
    return constants_hold(constant, arch);
}

unsigned model_errno(const struct model_word *name)
{
    if (model_word_is(name, "EWOULDBLOCK"))
        return EAGAIN;
    if (model_word_is(name, "EDEADLOCK"))
        return EDEADLK;
    if (model_word_is(name, "ENOTSUP"))
        return EOPNOTSUPP;
    for (int number = 1; number < 200; number++) {
        const char *known = strerrorname_np(number);
        if (known != NULL && model_word_is(name, known))
            return (unsigned)number;
    }
    return 0;
}

bool model_action(const struct model_word *word, uint32_t *action)
{
    static const struct {
        const char *text;
        uint32_t action;
    } table[] = {
        {"1", 0x7fff0000},           {"allow", 0x7fff0000},       {"log", 0x7ffc0000},
        {"trace", 0x7ff00000},       {"user-notify", 0x7fc00000}, {"trap", 0x00030000},
        {"kill-thread", 0x00000000}, {"kill", 0x80000000},        {"kill-process", 0x80000000}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (model_word_is(word, table[i].text)) {
            *action = table[i].action;
            return true;
        }
    return false;
}
