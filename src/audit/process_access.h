// SPDX-License-Identifier: ISC
//
// process_access.h: may this tool read filters at all, and if not, which condition fails?
#ifndef AUDIT_PROCESS_ACCESS_H
#define AUDIT_PROCESS_ACCESS_H

#include "process.h"

// The conditions of PTRACE_SECCOMP_GET_FILTER on the one who asks (kernel/seccomp.c
// seccomp_get_filter()): CAP_SYS_ADMIN in the first user namespace, and no seccomp mode of its own.
// Looked at before anything is stopped. SIGHT_OK or SIGHT_REFUSED.
enum sight access_check(struct refusal *refusal);

// Why PTRACE_SEIZE gave `error`, in a sentence (ptrace(2)).
enum sight access_explain(const struct process *process, pid_t tid, int error,
                          struct refusal *refusal);

#endif
