// SPDX-License-Identifier: ISC
//
// compile_gate.h: the command compile, with the compiler left open, so that a test can give it one
// that is wrong.
#ifndef AUDIT_COMPILE_GATE_H
#define AUDIT_COMPILE_GATE_H

#include "command.h"
#include "compile_proven.h"

// The exit status of `seccomp-audit compile`, when the programs come from `compile`.
int compile_through_gate(const struct options *options, compile_function *compile);

#endif
