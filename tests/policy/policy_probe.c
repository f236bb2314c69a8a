// SPDX-License-Identifier: ISC
//
// policy_probe: holds compiled policies against the verdict tables that were written by hand.
//
//     policy_probe interpret ARCH TABLE PROGRAM...       every row, by a plain interpreter
//     policy_probe live      ARCH TABLE PROGRAM...       every row, by the running kernel too
//     policy_probe same      ARCH TABLE CALL ONE OTHER   OTHER is ONE but for CALL
//
// Programs are raw BPF with $listener = 4242 (table.h), oldest first; several are stacked, as
// a session stacks its own on the listener's. Prints TAP; exit 0 only when every point is good.
#include "cage.h"
#include "judge.h"
#include "report.h"
#include "value.h"

#include <string.h>

struct job {
    struct table table;
    struct stack stack;
};

static int interpret(void *context)
{
    const struct job *job = context;
    judge_interpreted(&job->table, &job->stack);
    return report_finish();
}

static int live(void *context)
{
    const struct job *job = context;
    judge_live(&job->table, &job->stack);
    return report_finish();
}

static int same(const struct job *job, char **names)
{
    static struct stack one;
    static struct stack other;
    int added = value_call(names[0], job->table.arch);
    if (added < 0)
        report_bail("%s: not a call of this architecture", names[0]);
    stack_load(&one, names[1]);
    stack_load(&other, names[2]);
    judge_same(&job->table, &one, &other, added);
    return report_finish();
}

int main(int argc, char **argv)
{
    static struct job job; // for the length of the run, with all that it owns
    if (argc < 5 || argc > 4 + 3)
        report_bail("usage: policy_probe interpret|live|same ARCH TABLE ...");
    table_load(&job.table, argv[3], argv[2]);
    if (strcmp(argv[1], "same") == 0 && argc == 7)
        return same(&job, argv + 4);
    if (argc > 4 + STACK_PROGRAMS_MAX)
        report_bail("too many programs");
    for (int i = 4; i < argc; i++)
        stack_load(&job.stack, argv[i]);
    if (strcmp(argv[1], "interpret") == 0)
        return interpret(&job);
    if (strcmp(argv[1], "live") == 0)
        return cage_run(live, &job);
    report_bail("%s: not a mode", argv[1]);
}
