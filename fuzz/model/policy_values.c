// SPDX-License-Identifier: ISC
//
// policy_values.c: numbers, constants, and what is made of them.
#include "policy/constants.h"
#include "policy_parts.h"

enum { DEEPEST = 32 };

static int digit_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : 99;
}

bool model_number(const struct model_word *word, uint64_t *magnitude, bool *negative)
{
    const char *at = word->text, *end = word->text + word->length;
    unsigned __int128 sum = 0;
    *negative = *at == '-';
    at += *negative ? 1 : 0;
    bool hex = end - at >= 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
    at += hex ? 2 : 0;
    if (at == end || (!hex && end - at > 1 && *at == '0'))
        return false;
    for (; at < end; at++) {
        int digit = digit_value(*at);
        if (digit >= (hex ? 16 : 10))
            return false;
        sum = sum * (hex ? 16 : 10) + (unsigned)digit;
        if (sum > UINT64_MAX)
            return false;
    }
    *magnitude = (uint64_t)sum;
    return true;
}

static void unusable(struct reader *reader, bool counts)
{
    reader->usable = false;
    if (counts)
        reader->line->wrong = true;
}

// A number as it lies in a register of the width at hand.
static uint64_t fit(struct reader *reader, uint64_t magnitude, bool negative)
{
    bool below = negative && magnitude > 0;
    bool good = below            ? reader->narrow && magnitude <= UINT64_C(1) << 31
                : reader->narrow ? magnitude >> 32 == 0
                                 : true;
    if (!good)
        unusable(reader, reader->width_counts);
    return below ? (uint32_t)(0 - magnitude) : magnitude;
}

static uint64_t constant_value(struct reader *reader, const struct model_word *name)
{
    const struct constant *constant = model_constant(name);
    if (constant == NULL) {
        unusable(reader, reader->names_count);
        return 0;
    }
    for (size_t i = 0; i < reader->model->arch_count; i++)
        if ((reader->archs >> i & 1) != 0 &&
            !model_constant_goes(constant, reader->model->arch[i])) {
            unusable(reader, reader->names_count);
            return 0;
        }
    return fit(reader, constant->negative ? 0 - constant->value : constant->value,
               constant->negative);
}

static uint64_t name_value(struct reader *reader, const struct model_word *name)
{
    struct policy_model *model = reader->model;
    for (uint32_t i = 0; i < reader->consts; i++) {
        struct model_const *constant = &model->consts[i];
        if (!model_same(&model->words[constant->word], name))
            continue;
        constant->used = true;
        if (constant->broken || !constant->fits[reader->narrow])
            unusable(reader, reader->width_counts && !constant->broken);
        return constant->number[reader->narrow];
    }
    return constant_value(reader, name);
}

static bool read_terms(struct reader *reader, unsigned depth, uint64_t *value);

static bool read_term(struct reader *reader, unsigned depth, uint64_t *value)
{
    uint64_t magnitude;
    bool negative;
    bool flip = model_take(reader, "~");
    const struct model_word *word = model_next(reader);
    if (model_take(reader, "(")) {
        if (depth == DEEPEST || !read_terms(reader, depth + 1, value) || !model_take(reader, ")"))
            return false;
    } else if (word->kind == 'n') {
        if (!model_number(word, &magnitude, &negative))
            return false;
        reader->at++;
        *value = reader->meaning ? fit(reader, magnitude, negative) : 0;
    } else if (word->kind == 'w') {
        reader->at++;
        *value = reader->meaning ? name_value(reader, word) : 0;
    } else {
        return false;
    }
    if (flip)
        *value ^= reader->narrow ? UINT32_MAX : UINT64_MAX;
    return true;
}

static bool read_terms(struct reader *reader, unsigned depth, uint64_t *value)
{
    *value = 0;
    do {
        uint64_t term;
        if (!read_term(reader, depth, &term))
            return false;
        *value |= term;
    } while (model_take(reader, "|"));
    return true;
}

bool model_value(struct reader *reader, uint64_t *value)
{
    return read_terms(reader, 0, value);
}

// A constant has a value in 64 bits, in 32, in both or in none; that counts where it is used.
static void define_const(struct policy_model *model, uint32_t index)
{
    struct model_const *constant = &model->consts[index];
    struct model_line *line = &model->lines[constant->line];
    bool before = line->wrong;
    line->wrong = false;
    if (model_constant(&model->words[constant->word]) != NULL)
        line->wrong = constant->used = true;
    for (unsigned narrow = 0; narrow < 2; narrow++) {
        struct reader reader = {.model = model, .line = line, .at = constant->word + 2};
        reader.meaning = reader.usable = true;
        reader.narrow = narrow == 1;
        reader.names_count = narrow == 0;
        reader.consts = index;
        reader.archs = UINT32_MAX;
        model_value(&reader, &constant->number[narrow]);
        constant->fits[narrow] = reader.usable;
    }
    constant->broken = line->wrong;
    line->wrong = line->wrong || before;
}

void model_define_consts(struct policy_model *model)
{
    for (uint32_t i = 0; i < model->const_count; i++)
        define_const(model, i);
}
