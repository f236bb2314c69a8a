// SPDX-License-Identifier: ISC
//
// oci_read.c: typed values. Null is the same as nothing, as it is for Go.
#include "oci_read.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "action.h"
#include "constants.h"
#include "nearest.h"
#include "oci_words.h"

enum { EPERM_DEFAULT = 1 }; // runc getAction(): EPERM where the profile does not say

static const char *const kind_names[] = {
    [OCI_NULL] = "null",       [OCI_BOOL] = "a boolean", [OCI_NUMBER] = "a number",
    [OCI_STRING] = "a string", [OCI_ARRAY] = "an array", [OCI_OBJECT] = "an object",
};

void oci_report(struct oci_loader *loader, enum severity severity, const struct oci_value *value,
                const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *what = arena_vformat(loader->arena, format, arguments);
    va_end(arguments);
    const char *pointer = oci_json_pointer(loader->arena, value);
    diagnose(loader->diagnostics, severity, value->at, value->width, "%s%s%s", pointer,
             *pointer == '\0' ? "" : ": ", what);
}

static void check_key(struct oci_loader *loader, const struct oci_value *member,
                      const struct oci_key *keys)
{
    struct nearest nearest;
    nearest_start(&nearest, member->key);
    for (const struct oci_key *key = keys; key->name != NULL; key++) {
        bool same = strcmp(key->name, member->key) == 0;
        if (same && !(key->docker && loader->runtime))
            return;
        if (same || strcasecmp(key->name, member->key) == 0) {
            diagnose(loader->diagnostics, same ? SEVERITY_WARNING : SEVERITY_ERROR, member->key_at,
                     member->key_width,
                     same ? "runtimes do not know the key \"%s\": it has no effect"
                          : "the key \"%s\" is not spelled like this",
                     member->key);
            if (!same)
                diagnose_hint(loader->diagnostics, "write \"%s\"", key->name);
            return;
        }
        nearest_offer(&nearest, key->name);
    }
    diagnose(loader->diagnostics, SEVERITY_WARNING, member->key_at, member->key_width,
             "unknown key \"%s\": it has no effect", member->key);
    if (nearest.best != NULL)
        diagnose_hint(loader->diagnostics, "did you mean \"%s\"?", nearest.best);
}

void oci_check_keys(struct oci_loader *loader, const struct oci_value *object,
                    const struct oci_key *keys)
{
    for (const struct oci_value *member = object->first; member != NULL; member = member->next)
        check_key(loader, member, keys);
}

bool oci_is(struct oci_loader *loader, const struct oci_value *value, enum oci_kind kind)
{
    if (value->kind == kind)
        return true;
    oci_report(loader, SEVERITY_ERROR, value, "expected %s, not %s", kind_names[kind],
               kind_names[value->kind]);
    return false;
}

static const struct oci_value *find(const struct oci_value *object, const char *key)
{
    const struct oci_value *member = object->first;
    while (member != NULL && strcmp(member->key, key) != 0)
        member = member->next;
    return member == NULL || member->kind == OCI_NULL ? NULL : member;
}

const struct oci_value *oci_member(struct oci_loader *loader, const struct oci_value *object,
                                   const char *key, enum oci_kind kind)
{
    const struct oci_value *member = find(object, key);
    return member != NULL && oci_is(loader, member, kind) ? member : NULL;
}

const struct oci_value *oci_required(struct oci_loader *loader, const struct oci_value *object,
                                     const char *key, enum oci_kind kind)
{
    if (find(object, key) == NULL)
        oci_report(loader, SEVERITY_ERROR, object, "there is no \"%s\"", key);
    return oci_member(loader, object, key, kind);
}

bool oci_number(struct oci_loader *loader, const struct oci_value *value, uint64_t most,
                uint64_t *number)
{
    *number = 0;
    for (const char *at = value->text; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (*at < '0' || *at > '9' || digit > most || *number > (most - digit) / 10) {
            oci_report(loader, SEVERITY_ERROR, value, "expected a whole number from 0 to %llu",
                       (unsigned long long)most);
            return false;
        }
        *number = *number * 10 + digit;
    }
    return true;
}

// Podman's "errno": a name, or a number in quotes. It stands before "errnoRet".
static bool named_errno(struct oci_loader *loader, const struct oci_value *value, uint64_t *number)
{
    char *end;
    if (value->text[0] >= '0' && value->text[0] <= '9') {
        *number = strtoul(value->text, &end, 10);
        if (*end == '\0' && *number <= ACTION_ERRNO_MAX)
            return true;
    }
    *number = constants_errno(value->text);
    if (*number == 0)
        oci_report(loader, SEVERITY_ERROR, value, "unknown errno \"%s\"", value->text);
    return *number != 0;
}

// The data of an action: for ERRNO and TRACE, EPERM unless the profile says otherwise.
static bool read_data(struct oci_loader *loader, const struct oci_value *object,
                      const char *const *keys, uint32_t action, uint64_t *data)
{
    bool takes_data = action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
    uint64_t most = action == SECCOMP_RET_ERRNO ? ACTION_ERRNO_MAX : SECCOMP_RET_DATA;
    const struct oci_value *number = oci_member(loader, object, keys[1], OCI_NUMBER);
    const struct oci_value *name =
        loader->runtime ? NULL : oci_member(loader, object, keys[2], OCI_STRING);
    if (name != NULL && name->text[0] == '\0')
        name = NULL;
    *data = takes_data ? EPERM_DEFAULT : 0;
    if (!takes_data && (number != NULL || name != NULL))
        oci_report(loader, SEVERITY_WARNING, number != NULL ? number : name,
                   "this action takes no number: it has no effect");
    if (!takes_data)
        return true;
    if (number != NULL && !oci_number(loader, number, most, data))
        return false;
    return name == NULL || named_errno(loader, name, data);
}

bool oci_action(struct oci_loader *loader, const struct oci_value *object, const char *const *keys,
                uint32_t *action)
{
    uint64_t data;
    const struct oci_value *word = oci_required(loader, object, keys[0], OCI_STRING);
    if (word == NULL)
        return false;
    if (!oci_word_action(word->text, action)) {
        oci_report(loader, SEVERITY_ERROR, word, "unknown action \"%s\"", word->text);
        return false;
    }
    if (!read_data(loader, object, keys, *action, &data))
        return false;
    *action |= (uint32_t)data;
    return true;
}
