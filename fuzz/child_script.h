// SPDX-License-Identifier: ISC
//
// child_script.h: the system calls below child.c, bound at link time: a child that cannot be had,
// that dies, that says too little or too much, and a parent that is interrupted.
#ifndef FUZZ_CHILD_SCRIPT_H
#define FUZZ_CHILD_SCRIPT_H

enum child_fault {
    CHILD_SOUND,
    CHILD_INTERRUPTED, // poll(2), read(2) and waitpid(2) say EINTR every other time
    CHILD_NO_PIPE,     // pipe(2) says EMFILE
    CHILD_NO_FORK,     // fork(2) says EAGAIN
    CHILD_NO_POLL,     // poll(2) says ENOMEM
    CHILD_LATE,        // poll(2) finds nothing until the time is over
    CHILD_UNREADABLE,  // read(2) says EIO
    CHILD_ENDLESS,     // read(2) always has more
    CHILD_CUT,         // read(2) finds the end behind one byte
    CHILD_BARE,        // or behind libseccomp's answer
    CHILD_TORN,        // or behind half an instruction more
    CHILD_LOST,        // waitpid(2) says ECHILD
    CHILD_KILLED,      // by a signal, before it can say a word
    CHILD_FAULTS
};

// From here on this is met by every child.
void child_script_begin(enum child_fault fault);

// Children are what they are again.
void child_script_end(void);

#endif
