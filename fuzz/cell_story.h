// SPDX-License-Identifier: ISC
//
// cell_story.h: what an input of fuzz_session does, told to a person.
#ifndef FUZZ_CELL_STORY_H
#define FUZZ_CELL_STORY_H

#include "cell.h"
#include "model/protocol_model.h"

// After cell_run(). Says nothing where nobody has asked (oracle.h).
void cell_tell(const struct cell *cell, const struct protocol_model *model);

#endif
