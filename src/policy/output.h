// SPDX-License-Identifier: ISC
//
// output.h: a file that is written whole or not at all.
#ifndef POLICY_OUTPUT_H
#define POLICY_OUTPUT_H

#include <stdio.h>

struct output {
    const char *path;
    char *temporary; // beside `path`
    FILE *stream;    // write here
};

// Opens a temporary file beside `path`. 0, or -1 with errno set. `path` must live as long.
int output_open(struct output *output, const char *path);

// Moves the file to its place, mode 0666 less the umask. 0, or -1 with errno set: then nothing is
// there, or what was there before.
int output_commit(struct output *output);

// Removes the temporary file.
void output_abandon(struct output *output);

#endif
