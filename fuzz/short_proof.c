// SPDX-License-Identifier: ISC
//
// short_proof.c: verdict_prove(), as the linker's --wrap names it, gives up earlier than for a
// person who waits: what a broken compiler makes is now and then as large as a proof can get, and
// an input must end in time.
#include "policy/verdict.h"

enum { NODES_MAX = 1 << 17 };

struct verdict *__real_verdict_prove(const struct subject *left, const struct subject *right,
                                     uint32_t arch, size_t node_limit);
struct verdict *__wrap_verdict_prove(const struct subject *left, const struct subject *right,
                                     uint32_t arch, size_t node_limit);

struct verdict *__wrap_verdict_prove(const struct subject *left, const struct subject *right,
                                     uint32_t arch, size_t node_limit)
{
    return __real_verdict_prove(left, right, arch, node_limit < NODES_MAX ? node_limit : NODES_MAX);
}
