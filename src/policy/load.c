// SPDX-License-Identifier: ISC
//
// load.c: read, parse, resolve. A policy comes out of here complete or not at all.
#include "load.h"

#include "arena.h"
#include "parse.h"
#include "resolve.h"
#include "source.h"

static void fail_file(struct diagnostics *diagnostics, const char *path, const char *why)
{
    diagnose(diagnostics, SEVERITY_ERROR, (struct position){path, 0, 0}, 1, "cannot read it: %s",
             why);
}

// `path` is NULL for text from memory. Takes the arena over.
static struct policy *load_source(struct arena *arena, const struct source *source,
                                  const char *path, const struct load_options *options,
                                  struct diagnostics *diagnostics)
{
    struct policy *policy = arena_alloc(arena, 1, sizeof(*policy));
    struct loader loader = {.arena = arena, .diagnostics = diagnostics, .options = options};
    struct include_frame frame = {source, NULL, 0};
    const char *why = "";
    size_t errors = diagnostics->errors;
    size_t found = diagnostics->count;
    policy->arena = arena;
    policy->path = source->path;
    policy->text = source->text;
    policy->text_length = source->length;
    loader.syntax = arena_alloc(arena, 1, sizeof(*loader.syntax));
    if (include_start(&loader.include, arena, path, options->include_root, &why)) {
        parse_source(&loader, source, &frame);
        resolve_policy(&loader, policy);
    } else {
        fail_file(diagnostics, source->path, why);
    }
    diagnostics_sort(diagnostics, found);
    if (diagnostics->errors == errors)
        return policy;
    arena_destroy(arena);
    return NULL;
}

static struct policy *load(struct arena *arena, const struct source *source, const char *path,
                           const struct load_options *options, struct diagnostics *diagnostics,
                           const char *shown, const char *why)
{
    if (source != NULL)
        return load_source(arena, source, path, options, diagnostics);
    fail_file(diagnostics, shown, why);
    arena_destroy(arena);
    return NULL;
}

struct policy *policy_load(const char *path, const struct load_options *options,
                           struct diagnostics *diagnostics)
{
    struct arena *arena = arena_create();
    const char *why = "";
    const struct source *source = source_read(arena, path, path, false, &why);
    return load(arena, source, path, options, diagnostics, path, why);
}

struct policy *policy_load_text(const char *name, const char *text, size_t length,
                                const struct load_options *options, struct diagnostics *diagnostics)
{
    struct arena *arena = arena_create();
    const char *why = "";
    const struct source *source = source_copy(arena, name, text, length, &why);
    return load(arena, source, NULL, options, diagnostics, name, why);
}

void policy_free(struct policy *policy)
{
    if (policy != NULL)
        arena_destroy(policy->arena);
}
