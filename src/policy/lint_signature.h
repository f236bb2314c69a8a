// SPDX-License-Identifier: ISC
//
// lint_signature.h: how the kernel reads the arguments of a call, on a machine of 64 bits.
#ifndef POLICY_LINT_SIGNATURE_H
#define POLICY_LINT_SIGNATURE_H

// One letter for each argument, NULL for a call that is not in the table:
//   i  only the low 32 bits count (int, unsigned, pid_t, uid_t, a descriptor)
//   l  the whole register counts
//   p  a pointer to memory that the kernel reads or writes; NULL says that there is none
//   ?  it depends on the other arguments, or values with a high half are refused
const char *signature_of(const char *call);

#endif
