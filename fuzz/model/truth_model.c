// SPDX-License-Identifier: ISC
//
// truth_model.c: arguments that share a parameter are read together, all others by themselves.
#include "truth_model.h"

#include <string.h>

enum { CELLS = 32, VARIABLES = 8, STATES = 2048, PLACES = 8192, PARAM_FROM = 6 };

// A test within a group: variable `a` against variable `b`, or against `value` when `b` is -1.
struct cell {
    int a, b;
    bool narrow;
    enum model_how how;
    uint64_t mask, value;
    int test; // -1: the range of a parameter, which must hold
};

// What is read together. Variables are arguments 0 to 5 and parameters from PARAM_FROM on.
struct group {
    int variable[VARIABLES];
    size_t variables;
    struct cell cell[CELLS];
    size_t cells;
    bool wide;
};

// Two bits for each cell. For compares: 0 equal so far, 1 less, 2 greater. For masks: 1 is found.
struct states {
    uint64_t list[STATES];
    size_t count;
    uint16_t place[PLACES]; // index into list, plus one
    uint16_t used[STATES];
};

static struct states sets[2];

static void states_clear(struct states *states)
{
    for (size_t i = 0; i < states->count; i++)
        states->place[states->used[i]] = 0;
    states->count = 0;
}

static bool states_add(struct states *states, uint64_t state)
{
    size_t at = (size_t)((state * UINT64_C(0x9e3779b97f4a7c15)) >> 51);
    while (states->place[at] != 0) {
        if (states->list[states->place[at] - 1] == state)
            return true;
        at = (at + 1) % PLACES;
    }
    if (states->count == STATES)
        return false;
    states->used[states->count] = (uint16_t)at;
    states->list[states->count++] = state;
    states->place[at] = (uint16_t)states->count;
    return true;
}

static int variable_of(struct group *group, int variable)
{
    for (size_t i = 0; i < group->variables; i++)
        if (group->variable[i] == variable)
            return (int)i;
    if (group->variables == VARIABLES)
        return -1;
    group->variable[group->variables] = variable;
    return (int)group->variables++;
}

static unsigned bit_of(uint64_t word, unsigned bit)
{
    return (unsigned)(word >> bit & 1);
}

// What a cell has seen once it sees bit `bit` of its two sides.
static unsigned see(const struct group *group, const struct cell *cell, unsigned seen, unsigned bit,
                    unsigned choice)
{
    bool argument = group->variable[cell->a] < PARAM_FROM;
    bool cut = bit >= 32 && argument && (cell->narrow || !group->wide);
    unsigned a = cut ? 0 : choice >> cell->a & 1;
    unsigned b = cell->b >= 0 ? choice >> cell->b & 1 : bit_of(cell->value, bit);
    unsigned mask = bit_of(cell->mask, bit);
    switch (cell->how) {
    case HOW_ANY: return seen | (a & mask);
    case HOW_IN: return seen | (a & ~mask & 1);
    case HOW_MASKED: return seen | ((a & mask) != b ? 1 : 0);
    default: break;
    }
    if (seen != 0 || a == b)
        return seen;
    return a < b ? 1 : 2;
}

static bool answer(enum model_how how, unsigned seen)
{
    switch (how) {
    case HOW_NE: return seen != 0;
    case HOW_LT: return seen == 1;
    case HOW_LE: return seen != 2;
    case HOW_GT: return seen == 2;
    case HOW_GE: return seen != 1;
    case HOW_ANY: return seen == 1;
    default: return seen == 0; // EQ, MASKED, IN
    }
}

static uint64_t see_all(const struct group *group, uint64_t state, unsigned bit, unsigned choice)
{
    uint64_t next = 0;
    for (size_t i = 0; i < group->cells; i++)
        next |= (uint64_t)see(group, &group->cell[i], (unsigned)(state >> 2 * i & 3), bit, choice)
                << 2 * i;
    return next;
}

