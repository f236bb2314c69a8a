// SPDX-License-Identifier: ISC
//
// oci_json.c: one function for each kind of value; oci_text.c reads strings and numbers.
#include "oci_json.h"

#include <string.h>

#include "arena.h"
#include "oci_text.h"

static struct oci_value *read_value(struct oci_text *text, const struct oci_value *parent,
                                    unsigned depth);

static struct oci_value *value_at(struct oci_text *text, const struct oci_value *parent,
                                  enum oci_kind kind)
{
    struct oci_value *value = arena_alloc(text->arena, 1, sizeof(*value));
    value->kind = kind;
    value->at = oci_text_place(text);
    value->width = 1;
    value->parent = parent;
    return value;
}

static void append(struct oci_value *parent, struct oci_value **last, struct oci_value *value)
{
    value->index = parent->count++;
    if (*last == NULL)
        parent->first = value;
    else
        (*last)->next = value;
    *last = value;
}

// Behind an element: true when another one follows; `*good` turns false at anything else but `end`.
static bool more(struct oci_text *text, char end, bool *good)
{
    oci_text_skip_space(text);
    if (oci_text_take(text, ','))
        return true;
    *good = oci_text_take(text, end);
    if (!*good)
        oci_text_fail(text, "expected ',' or '%c'", end);
    return false;
}

static struct oci_value *read_array(struct oci_text *text, const struct oci_value *parent,
                                    unsigned depth)
{
    struct oci_value *array = value_at(text, parent, OCI_ARRAY);
    struct oci_value *last = NULL;
    bool good = true;
    oci_text_take(text, '[');
    oci_text_skip_space(text);
    if (oci_text_take(text, ']'))
        return array;
    do {
        struct oci_value *element = read_value(text, array, depth + 1);
        if (element == NULL)
            return NULL;
        append(array, &last, element);
    } while (more(text, ']', &good));
    return good ? array : NULL;
}

// The key of the next member, which must be new.
static bool read_key(struct oci_text *text, const struct oci_value *object,
                     struct oci_value *member)
{
    oci_text_skip_space(text);
    member->key_at = oci_text_place(text);
    if (!oci_text_at(text, '"'))
        return oci_text_fail(text, "expected a key in double quotes");
    member->key = oci_text_string(text, &member->key_width);
    if (member->key == NULL)
        return false;
    for (const struct oci_value *other = object->first; other != NULL; other = other->next) {
        if (strcmp(other->key, member->key) != 0)
            continue;
        diagnose(text->diagnostics, SEVERITY_ERROR, member->key_at, member->key_width,
                 "the key \"%s\" stands here a second time", member->key);
        diagnose(text->diagnostics, SEVERITY_NOTE, other->key_at, other->key_width,
                 "the first one is here");
        return false;
    }
    oci_text_skip_space(text);
    return oci_text_take(text, ':') || oci_text_fail(text, "expected ':'");
}

static struct oci_value *read_member(struct oci_text *text, const struct oci_value *object,
                                     unsigned depth)
{
    struct oci_value key = {0};
    if (object->count == OCI_MEMBERS) {
        oci_text_fail(text, "more than %d members in an object", OCI_MEMBERS);
        return NULL;
    }
    if (!read_key(text, object, &key))
        return NULL;
    struct oci_value *member = read_value(text, object, depth + 1);
    if (member == NULL)
        return NULL;
    member->key = key.key;
    member->key_at = key.key_at;
    member->key_width = key.key_width;
    return member;
}

static struct oci_value *read_object(struct oci_text *text, const struct oci_value *parent,
                                     unsigned depth)
{
    struct oci_value *object = value_at(text, parent, OCI_OBJECT);
    struct oci_value *last = NULL;
    bool good = true;
    oci_text_take(text, '{');
    oci_text_skip_space(text);
    if (oci_text_take(text, '}'))
        return object;
    do {
        struct oci_value *member = read_member(text, object, depth);
        if (member == NULL)
            return NULL;
        append(object, &last, member);
    } while (more(text, '}', &good));
    return good ? object : NULL;
}

static struct oci_value *read_scalar(struct oci_text *text, const struct oci_value *parent)
{
    static const struct {
        const char *word;
        enum oci_kind kind;
    } words[] = {{"null", OCI_NULL}, {"true", OCI_BOOL}, {"false", OCI_BOOL}};
    struct oci_value *value = value_at(text, parent, OCI_NUMBER);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (oci_text_take_word(text, words[i].word)) {
            value->kind = words[i].kind;
            value->text = words[i].word;
            value->width = (uint32_t)strlen(value->text);
            return value;
        }
    if (oci_text_at(text, '"')) {
        value->kind = OCI_STRING;
        value->text = oci_text_string(text, &value->width);
    } else {
        value->text = oci_text_number(text, &value->width);
    }
    return value->text == NULL ? NULL : value;
}

static struct oci_value *read_value(struct oci_text *text, const struct oci_value *parent,
                                    unsigned depth)
{
    oci_text_skip_space(text);
    bool array = oci_text_at(text, '[');
    if (!array && !oci_text_at(text, '{'))
        return read_scalar(text, parent);
    if (depth == OCI_DEPTH) {
        oci_text_fail(text, "more than %d levels", OCI_DEPTH);
        return NULL;
    }
    return array ? read_array(text, parent, depth) : read_object(text, parent, depth);
}

struct oci_value *oci_json_read(struct arena *arena, struct diagnostics *diagnostics,
                                const struct source *source)
{
    struct oci_text text;
    oci_text_start(&text, arena, diagnostics, source);
    struct oci_value *value = read_value(&text, NULL, 0);
    oci_text_skip_space(&text);
    if (value != NULL && text.next < text.end) {
        oci_text_fail(&text, "something follows the end of the JSON text");
        return NULL;
    }
    return value;
}

// "~" and "/" in a key are written ~0 and ~1.
static const char *escape_key(struct arena *arena, const char *key)
{
    char *escaped = arena_alloc(arena, 2 * strlen(key) + 1, 1);
    char *to = escaped;
    for (; *key != '\0'; key++) {
        bool special = *key == '~' || *key == '/';
        *to++ = special ? '~' : *key;
        if (special)
            *to++ = *key == '~' ? '0' : '1';
    }
    return escaped;
}

const char *oci_json_pointer(struct arena *arena, const struct oci_value *value)
{
    if (value->parent == NULL)
        return "";
    const char *parent = oci_json_pointer(arena, value->parent);
    if (value->key == NULL)
        return arena_format(arena, "%s/%zu", parent, value->index);
    return arena_format(arena, "%s/%s", parent, escape_key(arena, value->key));
}
