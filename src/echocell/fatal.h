// SPDX-License-Identifier: ISC
//
// fatal.h: the two ways to give up. fatal() blames the surroundings and says what to do about it;
// bug() blames this program. Both print one line, `echocell: WHAT: WHY`, and do not return.
#ifndef ECHOCELL_FATAL_H
#define ECHOCELL_FATAL_H

// Exit statuses are those of sysexits.h, so that a supervisor can tell them apart: EX_USAGE 64 the
// command line, EX_SOFTWARE 70 a bug, EX_OSERR 71 the system refused, EX_TEMPFAIL 75 restart me,
// EX_NOPERM 77 a permission is missing, EX_CONFIG 78 the configuration.
#include <sysexits.h>

// Prints `echocell: what: why` to descriptor 2 and exits with `status`. Control bytes in the text
// (it may quote a command line) are printed as `?`.
_Noreturn void fatal(int status, const char *what, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

// A promise of the code itself does not hold: exits with EX_SOFTWARE.
_Noreturn void bug(const char *what, const char *why);

#endif
