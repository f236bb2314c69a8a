// SPDX-License-Identifier: ISC
//
// smt.h: the question whether two subjects differ, in SMT-LIB 2 (logic QF_BV), for any other solver
// to answer.
//
// Nothing of the prover's is used for it but the list of parameters: an error there would not be
// repeated here. Multiplication, division and shifts by X are written too, so that a solver can be
// asked what the prover leaves undecided.
#ifndef POLICY_SMT_H
#define POLICY_SMT_H

#include <stdio.h>

#include "verdict_subject.h"

// Writes a query that is satisfiable exactly when the two differ for some input and some values of
// the parameters; the model is in nr, arch, ip, arg0 to arg5 and param_NAME, the results are `left`
// and `right`. False when the subjects' parameters have no value in common, or writing failed.
bool smt_write(FILE *out, const struct subject *left, const struct subject *right);

#endif
