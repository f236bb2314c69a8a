// SPDX-License-Identifier: ISC
//
// cell_choice.h: from the bytes of an input to a session.
//
//   0  kind (2 bits; the fourth asks for a page), trace, JSON, journal, diagnose, inspect, untuned
//   1  length of the acknowledgement (6 bits); both others set: a deaf peer; which call is
//      refused or forbidden; 255, and all bytes add up to 255 modulo 256: patient
//   2  ending, signal or fault; slot; timeouts
//   3  number of cuts, drained; one byte for each cut; the stream
#ifndef FUZZ_CELL_CHOICE_H
#define FUZZ_CELL_CHOICE_H

#include "cell.h"

// Sets what the caller of cell_run() sets. Points into `data`. Returns false when that is too
// short to choose by.
bool cell_choose(struct cell *cell, const uint8_t *data, size_t size);

#endif
