// SPDX-License-Identifier: ISC
//
// metrics_numbers.h: which samples a page of metrics has, and the number of each.
#ifndef FUZZ_METRICS_NUMBERS_H
#define FUZZ_METRICS_NUMBERS_H

#include "metrics_model.h"

enum { METRICS_LABELS_MAX = 2, METRICS_WORD_BYTES = 80 };

struct metrics_sample {
    char name[METRICS_WORD_BYTES]; // behind `echocell_`
    size_t label_count;
    struct {
        char key[METRICS_WORD_BYTES], value[METRICS_WORD_BYTES];
    } labels[METRICS_LABELS_MAX];
};

struct metrics_number {
    uint64_t whole;
    int thousandths; // below 0: it is written without a point
};

// False: a page has no such sample.
bool metrics_number_of(const struct listener_model *model, const struct metrics_model_facts *facts,
                       const struct metrics_sample *sample, struct metrics_number *number);

// How many there are.
size_t metrics_sample_count(void);

// Of a bucket, as it is written: its place among all, from 0; METRICS_NO_BUCKET: there is none
// such.
enum { METRICS_NO_BUCKET = MODEL_DURATIONS };
size_t metrics_bucket_of(const char *bound);

#endif
