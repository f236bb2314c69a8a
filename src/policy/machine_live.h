// SPDX-License-Identifier: ISC
//
// machine_live.h: which registers still matter at each instruction.
#ifndef POLICY_MACHINE_LIVE_H
#define POLICY_MACHINE_LIVE_H

#include "program.h"

// A, X, and the cells of M[].
enum { REGISTER_A, REGISTER_X, REGISTER_M, REGISTER_COUNT = REGISTER_M + BPF_MEMWORDS };

// Fills live[pc], for each instruction, with one bit for each register whose value on arrival there
// may be read before it is written again. The program is accepted.
void machine_live(const struct program *program, uint32_t *live);

#endif
