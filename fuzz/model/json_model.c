// SPDX-License-Identifier: ISC
#include "json_model.h"

#include <string.h>

enum { DEPTH = 32, MEMBERS = 1000 };

struct text {
    struct json_model *model;
    const unsigned char *at, *end;
};

static int peek(const struct text *text)
{
    return text->at < text->end ? *text->at : -1;
}

static bool take(struct text *text, int byte)
{
    bool there = peek(text) == byte;
    text->at += there ? 1 : 0;
    return there;
}

static void skip(struct text *text)
{
    while (take(text, ' ') || take(text, '\t') || take(text, '\r') || take(text, '\n'))
        ;
}

static int new_node(struct json_model *model, char kind)
{
    model->nodes[model->count] = (struct json_node){
        .kind = kind, .text = "", .first = -1, .next = -1, .parent = -1, .index = -1};
    return model->count++;
}

static void put(struct json_model *model, unsigned byte)
{
    model->pool[model->used++] = (char)byte;
}

// A code point in UTF-8.
static void put_code(struct json_model *model, uint32_t code)
{
    if (code < 0x80) {
        put(model, code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    put(model, (0xf00U >> more & 0xff & ~(0x3fU >> more)) | code >> (6 * more));
    while (more-- > 0)
        put(model, 0x80 | (code >> (6 * more) & 0x3f));
}

// The code point that the next bytes are in UTF-8; -1 when they are none.
static int64_t read_code(struct text *text)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned first = *text->at++;
    int more = first < 0x80             ? 0
               : (first & 0xe0) == 0xc0 ? 1
               : (first & 0xf0) == 0xe0 ? 2
               : (first & 0xf8) == 0xf0 ? 3
                                        : -1;
    if (more < 0)
        return -1;
    uint32_t code = more == 0 ? first : first & (0x3fU >> more);
    for (int i = 0; i < more; i++) {
        int byte = peek(text);
        if (byte < 0 || (byte & 0xc0) != 0x80)
            return -1;
        code = code << 6 | ((unsigned)byte & 0x3f);
        text->at++;
    }
    bool good = code >= least[more] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return good ? (int64_t)code : -1;
}

static int64_t read_hex(struct text *text)
{
    int64_t code = 0;
    for (int i = 0; i < 4; i++) {
        int byte = peek(text);
        int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
        text->at++;
    }
    return code;
}

static int64_t read_escape(struct text *text)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int byte = peek(text);
    const char *found = byte > 0 ? strchr(from, byte) : NULL;
    if (found != NULL) {
        text->at++;
        return to[found - from];
    }
    if (!take(text, 'u'))
        return -1;
    int64_t code = read_hex(text);
    if (code < 0xd800 || code > 0xdfff)
        return code == 0 ? -1 : code;
    if (code > 0xdbff || !take(text, '\\') || !take(text, 'u'))
        return -1;
    int64_t low = read_hex(text);
    return low < 0xdc00 || low > 0xdfff ? -1 : 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
}

// The quote is behind us. NULL: no string.
static const char *read_string(struct text *text)
{
    struct json_model *model = text->model;
    const char *start = model->pool + model->used;
    while (!take(text, '"')) {
        int byte = peek(text);
        if (byte < ' ')
            return NULL;
        int64_t code = take(text, '\\') ? read_escape(text) : read_code(text);
        if (code < 0)
            return NULL;
        put_code(model, (uint32_t)code);
    }
    put(model, 0);
    return start;
}

static size_t read_digits(struct text *text)
{
    const unsigned char *start = text->at;
    while (peek(text) >= '0' && peek(text) <= '9')
        text->at++;
    return (size_t)(text->at - start);
}

