// SPDX-License-Identifier: ISC
//
// text_options.h: a first line that begins with "#--" holds options of the text below it: "root"
// (the include root), default=kill|trap|ENOSYS, arch=NAME. To a policy it is a comment.
#ifndef FUZZ_TEXT_OPTIONS_H
#define FUZZ_TEXT_OPTIONS_H

#include "model/policy_model.h"
#include "policy/load.h"

// The same options for the code under test and for the model. `root` is the include root, or NULL
// when there is none.
void text_options(const char *text, size_t length, const char *root, struct load_options *options,
                  struct model_options *same);

#endif
