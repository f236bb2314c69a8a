// SPDX-License-Identifier: ISC
//
// commands.h: what the command line asks for besides serving: help, version, the built-in policies,
// and a check of all the rest.
#ifndef ECHOCELL_COMMANDS_H
#define ECHOCELL_COMMANDS_H

#include "activation.h"
#include "identity.h"
#include "options.h"

// Reads the options and says whom to become. Returns only when there is something to serve; for any
// other action it prints and exits, for a mistake it exits with 64, 77 or 78 and one line.
// `passed` are the sockets that a service manager has passed.
struct identity commands_run(int argc, char **argv, const struct activation *passed,
                             struct options *options);

#endif
