// SPDX-License-Identifier: ISC
//
// oci_entry.c: an entry of "syscalls": names, an action, and what must hold of the arguments.
#include <linux/seccomp.h>
#include <string.h>

#include "oci_read.h"
#include "oci_words.h"

enum { ARGS = 6, ATOMS_MAX = 64 };

// The args of an entry, in their order.
struct entry {
    uint32_t action;
    struct atom atoms[ATOMS_MAX];
    size_t count;
    bool alternatives; // one index occurs twice
};

static bool argument_number(struct oci_loader *loader, const struct oci_value *argument,
                            const char *key, bool required, uint64_t most, uint64_t *number)
{
    const struct oci_value *value = required ? oci_required(loader, argument, key, OCI_NUMBER)
                                             : oci_member(loader, argument, key, OCI_NUMBER);
    *number = 0;
    return value == NULL ? !required : oci_number(loader, value, most, number);
}

// runc getCondition(): `value` is the mask of a masked compare, `valueTwo` what is compared.
static bool read_compare(struct oci_loader *loader, const struct oci_value *argument,
                         struct atom *atom)
{
    uint64_t index, value, second;
    bool good = argument_number(loader, argument, "index", true, ARGS - 1, &index);
    good = argument_number(loader, argument, "value", true, UINT64_MAX, &value) && good;
    good = argument_number(loader, argument, "valueTwo", false, UINT64_MAX, &second) && good;
    const struct oci_value *op = oci_required(loader, argument, "op", OCI_STRING);
    if (op == NULL || !good)
        return false;
    if (!oci_word_compare(op->text, &atom->compare)) {
        oci_report(loader, SEVERITY_ERROR, op, "unknown compare \"%s\"", op->text);
        return false;
    }
    bool masked = atom->compare == COMPARE_MASKED_EQ;
    atom->arg = (uint8_t)index;
    atom->mask = masked ? value : 0;
    atom->value = masked ? second & value : value;
    if (masked && (second & ~value) != 0)
        oci_report(loader, SEVERITY_WARNING, argument,
                   "\"valueTwo\" has bits that \"value\", the mask, has not: they have no effect");
    if (masked && value == 0)
        oci_report(loader, SEVERITY_WARNING, argument, "the mask is 0: this always holds");
    if (!masked && second != 0)
        oci_report(loader, SEVERITY_WARNING, argument, "\"valueTwo\" has no effect with %s",
                   op->text);
    return true;
}

static void read_argument(struct oci_loader *loader, const struct oci_value *argument,
                          struct entry *entry)
{
    static const struct oci_key keys[] = {
        {"index", false}, {"value", false}, {"valueTwo", false}, {"op", false}, {NULL, false}};
    struct atom atom = {.at = argument->at, .param = NO_PARAM};
    if (!oci_is(loader, argument, OCI_OBJECT))
        return;
    oci_check_keys(loader, argument, keys);
    if (!read_compare(loader, argument, &atom))
        return;
    for (size_t i = 0; i < entry->count; i++)
        if (entry->atoms[i].arg == atom.arg && !entry->alternatives) {
            entry->alternatives = true;
            oci_report(loader, SEVERITY_WARNING, argument,
                       "argument %u occurs a second time: runtimes then take every one of these "
                       "args as an alternative by itself",
                       atom.arg);
        }
    entry->atoms[entry->count++] = atom;
}

static void read_arguments(struct oci_loader *loader, const struct oci_value *value,
                           struct entry *entry)
{
    const struct oci_value *list = oci_member(loader, value, "args", OCI_ARRAY);
    if (list != NULL && list->count > ATOMS_MAX) {
        oci_report(loader, SEVERITY_ERROR, list, "more than %d args", ATOMS_MAX);
        return;
    }
    for (const struct oci_value *argument = list == NULL ? NULL : list->first; argument != NULL;
         argument = argument->next)
        read_argument(loader, argument, entry);
}

// Atoms in the order of their arguments, each argument once.
static void order(const struct entry *entry, struct atom *atoms)
{
    size_t count = 0;
    for (unsigned arg = 0; arg < ARGS; arg++)
        for (size_t i = 0; i < entry->count; i++)
            if (entry->atoms[i].arg == arg)
                atoms[count++] = entry->atoms[i];
}

static void add_name(struct oci_loader *loader, const struct oci_value *name,
                     const struct entry *entry)
{
    struct atom atoms[ATOMS_MAX];
    struct oci_condition condition = {
        .at = name->at, .width = name->width, .action = entry->action, .atoms = atoms};
    if (entry->alternatives) {
        condition.count = 1;
        for (size_t i = 0; i < entry->count; i++) {
            atoms[0] = entry->atoms[i];
            oci_add(loader, name, &condition);
        }
        return;
    }
    order(entry, atoms);
    condition.count = entry->count;
    oci_add(loader, name, &condition);
}

static void read_name(struct oci_loader *loader, const struct oci_value *name,
                      const struct entry *entry, bool applies)
{
    if (!oci_is(loader, name, OCI_STRING))
        return;
    if (name->text[0] == '\0')
        oci_report(loader, SEVERITY_ERROR, name, "an empty name");
    else if (loader->name_count++ == OCI_NAMES)
        oci_report(loader, SEVERITY_ERROR, name, "more than %d names", OCI_NAMES);
    else if (loader->name_count <= OCI_NAMES && applies)
        add_name(loader, name, entry);
}

// "names", or "name" as profiles had it before.
static void read_names(struct oci_loader *loader, const struct oci_value *value,
                       const struct entry *entry, bool applies)
{
    const struct oci_value *names = oci_member(loader, value, "names", OCI_ARRAY);
    const struct oci_value *name =
        loader->runtime ? NULL : oci_member(loader, value, "name", OCI_STRING);
    if (name != NULL && name->text[0] == '\0')
        name = NULL;
    bool listed = names != NULL && names->count > 0;
    if (listed == (name != NULL))
        oci_report(loader, SEVERITY_ERROR, listed ? name : value,
                   listed ? "\"name\" and \"names\" exclude each other" : "there are no \"names\"");
    else if (!listed)
        read_name(loader, name, entry, applies);
    for (const struct oci_value *one = listed ? names->first : NULL; one != NULL; one = one->next)
        read_name(loader, one, entry, applies);
}

void oci_read_entry(struct oci_loader *loader, const struct oci_value *value)
{
    static const struct oci_key keys[] = {
        {"names", false},   {"name", true},  {"action", false}, {"errnoRet", false},
        {"errno", true},    {"args", false}, {"comment", true}, {"includes", true},
        {"excludes", true}, {NULL, false}};
    static const char *const action_keys[] = {"action", "errnoRet", "errno"};
    struct entry entry = {0};
    size_t errors = loader->diagnostics->errors;
    if (!oci_is(loader, value, OCI_OBJECT))
        return;
    oci_check_keys(loader, value, keys);
    oci_member(loader, value, "comment", OCI_STRING);
    oci_action(loader, value, action_keys, &entry.action);
    read_arguments(loader, value, &entry);
    bool applies = loader->runtime || oci_applies(loader, value);
    read_names(loader, value, &entry, applies && loader->diagnostics->errors == errors);
}
