// SPDX-License-Identifier: ISC
//
// input.h: the forms in which a command takes what it judges.
//
//   NAME.bpf    the instructions of one program, as seccomp(2) takes them
//   NAME.json   a profile of the container world (oci.h)
//   pid:N       all filters of a live process, together
//   any other   a policy
#ifndef AUDIT_INPUT_H
#define AUDIT_INPUT_H

#include "command.h"
#include "verdict_subject.h"

// Either `policy` is set, or `programs` are those that run, oldest first: none for a process
// without filters. Programs are as this machine would read them, whatever --arch says.
struct input {
    const char *name; // as given
    struct policy *policy;
    struct program *programs;
    size_t program_count;
};

// -1: it is there, and input_close() gives it back. Else the exit status, after a message.
int input_open(const struct options *options, const char *name, struct input *input);
void input_close(struct input *input);

// As one side of a proof.
struct subject input_subject(const struct input *input);

// The programs of any form: a policy is compiled for --arch, which it must list, and what is left
// open in it stays open in `compiled`; for the other forms that is empty. -1 as above.
struct listed_programs {
    const struct program *programs;
    size_t count;
    const struct hole *holes; // of the only program
    size_t hole_count;
    const char *const *param_names;
};
int input_programs(const struct options *options, const struct input *input,
                   struct listed_programs *listed);

// Does the policy list the architecture?
bool input_lists(const struct policy *policy, uint32_t arch);

// Writes a program that is read here as seccomp(2) takes it on a machine of `arch`. 0, or -1 with
// errno set.
int input_write_program(const char *path, const struct program *program, uint32_t arch);

#endif
