// SPDX-License-Identifier: ISC
//
// json_model.h: JSON (RFC 8259) as seccomp profiles must be, in one array of nodes.
#ifndef FUZZ_JSON_MODEL_H
#define FUZZ_JSON_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_TEXT_BYTES = 16384, JSON_NODES = JSON_TEXT_BYTES + 1 };

// Kinds: '0' null, 'b' true or false, 'n' number, 's' string, '[' and '{'.
struct json_node {
    char kind;
    const char *text; // of a string or a number
    const char *key;  // in an object
    int first, next;  // -1: none
    int count;
    int parent, index;                       // -1: it is the whole
    const char *at, *end, *key_at, *key_end; // in the text
};

struct json_model {
    struct json_node nodes[JSON_NODES];
    int count;
    char pool[3 * JSON_TEXT_BYTES];
    size_t used;
};

// Node 0 is the whole. False: the text is not JSON, or more than is taken (32 levels, 1000 members,
// no key twice).
bool json_model_read(struct json_model *model, const char *text, size_t length);

// A member of an object, -1 when there is none or null.
int json_member(const struct json_model *model, int object, const char *key);

#endif