static const char *read_number(struct text *text)
{
    struct json_model *model = text->model;
    const char *copy = model->pool + model->used;
    const unsigned char *start = text->at;
    take(text, '-');
    if (!take(text, '0') && read_digits(text) == 0)
        return NULL;
    if (take(text, '.') && read_digits(text) == 0)
        return NULL;
    if (take(text, 'e') || take(text, 'E')) {
        if (!take(text, '+'))
            take(text, '-');
        if (read_digits(text) == 0)
            return NULL;
    }
    for (; start < text->at; start++)
        put(model, *start);
    put(model, 0);
    return copy;
}

static int read_value(struct text *text, unsigned depth);

static bool key_is_new(const struct json_model *model, int object, const char *key)
{
    for (int at = model->nodes[object].first; at >= 0; at = model->nodes[at].next)
        if (strcmp(model->nodes[at].key, key) == 0)
            return false;
    return true;
}

static bool read_key(struct text *text, int object, struct json_node *key)
{
    struct json_model *model = text->model;
    if (model->nodes[object].kind == '[')
        return true;
    skip(text);
    key->key_at = (const char *)text->at;
    if (model->nodes[object].count == MEMBERS || !take(text, '"'))
        return false;
    key->key = read_string(text);
    key->key_end = (const char *)text->at;
    if (key->key == NULL || !key_is_new(model, object, key->key))
        return false;
    skip(text);
    return take(text, ':');
}

// An array or an object, its bracket behind us.
static int read_many(struct text *text, char kind, unsigned depth)
{
    struct json_model *model = text->model;
    int node = new_node(model, kind), last = -1;
    int end = kind == '[' ? ']' : '}';
    skip(text);
    if (take(text, end))
        return node;
    do {
        struct json_node key = {.key = NULL};
        int member = read_key(text, node, &key) ? read_value(text, depth + 1) : -1;
        if (member < 0)
            return -1;
        model->nodes[member].key = key.key;
        model->nodes[member].key_at = key.key_at;
        model->nodes[member].key_end = key.key_end;
        model->nodes[member].parent = node;
        model->nodes[member].index = model->nodes[node].count;
        *(last < 0 ? &model->nodes[node].first : &model->nodes[last].next) = member;
        last = member;
        model->nodes[node].count++;
        skip(text);
    } while (take(text, ','));
    return take(text, end) ? node : -1;
}

static int read_word(struct text *text)
{
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(text->end - text->at) < length || memcmp(text->at, words[i], length) != 0)
            continue;
        text->at += length;
        return new_node(text->model, i == 0 ? '0' : 'b');
    }
    return -1;
}

static int read_any(struct text *text, unsigned depth)
{
    int byte = peek(text);
    if (byte == '[' || byte == '{') {
        text->at++;
        return depth < DEPTH ? read_many(text, (char)byte, depth) : -1;
    }
    if (byte != '"' && byte != '-' && (byte < '0' || byte > '9'))
        return read_word(text);
    bool string = take(text, '"');
    int node = new_node(text->model, string ? 's' : 'n');
    const char *read = string ? read_string(text) : read_number(text);
    text->model->nodes[node].text = read;
    return read != NULL ? node : -1;
}

static int read_value(struct text *text, unsigned depth)
{
    skip(text);
    const char *start = (const char *)text->at;
    int node = read_any(text, depth);
    if (node < 0)
        return -1;
    text->model->nodes[node].at = start;
    text->model->nodes[node].end = (const char *)text->at;
    return node;
}

bool json_model_read(struct json_model *model, const char *text, size_t length)
{
    struct text at = {model, (const unsigned char *)text, (const unsigned char *)text + length};
    model->count = 0;
    model->used = 0;
    if (read_value(&at, 0) < 0)
        return false;
    skip(&at);
    return at.at == at.end;
}

int json_member(const struct json_model *model, int object, const char *key)
{
    int at = model->nodes[object].first;
    while (at >= 0 && strcmp(model->nodes[at].key, key) != 0)
        at = model->nodes[at].next;
    return at >= 0 && model->nodes[at].kind == '0' ? -1 : at;
}
