// SPDX-License-Identifier: ISC
//
// verdict_params.h: which values of a policy's parameters make it equal to a given program?
#ifndef POLICY_VERDICT_PARAMS_H
#define POLICY_VERDICT_PARAMS_H

#include "verdict_subject.h"

enum recovery {
    RECOVERY_UNDECIDED,
    RECOVERY_NONE,   // for no values in their ranges are the two equal
    RECOVERY_UNIQUE, // for just these values
    RECOVERY_MANY,   // for these, the smallest, and for others: a parameter has no influence
};

// `policy` is a policy and `programs` are programs without holes. `values` has room for the
// policy's parameters. Exact: the values are solved for over all inputs at once, not read out of
// the code.
enum recovery verdict_recover(const struct subject *policy, const struct subject *programs,
                              uint64_t *values, size_t node_limit);

#endif
