// SPDX-License-Identifier: ISC
//
// oci_model_archs.c: for which machine a profile is read, and for which architectures.
#include <seccomp.h>
#include <string.h>

#include "oci_parts.h"
#include "policy_parts.h"

// An architecture of ours by its SCMP_ARCH_ word; 0: X32 or one that is not ours. *known tells
// whether there is any such word.
static uint32_t arch_word(const char *text, bool *known, bool *x32)
{
    static const char *const others[] = {"LOONGARCH64", "M68K", "SH", "SHEB"};
    char lower[16] = "";
    *known = *x32 = false;
    if (strncmp(text, "SCMP_ARCH_", 10) != 0)
        return 0;
    text += 10;
    *x32 = strcmp(text, "X32") == 0;
    *known = *x32;
    for (size_t i = 0; i < 4; i++)
        *known = *known || strcmp(text, others[i]) == 0;
    if (*known || strlen(text) >= sizeof(lower))
        return 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] >= 'a' && text[i] <= 'z')
            return 0;
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    }
    struct model_word word = {.text = lower, .length = (uint32_t)strlen(lower)};
    const struct model_arch *arch = model_arch_named(&word);
    *known = arch != NULL && strcmp(arch->name, lower) == 0;
    return *known ? arch->token : 0;
}

const char *oci_model_machine(uint32_t token)
{
    if (token == SCMP_ARCH_X86_64)
        return "amd64";
    return token == SCMP_ARCH_AARCH64 ? "arm64" : model_arch_name(token);
}

static void add(struct oci_reader *reader, uint32_t token)
{
    struct oci_model *model = reader->model;
    for (size_t i = 0; i < model->arch_count; i++)
        if (model->arch[i] == token)
            return;
    model->arch[model->arch_count++] = token;
}

static void add_list(struct oci_reader *reader, int list)
{
    bool known, x32;
    for (int at = first_of(reader, list); at >= 0; at = next_of(reader, at)) {
        if (!oci_is_kind(reader, at, 's'))
            continue;
        uint32_t token = arch_word(oci_text_of(reader, at), &known, &x32);
        bool little = (token & UINT32_C(0x40000000)) != 0;
        bool here = (reader->machine & UINT32_C(0x40000000)) != 0;
        if (token != 0 && little == here)
            add(reader, token);
        else if (!x32)
            reader->wrong = true;
        oci_remark(reader, x32);
    }
}

// The first architecture of a list that is this one (`token`), or any wide one (0).
static uint32_t find_in(const struct oci_reader *reader, int list, uint32_t token)
{
    bool known, x32;
    for (int at = first_of(reader, list); at >= 0; at = next_of(reader, at)) {
        if (reader->json->nodes[at].kind != 's')
            continue;
        uint32_t found = arch_word(oci_text_of(reader, at), &known, &x32);
        if (found != 0 && (token == 0 ? model_arch_wide(found) : found == token))
            return found;
    }
    return 0;
}

// The entry for the machine itself, else the first that has it below another one.
static void read_map(struct oci_reader *reader, int map)
{
    bool known, x32, found = false, exact = false;
    int chosen = -1;
    uint32_t asked = reader->machine;
    for (int at = first_of(reader, map); at >= 0; at = next_of(reader, at)) {
        if (!oci_is_kind(reader, at, '{'))
            continue;
        oci_model_keys(reader, at, "+architecture +subArchitectures ");
        int name = oci_need(reader, at, "architecture", 's');
        int below = oci_get(reader, at, "subArchitectures", '[');
        uint32_t main = arch_word(oci_text_of(reader, name), &known, &x32);
        reader->wrong = reader->wrong || (name >= 0 && !known);
        bool mine = main == asked;
        if (main == 0 || (mine ? exact : found || find_in(reader, below, asked) == 0))
            continue;
        found = true;
        exact = mine;
        chosen = below;
        reader->machine = main;
    }
    add(reader, reader->machine);
    add_list(reader, chosen);
}

void oci_model_archs(struct oci_reader *reader, int profile)
{
    uint32_t asked = reader->options->arch != 0 ? reader->options->arch : seccomp_arch_native();
    int list = oci_get(reader, profile, "architectures", '[');
    int map = reader->runtime ? -1 : oci_get(reader, profile, "archMap", '[');
    reader->machine = asked;
    if (first_of(reader, map) >= 0) {
        reader->wrong = reader->wrong || first_of(reader, list) >= 0;
        read_map(reader, map);
        return;
    }
    if (!model_arch_wide(asked) && find_in(reader, list, asked) != 0 &&
        find_in(reader, list, 0) != 0)
        reader->machine = find_in(reader, list, 0);
    add(reader, reader->machine);
    add_list(reader, list);
}
