// SPDX-License-Identifier: ISC
//
// oci_filter.c: includes and excludes (moby/profiles setupSeccomp()).
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "constants.h"
#include "oci_read.h"
#include "oci_words.h"

enum { PART_MAX = 255 }; // of a kernel version, as Docker reads them

unsigned oci_kernel_read(const char *text)
{
    unsigned part[2] = {0, 0};
    for (size_t i = 0; i < 2; i++) {
        if (*text < '0' || *text > '9')
            return 0;
        for (; *text >= '0' && *text <= '9'; text++) {
            part[i] = part[i] * 10 + (unsigned)(*text - '0');
            if (part[i] > PART_MAX)
                return 0;
        }
        if (*text++ != (i == 0 ? '.' : '\0'))
            return 0;
    }
    return OCI_KERNEL(part[0], part[1]);
}

bool oci_cap_known(const char *name)
{
    return strncmp(name, "CAP_", 4) == 0 && strcmp(name, "CAP_LAST_CAP") != 0 &&
           constants_find(name) != NULL;
}

static unsigned running_kernel(void)
{
    struct utsname name;
    char *rest;
    if (uname(&name) != 0)
        return 0;
    unsigned long version = strtoul(name.release, &rest, 10);
    unsigned long revision = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    return OCI_KERNEL((unsigned)version, (unsigned)revision);
}

// How many strings of a list hold, and how many there are.
struct tally {
    size_t held;
    size_t count;
};

typedef bool holds(struct oci_loader *loader, const struct oci_value *word);

static bool holds_cap(struct oci_loader *loader, const struct oci_value *word)
{
    if (!oci_cap_known(word->text))
        oci_report(loader, SEVERITY_WARNING, word, "unknown capability \"%s\": nobody holds it",
                   word->text);
    for (size_t i = 0; i < loader->options->cap_count; i++)
        if (strcmp(loader->options->caps[i], word->text) == 0)
            return true;
    return false;
}

static bool holds_machine(struct oci_loader *loader, const struct oci_value *word)
{
    if (!oci_word_machine_known(word->text))
        oci_report(loader, SEVERITY_WARNING, word, "unknown architecture \"%s\": no machine is one",
                   word->text);
    return strcmp(word->text, oci_word_machine(loader->machine)) == 0;
}

static struct tally tally(struct oci_loader *loader, const struct oci_value *filter,
                          const char *key, holds *test)
{
    struct tally result = {0, 0};
    const struct oci_value *list = oci_member(loader, filter, key, OCI_ARRAY);
    for (const struct oci_value *word = list == NULL ? NULL : list->first; word != NULL;
         word = word->next) {
        result.count++;
        result.held += oci_is(loader, word, OCI_STRING) && test(loader, word) ? 1 : 0;
    }
    return result;
}

static struct tally tally_kernel(struct oci_loader *loader, const struct oci_value *filter)
{
    const struct oci_value *version = oci_member(loader, filter, "minKernel", OCI_STRING);
    if (version == NULL || version->text[0] == '\0')
        return (struct tally){0, 0};
    unsigned least = oci_kernel_read(version->text);
    if (least == 0)
        oci_report(loader, SEVERITY_ERROR, version, "expected a kernel version like \"6.1\"");
    if (loader->kernel == 0)
        loader->kernel = running_kernel();
    return (struct tally){loader->kernel >= least ? 1 : 0, 1};
}

bool oci_applies(struct oci_loader *loader, const struct oci_value *entry)
{
    static const struct oci_key keys[] = {
        {"caps", false}, {"arches", false}, {"minKernel", false}, {NULL, false}};
    static const char *const names[] = {"includes", "excludes"};
    bool applies = true;
    for (size_t i = 0; i < 2; i++) {
        const struct oci_value *filter = oci_member(loader, entry, names[i], OCI_OBJECT);
        if (filter == NULL)
            continue;
        oci_check_keys(loader, filter, keys);
        const struct tally caps = tally(loader, filter, "caps", holds_cap);
        const struct tally archs = tally(loader, filter, "arches", holds_machine);
        const struct tally kernel = tally_kernel(loader, filter);
        if (i == 0)
            applies = caps.held == caps.count && archs.held >= (archs.count > 0 ? 1 : 0) &&
                      kernel.held == kernel.count;
        else
            applies = applies && caps.held == 0 && archs.held == 0 && kernel.held == 0;
    }
    return applies;
}
