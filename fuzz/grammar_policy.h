// SPDX-License-Identifier: ISC
//
// grammar_policy.h: writes parts of policies, by the grammar and by chance.
//
// What is written is well formed, mostly; whether it can be meant is left to chance. All goes to
// the end of `grammar_piece`; what finds no room there is lost.
#ifndef FUZZ_GRAMMAR_POLICY_H
#define FUZZ_GRAMMAR_POLICY_H

#include <stddef.h>
#include <stdint.h>

enum { PIECE_BYTES = 2048 };

extern char grammar_piece[PIECE_BYTES];
extern size_t grammar_length;

// From then on all chance follows from the seed.
void grammar_start(unsigned seed);

// By chance one of 0 to `bound` - 1.
unsigned grammar_below(size_t bound);

__attribute__((format(printf, 1, 2))) void grammar_put(const char *format, ...);

// A border, a power of two, a small one, or one `near`; or a neighbour of it.
void grammar_number(uint64_t near);

// "arg0 < 5"; then several, joined.
void grammar_condition(void);
void grammar_conditions(void);
void grammar_join(void);

void grammar_action(void);

// The line of a constant or a parameter, and a condition with the last one of them.
void grammar_definition(void);
void grammar_use(void);

// A line, with its end.
void grammar_rule(void);

// Rules, many or few, with room for what comes behind them.
void grammar_rules(void);
void grammar_directive(void);

// Another word of the kind that a word is of: a compare for a compare, a call for a call.
void grammar_like(const char *word, size_t size);

#endif
