// SPDX-License-Identifier: ISC
//
// oci_arch.c: which machine the profile is read for, and for which architectures its filter stands.
#include <string.h>

#include "action.h"
#include "architecture.h"
#include "oci_read.h"
#include "oci_words.h"

// The architecture that a value names. OTHER and X32 are left to the caller.
static enum oci_arch read_arch(struct oci_loader *loader, const struct oci_value *value,
                               uint32_t *token)
{
    *token = 0;
    if (!oci_is(loader, value, OCI_STRING))
        return OCI_ARCH_NONE;
    enum oci_arch found = oci_word_arch(value->text, token);
    if (found == OCI_ARCH_NONE)
        oci_report(loader, SEVERITY_ERROR, value, "unknown architecture \"%s\"", value->text);
    return found;
}

static void add_arch(struct oci_loader *loader, uint32_t token)
{
    struct policy *policy = loader->policy;
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == token)
            return;
    if (architecture_wide(token))
        loader->wide |= UINT32_C(1) << policy->arch_count;
    policy->arch[policy->arch_count++] = token;
}

// An architecture of the filter, as libseccomp adds it: seccomp_arch_add(3).
static void read_listed(struct oci_loader *loader, const struct oci_value *value)
{
    uint32_t token;
    char text[ACTION_TEXT_BYTES];
    enum oci_arch found = read_arch(loader, value, &token);
    if (found == OCI_ARCH_X32) {
        oci_report(loader, SEVERITY_WARNING, value,
                   "x32 calls: runtimes filter them by the entries of this profile, but here each "
                   "gets the action for bad architectures: %s",
                   action_text(loader->policy->bad_arch_action, text));
        diagnose_hint(loader->diagnostics,
                      "on kernels without x32 there are none; a filter that lets them through is "
                      "reported as different");
    } else if (found == OCI_ARCH_OTHER) {
        oci_report(loader, SEVERITY_ERROR, value, "\"%s\" is not supported", value->text);
    } else if (found == OCI_ARCH_PRESENT &&
               architecture_big_endian(token) != architecture_big_endian(loader->machine)) {
        oci_report(loader, SEVERITY_ERROR, value,
                   "runtimes refuse this: its byte order is not that of %s",
                   architecture_name(loader->machine));
    } else if (found == OCI_ARCH_PRESENT) {
        add_arch(loader, token);
    }
}

static void read_list(struct oci_loader *loader, const struct oci_value *list)
{
    for (const struct oci_value *value = list->first; value != NULL; value = value->next)
        read_listed(loader, value);
}

static bool lists(const struct oci_value *list, uint32_t token)
{
    uint32_t found;
    for (const struct oci_value *value = list == NULL ? NULL : list->first; value != NULL;
         value = value->next)
        if (value->kind == OCI_STRING && oci_word_arch(value->text, &found) == OCI_ARCH_PRESENT &&
            found == token)
            return true;
    return false;
}

// The machine when `architectures` says it: see oci.h.
static uint32_t listed_machine(const struct oci_value *list, uint32_t asked)
{
    uint32_t found;
    if (architecture_wide(asked) || !lists(list, asked))
        return asked;
    for (const struct oci_value *value = list->first; value != NULL; value = value->next)
        if (value->kind == OCI_STRING && oci_word_arch(value->text, &found) == OCI_ARCH_PRESENT &&
            architecture_wide(found))
            return found;
    return asked;
}

// One entry of archMap. Its architecture in *main; 0 for one that is none of ours.
static const struct oci_value *map_entry(struct oci_loader *loader, const struct oci_value *entry,
                                         uint32_t *main)
{
    static const struct oci_key keys[] = {
        {"architecture", true}, {"subArchitectures", true}, {NULL, false}};
    *main = 0;
    if (!oci_is(loader, entry, OCI_OBJECT))
        return NULL;
    oci_check_keys(loader, entry, keys);
    const struct oci_value *name = oci_required(loader, entry, "architecture", OCI_STRING);
    if (name != NULL)
        read_arch(loader, name, main);
    return oci_member(loader, entry, "subArchitectures", OCI_ARRAY);
}

// The first entry for the machine counts (moby/profiles setupSeccomp()).
static void read_map(struct oci_loader *loader, const struct oci_value *map, uint32_t asked)
{
    const struct oci_value *chosen = NULL;
    bool found = false, exact = false;
    for (const struct oci_value *entry = map->first; entry != NULL; entry = entry->next) {
        uint32_t main;
        const struct oci_value *more = map_entry(loader, entry, &main);
        bool fits = main != 0 && (main == asked ? !exact : !found && lists(more, asked));
        if (!fits)
            continue;
        found = true;
        exact = main == asked;
        loader->machine = main;
        chosen = more;
    }
    add_arch(loader, loader->machine);
    if (chosen != NULL)
        read_list(loader, chosen);
}

void oci_read_archs(struct oci_loader *loader, const struct oci_value *profile)
{
    uint32_t asked = loader->options->arch != 0 ? loader->options->arch : architecture_native();
    const struct oci_value *list = oci_member(loader, profile, "architectures", OCI_ARRAY);
    const struct oci_value *map =
        loader->runtime ? NULL : oci_member(loader, profile, "archMap", OCI_ARRAY);
    loader->machine = asked;
    if (list != NULL && map != NULL && list->count > 0 && map->count > 0) {
        oci_report(loader, SEVERITY_ERROR, map,
                   "\"architectures\" and \"archMap\" exclude each other");
        return;
    }
    if (map != NULL && map->count > 0) {
        read_map(loader, map, asked);
        return;
    }
    if (list != NULL)
        loader->machine = listed_machine(list, asked);
    add_arch(loader, loader->machine);
    if (list != NULL)
        read_list(loader, list);
}
