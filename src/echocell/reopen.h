// SPDX-License-Identifier: ISC
//
// reopen.h: the listener's own way to its log. Whoever else writes into the same pipe, first of all
// sessions with --trace, may fill it after poll(2) has called it writable: the listener's writes
// must not block even then.
#ifndef ECHOCELL_REOPEN_H
#define ECHOCELL_REOPEN_H

#include <stdbool.h>

// Before the drop, while /proc is there. Opens a pipe or a device at LOG_FD once more, for this
// process alone and without blocking; a file never blocks. What sessions write to, the log as it
// was passed to us, becomes TRACE_FD with `trace`. What cannot be opened anew (a socket; another
// user's terminal) becomes non-blocking as a whole with `trace`, sessions' writes and all, and
// stays as it is without. Does not return when there is no descriptor.
void reopen_log(bool trace);

#endif
