# SPDX-License-Identifier: ISC
"""Starts a program as a service manager does that passes sockets to it (sd_listen_fds(3)).

Usage: pass_sockets.py [-v NAME=VALUE]... FD,FD... PROGRAM [ARGUMENT]...

The descriptors FD become 3, 4, ...; LISTEN_FDS and LISTEN_PID say so unless -v says otherwise (an
empty VALUE removes the variable). The program keeps this process's id.
"""

import os
import sys


def main():
    arguments = sys.argv[1:]
    given = {}
    while arguments[0] == "-v":
        name, _, value = arguments[1].partition("=")
        given[name] = value
        arguments = arguments[2:]
    descriptors = [int(word) for word in arguments[0].split(",") if word]
    high = [os.dup2(fd, 500 + i, inheritable=False) for i, fd in enumerate(descriptors)]  # out of each other's way
    for i, fd in enumerate(high):
        os.dup2(fd, 3 + i, inheritable=True)
    variables = {**os.environ, "LISTEN_FDS": str(len(high)), "LISTEN_PID": str(os.getpid()), **given}
    program = arguments[1:]
    os.execvpe(program[0], program, {name: value for name, value in variables.items() if value})


if __name__ == "__main__":
    main()
