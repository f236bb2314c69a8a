// SPDX-License-Identifier: ISC
//
// oci_parts.h: what the files of the profile model share.
#ifndef FUZZ_OCI_PARTS_H
#define FUZZ_OCI_PARTS_H

#include "json_model.h"
#include "oci_model.h"

struct oci_reader {
    const struct json_model *json;
    const struct oci_model_options *options;
    struct oci_model *model;
    bool runtime;
    bool wrong;
    uint64_t gates; // that a warning was given of
    uint32_t machine;
};

// The elements of a list one by one, until -1; of no list none.
static inline int next_of(const struct oci_reader *reader, int node)
{
    return reader->json->nodes[node].next;
}

static inline int first_of(const struct oci_reader *reader, int list)
{
    return list < 0 ? -1 : reader->json->nodes[list].first;
}

// A member of this kind; -1 when there is none. Another kind is wrong.
int oci_get(struct oci_reader *reader, int object, const char *key, char kind);
int oci_need(struct oci_reader *reader, int object, const char *key, char kind);
bool oci_is_kind(struct oci_reader *reader, int node, char kind);
const char *oci_text_of(const struct oci_reader *reader, int node);
uint64_t oci_count_of(struct oci_reader *reader, int node, uint64_t most);

// The object's keys are among these: each is followed by a blank, and "+" stands before what Docker
// alone knows. One that differs in its case alone is wrong.
void oci_model_keys(struct oci_reader *reader, int object, const char *keys);

// Of the keys `word`, `number` and `name`.
uint32_t oci_model_action(struct oci_reader *reader, int object, const char *word,
                          const char *number, const char *name);

// oci_model_archs.c
void oci_model_archs(struct oci_reader *reader, int profile);
const char *oci_model_machine(uint32_t token);

// oci_model_filter.c: does the entry stand?
bool oci_model_stands(struct oci_reader *reader, int entry);

// oci_model_entries.c
void oci_model_entry(struct oci_reader *reader, int entry);
const struct json_model *oci_model_json(void); // the last that was read; NULL: it was none
void oci_remark(struct oci_reader *reader, bool when);
bool oci_model_agrees(struct oci_model *model); // do no two sayings contradict each other?

#endif
