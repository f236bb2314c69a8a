// SPDX-License-Identifier: ISC
#include "filter.h"

#include "call.h"
#include "fatal.h"

#include <linux/seccomp.h>
#include <string.h>

#include "listener_policy.h"
#include "session_policy.h"
#include "session_trace_policy.h"

const struct filter_program *filter_program(enum filter_kind kind, bool trapping)
{
    static const struct filter_program *const programs[FILTER_KINDS][2] = {
        [FILTER_SESSION] = {&session_program, &session_trap_program},
        [FILTER_LISTENER] = {&listener_program, &listener_trap_program},
        [FILTER_SESSION_TRACE] = {&session_trace_program, &session_trace_trap_program},
    };
    return programs[kind][trapping];
}

const char *filter_call_name(int number)
{
    for (size_t i = 0; i < session_call_count; i++)
        if (session_calls[i].number == number)
            return session_calls[i].name;
    return NULL;
}

void filter_bind(struct filter *filter, const struct filter_program *program,
                 const uint64_t *values)
{
    if (program->count > BPF_MAXINSNS)
        bug("filter", "a built-in program is too long");
    for (size_t i = 0; i < program->param_count; i++)
        if (values[i] < program->params[i].low || values[i] > program->params[i].high)
            bug("filter", "a parameter is out of its range");

    memcpy(filter->insns, program->insns, program->count * sizeof(*program->insns));
    for (size_t i = 0; i < program->hole_count; i++) {
        const struct filter_hole *hole = &program->holes[i];
        uint64_t value = values[hole->param];
        filter->insns[hole->insn].k = (uint32_t)(hole->high ? value >> 32 : value);
    }
    filter->program = (struct sock_fprog){
        .len = (unsigned short)program->count,
        .filter = filter->insns,
    };
}

int filter_install(const struct filter *filter)
{
    return (int)-call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&filter->program);
}
