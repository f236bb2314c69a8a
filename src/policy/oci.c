// SPDX-License-Identifier: ISC
//
// oci.c: a profile as a whole.
#include "oci.h"

#include <linux/seccomp.h>
#include <string.h>

#include "oci_read.h"
#include "source.h"

// The profile in the text: the text itself, or the linux.seccomp of a runtime configuration.
static const struct oci_value *find_profile(struct oci_loader *loader,
                                            const struct oci_value *whole)
{
    if (!oci_is(loader, whole, OCI_OBJECT))
        return NULL;
    bool configuration = false;
    for (const struct oci_value *member = whole->first; member != NULL; member = member->next)
        configuration = configuration || strcmp(member->key, "linux") == 0 ||
                        strcmp(member->key, "ociVersion") == 0;
    if (!configuration)
        return whole;
    loader->runtime = true;
    const struct oci_value *system = oci_required(loader, whole, "linux", OCI_OBJECT);
    const struct oci_value *profile =
        system == NULL ? NULL : oci_required(loader, system, "seccomp", OCI_OBJECT);
    if (system != NULL && profile == NULL)
        diagnose_hint(loader->diagnostics, "such a container has no filter at all");
    return profile;
}

static void read_flags(struct oci_loader *loader, const struct oci_value *profile)
{
    static const char *const known[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                        "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                                        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
    const struct oci_value *flags = oci_member(loader, profile, "flags", OCI_ARRAY);
    for (const struct oci_value *flag = flags == NULL ? NULL : flags->first; flag != NULL;
         flag = flag->next) {
        size_t i = 0;
        if (!oci_is(loader, flag, OCI_STRING))
            continue;
        while (i < sizeof(known) / sizeof(known[0]) && strcmp(flag->text, known[i]) != 0)
            i++;
        if (i == sizeof(known) / sizeof(known[0]))
            oci_report(loader, SEVERITY_ERROR, flag, "unknown flag \"%s\"", flag->text);
    }
}

// The position of a member, for findings about what it decides; else of the whole.
static struct position place_of(const struct oci_value *object, const char *key)
{
    for (const struct oci_value *member = object->first; member != NULL; member = member->next)
        if (strcmp(member->key, key) == 0)
            return member->at;
    return object->at;
}

static bool read_default(struct oci_loader *loader, const struct oci_value *profile)
{
    static const char *const keys[] = {"defaultAction", "defaultErrnoRet", "defaultErrno"};
    struct policy *policy = loader->policy;
    if (!oci_action(loader, profile, keys, &policy->default_action))
        return false;
    policy->default_at = place_of(profile, "defaultAction");
    policy->bad_arch_action = SECCOMP_RET_KILL_THREAD;
    policy->bad_arch_at = policy->default_at;
    if (policy->default_action == SECCOMP_RET_USER_NOTIF)
        diagnose(loader->diagnostics, SEVERITY_WARNING, policy->default_at, 1,
                 "runtimes refuse SCMP_ACT_NOTIFY as the default action");
    return true;
}

static void read_profile(struct oci_loader *loader, const struct oci_value *profile)
{
    static const struct oci_key keys[] = {{"defaultAction", false},    {"defaultErrnoRet", false},
                                          {"defaultErrno", true},      {"architectures", false},
                                          {"archMap", true},           {"flags", false},
                                          {"listenerPath", false},     {"syscalls", false},
                                          {"listenerMetadata", false}, {NULL, false}};
    oci_check_keys(loader, profile, keys);
    read_flags(loader, profile);
    oci_member(loader, profile, "listenerPath", OCI_STRING);
    oci_member(loader, profile, "listenerMetadata", OCI_STRING);
    const struct oci_value *entries = oci_member(loader, profile, "syscalls", OCI_ARRAY);
    if (!read_default(loader, profile))
        return;
    oci_read_archs(loader, profile);
    for (const struct oci_value *entry = entries == NULL ? NULL : entries->first; entry != NULL;
         entry = entry->next)
        oci_read_entry(loader, entry);
    oci_report_unknown(loader);
    if (loader->diagnostics->errors == loader->errors)
        oci_combine(loader);
}

// Takes the arena over.
static struct policy *load_source(struct arena *arena, const struct source *source,
                                  const struct oci_options *options,
                                  struct diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    size_t found = diagnostics->count;
    struct policy *policy = arena_alloc(arena, 1, sizeof(*policy));
    struct oci_loader loader = {.arena = arena,
                                .diagnostics = diagnostics,
                                .policy = policy,
                                .options = options,
                                .kernel = options->kernel,
                                .errors = errors};
    *policy = (struct policy){
        .arena = arena, .path = source->path, .text = source->text, .text_length = source->length};
    diagnostics_know(diagnostics, source);
    const struct oci_value *whole = oci_json_read(arena, diagnostics, source);
    const struct oci_value *profile = whole == NULL ? NULL : find_profile(&loader, whole);
    if (profile != NULL)
        read_profile(&loader, profile);
    diagnostics_sort(diagnostics, found);
    if (diagnostics->errors == errors)
        return policy;
    arena_destroy(arena);
    return NULL;
}

static struct policy *load(struct arena *arena, const struct source *source, const char *shown,
                           const struct oci_options *options, struct diagnostics *diagnostics,
                           const char *why)
{
    if (source != NULL)
        return load_source(arena, source, options, diagnostics);
    diagnose(diagnostics, SEVERITY_ERROR, (struct position){shown, 0, 0}, 1, "cannot read it: %s",
             why);
    arena_destroy(arena);
    return NULL;
}

struct policy *oci_load(const char *path, const struct oci_options *options,
                        struct diagnostics *diagnostics)
{
    struct arena *arena = arena_create();
    const char *why = "";
    const struct source *source = source_read(arena, path, path, false, &why);
    return load(arena, source, path, options, diagnostics, why);
}

struct policy *oci_load_text(const char *name, const char *text, size_t length,
                             const struct oci_options *options, struct diagnostics *diagnostics)
{
    struct arena *arena = arena_create();
    const char *why = "";
    const struct source *source = source_copy(arena, name, text, length, &why);
    return load(arena, source, name, options, diagnostics, why);
}

bool oci_named(const char *path)
{
    size_t length = strlen(path);
    return length >= strlen(".json") && strcmp(path + length - strlen(".json"), ".json") == 0;
}
