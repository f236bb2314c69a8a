// SPDX-License-Identifier: ISC
//
// report.h: what was judged, as TAP 13 (testanything.org): one point a row, a line for each call
// that went wrong, and a count at the end. A point without a single call is a failure, and so is a
// run without a point.
#ifndef TESTS_POLICY_REPORT_H
#define TESTS_POLICY_REPORT_H

#include <stdint.h>

#define EXIT_BAIL 99 // the run could not be made at all

// Starts a point; the name is printf's.
void report_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));

// One more call was judged for this point, well or badly.
void report_call(void);

// The call went wrong: says how. Only the first few of a point are printed; all are counted.
void report_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A remark that fails nothing.
void report_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Ends the point.
void report_end(void);

// Plan and summary. Returns the exit status: 0 only if there was a point and none failed.
int report_finish(void);

// Ends the run: the table, a program or the machine is not fit for it. Exit EXIT_BAIL.
_Noreturn void report_bail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The same for what errno says.
_Noreturn void report_bail_errno(const char *what);

#endif
