// SPDX-License-Identifier: ISC
//
// oci_model_filter.c: includes and excludes.
#include <string.h>

#include "oci_parts.h"
#include "policy_parts.h"

// How many words of a list hold, of how many.
struct tally {
    int held, count;
};

static bool cap_known(const char *text)
{
    struct model_word word = {.text = text, .length = (uint32_t)strlen(text)};
    return strncmp(text, "CAP_", 4) == 0 && strcmp(text, "CAP_LAST_CAP") != 0 &&
           model_constant(&word) != NULL;
}

static bool machine_known(const char *text)
{
    static const char *const others[] = {"x32", "loong64", "loongarch64", "m68k", "sh", "sheb"};
    struct model_word word = {.text = text, .length = (uint32_t)strlen(text)};
    const struct model_arch *arch = model_arch_named(&word);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(text, others[i]) == 0)
            return true;
    return strcmp(text, "amd64") == 0 ||
           (arch != NULL && strcmp(oci_model_machine(arch->token), text) == 0);
}

static struct tally tally_caps(struct oci_reader *reader, int filter)
{
    struct tally tally = {0, 0};
    int list = oci_get(reader, filter, "caps", '[');
    for (int at = first_of(reader, list); at >= 0; at = next_of(reader, at)) {
        bool held = false;
        tally.count++;
        oci_remark(reader, !cap_known(oci_text_of(reader, at)));
        for (size_t i = 0; oci_is_kind(reader, at, 's') && i < reader->options->cap_count; i++)
            held = held || strcmp(reader->options->caps[i], oci_text_of(reader, at)) == 0;
        tally.held += held ? 1 : 0;
    }
    return tally;
}

static struct tally tally_machines(struct oci_reader *reader, int filter)
{
    struct tally tally = {0, 0};
    int list = oci_get(reader, filter, "arches", '[');
    for (int at = first_of(reader, list); at >= 0; at = next_of(reader, at)) {
        tally.count++;
        oci_remark(reader, !machine_known(oci_text_of(reader, at)));
        if (oci_is_kind(reader, at, 's') &&
            strcmp(oci_text_of(reader, at), oci_model_machine(reader->machine)) == 0)
            tally.held++;
    }
    return tally;
}

static const char *read_part(const char *text, unsigned *part)
{
    size_t digits = strspn(text, "0123456789");
    *part = 0;
    for (size_t i = 0; i < digits && *part < 256; i++)
        *part = *part * 10 + (unsigned)(text[i] - '0');
    return digits > 0 && *part < 256 ? text + digits : NULL;
}

static struct tally tally_kernel(struct oci_reader *reader, int filter)
{
    const char *text = oci_text_of(reader, oci_get(reader, filter, "minKernel", 's'));
    unsigned version = 0, revision = 0;
    if (*text == '\0')
        return (struct tally){0, 0};
    text = read_part(text, &version);
    if (text != NULL)
        text = *text == '.' ? read_part(text + 1, &revision) : NULL;
    // 0.0 is no version
    if (text == NULL || *text != '\0' || version + revision == 0)
        reader->wrong = true;
    return (struct tally){reader->options->kernel >= version * 256 + revision ? 1 : 0, 1};
}

bool oci_model_stands(struct oci_reader *reader, int entry)
{
    bool yes = true;
    for (unsigned i = 0; i < 2; i++) {
        int filter = oci_get(reader, entry, i == 0 ? "includes" : "excludes", '{');
        if (filter < 0)
            continue;
        oci_model_keys(reader, filter, "caps arches minKernel ");
        struct tally caps = tally_caps(reader, filter);
        struct tally machines = tally_machines(reader, filter);
        struct tally kernel = tally_kernel(reader, filter);
        if (i == 1)
            yes = yes && caps.held + machines.held + kernel.held == 0;
        else
            yes = caps.held == caps.count && (machines.count == 0 || machines.held > 0) &&
                  kernel.held == kernel.count;
    }
    return yes;
}