// All that can have been seen when the last bit was read; NULL when that is too much.
static const struct states *read_group(const struct group *group)
{
    struct states *now = &sets[0], *next = &sets[1];
    states_clear(now);
    states_add(now, 0);
    for (unsigned bit = 64; bit-- > 0;) {
        states_clear(next);
        for (size_t i = 0; i < now->count; i++)
            for (unsigned choice = 0; choice < 1U << group->variables; choice++)
                if (!states_add(next, see_all(group, now->list[i], bit, choice)))
                    return NULL;
        struct states *old = now;
        now = next;
        next = old;
    }
    return now;
}

// The answers of one final state; false when a parameter is out of its range.
static bool answers(const struct group *group, uint64_t state, uint64_t *row)
{
    *row = 0;
    for (size_t i = 0; i < group->cells; i++) {
        bool yes = answer(group->cell[i].how, (unsigned)(state >> 2 * i & 3));
        if (group->cell[i].test < 0 && !yes)
            return false;
        if (group->cell[i].test >= 0 && yes)
            *row |= UINT64_C(1) << group->cell[i].test;
    }
    return true;
}

static bool add_row(struct truth_table *table, size_t from, uint64_t row)
{
    for (size_t i = from; i < table->count; i++)
        if (table->rows[i] == row)
            return true;
    if (table->count == TRUTH_ROWS)
        return false;
    table->rows[table->count++] = row;
    return true;
}

// Every row so far with every answer of the group.
static bool multiply(const struct group *group, struct truth_table *table)
{
    static struct truth_table own, product;
    const struct states *states = read_group(group);
    uint64_t row;
    own.count = product.count = 0;
    for (size_t i = 0; states != NULL && i < states->count; i++)
        if (answers(group, states->list[i], &row) && !add_row(&own, 0, row))
            return false;
    if (states == NULL || own.count * table->count > TRUTH_ROWS)
        return false;
    for (size_t i = 0; i < table->count; i++)
        for (size_t j = 0; j < own.count; j++)
            product.rows[product.count++] = table->rows[i] | own.rows[j];
    memcpy(table->rows, product.rows, product.count * sizeof(product.rows[0]));
    table->count = product.count;
    return true;
}

static bool add_cell(struct group *group, const struct cell *cell)
{
    if (group->cells == CELLS || cell->a < 0)
        return false;
    group->cell[group->cells++] = *cell;
    return true;
}

static bool add_range(struct group *group, const struct model_param *param, int variable)
{
    struct cell low = {variable, -1, false, HOW_GE, 0, param->low, -1};
    struct cell high = {variable, -1, false, HOW_LE, 0, param->high, -1};
    return add_cell(group, &low) && add_cell(group, &high);
}

// Puts a test into the group when it is of one of its variables; `taken` gets its bit.
static bool join(struct group *group, const struct model_test *test, int index,
                 const struct model_param *params, uint64_t *taken)
{
    bool ours = false;
    for (size_t i = 0; i < group->variables; i++)
        ours = ours || group->variable[i] == test->arg ||
               (test->param >= 0 && group->variable[i] == PARAM_FROM + test->param);
    if (!ours)
        return true;
    *taken |= UINT64_C(1) << index;
    struct cell cell = {.a = variable_of(group, test->arg), .b = -1, .narrow = test->narrow};
    cell.how = test->how;
    cell.mask = test->mask;
    cell.value = test->value;
    cell.test = index;
    if (test->param >= 0) {
        size_t before = group->variables;
        cell.b = variable_of(group, PARAM_FROM + test->param);
        if (cell.b < 0 ||
            (group->variables > before && !add_range(group, &params[test->param], cell.b)))
            return false;
    }
    return add_cell(group, &cell);
}

bool truth_model(const struct model_test *tests, size_t count, const struct model_param *params,
                 bool wide, struct truth_table *table)
{
    uint64_t taken = 0, before;
    table->count = 1;
    table->rows[0] = 0;
    if (count > TRUTH_TESTS)
        return false;
    for (size_t first = 0; first < count; first++) {
        if ((taken >> first & 1) != 0)
            continue;
        struct group group = {.variable = {tests[first].arg}, .variables = 1, .wide = wide};
        do {
            before = taken;
            for (size_t i = 0; i < count; i++)
                if ((taken >> i & 1) == 0 && !join(&group, &tests[i], (int)i, params, &taken))
                    return false;
        } while (taken != before);
        if (!multiply(&group, table))
            return false;
    }
    return true;
}
