// SPDX-License-Identifier: ISC
#include "include_model.h"

#include <stdio.h>
#include <string.h>

#include "oracle.h"

enum { FILE_BYTES = 2048, PATH_BYTES = 4096, SHOWN = 300 };

// All that there is, by its place below the root; a name that ends in "/" is a directory. What is
// not here (and so the links that lead out) cannot be included.
static const char *const names[] = {
    "calls.policy",     "consts.policy",   "empty.policy", "bad.policy",   "loop.policy",
    "up.policy",        "sixteen.policy",  "deep1.policy", "deep2.policy", "deep3.policy",
    "deep4.policy",     "deep5.policy",    "deep6.policy", "deep7.policy", "deep8.policy",
    "ring1.policy",     "ring2.policy",    "ring3.policy", "deep9.policy", "sub/leaf.policy",
    "sub/inner.policy", "sub/back.policy", "sub/",
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static char texts[NAMES][FILE_BYTES];
static const char *base;
static struct include_place place = {.root = INCLUDE_ROOT};

void include_model_place(const struct include_place *given)
{
    place = *given;
}

void include_model_start(const char *root)
{
    char path[PATH_BYTES];
    base = strdup(root);
    for (size_t i = 0; i < NAMES; i++) {
        if (names[i][strlen(names[i]) - 1] == '/')
            continue;
        snprintf(path, sizeof(path), "%s/%s", root, names[i]);
        FILE *file = fopen(path, "re");
        ORACLE(file != NULL, "%s is there", path);
        size_t length = fread(texts[i], 1, FILE_BYTES - 1, file);
        ORACLE(length < FILE_BYTES - 1, "%s is small", path);
        fclose(file);
    }
}

// One step of a path from directory `at` ("" or "sub/"). False when it leads nowhere.
static bool enter(char *at, const char *step, size_t length)
{
    if (length == 0 || (length == 1 && step[0] == '.'))
        return true;
    if (length == 2 && memcmp(step, "..", 2) == 0) {
        bool inside = at[0] != '\0';
        at[0] = '\0'; // there is one level of directories
        return inside;
    }
    char name[256];
    snprintf(name, sizeof(name), "%s%.*s/", at, (int)length, step);
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i], name) == 0) {
            strcpy(at, names[i]);
            return true;
        }
    return false;
}

// Is one of the steps of a path this name?
static bool names_a_step(const char *path, const char *name)
{
    for (; *path != '\0'; path += strspn(path, "/")) {
        size_t length = strcspn(path, "/");
        if (strlen(name) == length && memcmp(path, name, length) == 0)
            return true;
        path += length;
    }
    return false;
}

// The file at the end of a path that begins at directory `at`, and its name below fuzz/include.
static const char *walk(char *at, const char *path, char *name, size_t room, bool *unsure)
{
    const char *slash, *own = strrchr(base, '/') + 1;
    while ((slash = strchr(path, '/')) != NULL) {
        if (!enter(at, path, (size_t)(slash - path))) {
            *unsure = names_a_step(path, own);
            return NULL;
        }
        path = slash + 1;
    }
    snprintf(name, room, "%s%s", at, path);
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i], name) == 0 && name[strlen(name) - 1] != '/' && path[0] != '\0')
            return texts[i];
    return NULL;
}

// A path anywhere on this machine. One is the same on all, and is no regular file.
static const char *open_anywhere(const char *path, bool *unsure)
{
    *unsure = strcmp(path + (path[0] == '/' ? 1 : 0), "dev/null") != 0;
    return NULL;
}

// May the file be included, and read? `relative`: the path was.
static bool is_open(const char *name, bool relative)
{
    const char *slash = strrchr(name, '/');
    if (place.faulty != NULL && strcmp(slash == NULL ? name : slash + 1, place.faulty) == 0)
        return false;
    return !relative || place.root != INCLUDE_ROOT_NONE ||
           strncmp(name, place.directory, strlen(place.directory)) == 0;
}

const char *include_model_open(bool first, const char *from, const char *path, size_t length,
                               const char **shown, bool *unsure)
{
    static char kept[SHOWN][PATH_BYTES];
    static size_t next;
    char wanted[256], name[512], at[64] = "";
    bool absolute = path[0] == '/';
    if (length >= sizeof(wanted) ||
        (absolute ? place.root == INCLUDE_ROOT_NONE : first && !place.stands))
        return NULL;
    snprintf(wanted, sizeof(wanted), "%.*s", (int)length, path);
    if (absolute ? place.root == INCLUDE_ROOT_ALL : place.stands && place.directory == NULL)
        return open_anywhere(wanted, unsure);
    const char *slash = strrchr(from, '/');
    const char *rest = strncmp(wanted, "./", 2) == 0 ? wanted + 2 : wanted;
    char *text = kept[next++ % SHOWN];
    *shown = text;
    if (absolute)
        snprintf(text, PATH_BYTES, "%s%s", base, wanted);
    else
        snprintf(text, PATH_BYTES, "%.*s%s", slash == NULL ? 0 : (int)(slash + 1 - from), from,
                 rest);
    bool whole = strncmp(text, base, strlen(base)) == 0;
    const char *found =
        walk(at, whole ? text + strlen(base) + 1 : text, name, sizeof(name), unsure);
    if (found == NULL)
        *unsure = *unsure || place.root == INCLUDE_ROOT_ALL;
    return found != NULL && is_open(name, !absolute) ? found : NULL;
}
