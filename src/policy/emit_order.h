// SPDX-License-Identifier: ISC
//
// emit_order.h: in which order the tests of a conjunction are made.
//
// Any order means the same. Tests that other rules have too come last: the code of all these rules
// then ends alike, and is laid out once (emit_block.h).
#ifndef POLICY_EMIT_ORDER_H
#define POLICY_EMIT_ORDER_H

#include "policy.h"

// The tests, the rarest first, in the policy's arena. In a policy of very many rules they stay as
// they stand in the text.
const struct atom **emit_order(const struct policy *policy, const struct conjunction *conjunction);

#endif
