// SPDX-License-Identifier: ISC
//
// cell_expected.h: how a session has to end, from what its client said and what befell it.
#ifndef FUZZ_CELL_EXPECTED_H
#define FUZZ_CELL_EXPECTED_H

#include "cell.h"
#include "echocell/outcome.h"
#include "model/protocol_model.h"

#define DEAF_BYTES 16384 // surely do not fit between the session and a peer that does not read

// Of a session whose setup is sound, after cell_run(). With a deaf peer and a reply of up to
// DEAF_BYTES, OUTCOME_SEND_TIMEOUT is as good.
enum outcome cell_expected(const struct cell *cell, const struct protocol_model *model);

#endif
