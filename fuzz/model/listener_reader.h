// SPDX-License-Identifier: ISC
//
// listener_reader.h: which of the lines their reader gets. So many bytes wait for one who is slow
// or stuck; a line for which there is no room even after a try to write is lost and counted, and
// the count is a line of its own as soon as everything else was read.
#ifndef FUZZ_LISTENER_READER_H
#define FUZZ_LISTENER_READER_H

#include "listener_model.h"

// For listener_log.c: before a line, and after it. One that has room without a doubt waits from now
// on; of others the next try to write decides.
void reader_make_room(struct listener_model *model);
void reader_take_easy(struct listener_model *model);

// A try to write: so many bytes were taken; none were, for now; it failed, and what waits is lost
// but for the rest of a line that was begun.
void model_log_took(struct listener_model *model, size_t length);
void model_log_refused(struct listener_model *model);
void model_log_broken(struct listener_model *model);

// How many bytes wait, and whether there is a line of which it must be decided.
size_t model_log_waits(const struct listener_model *model);
bool model_log_undecided(const struct listener_model *model);

#endif
