// SPDX-License-Identifier: ISC
//
// check_start.h: what the harnesses of the language share: tables that are made before the first
// run, so that all runs are alike, and a watch on exit().
#ifndef FUZZ_CHECK_START_H
#define FUZZ_CHECK_START_H

// To be called once, by LLVMFuzzerInitialize().
void check_start(void);

// Between these two the process must not end: exit() is the prover's own word for a contradiction
// in itself, which no fuzzer takes for a crash.
void check_begin(void);
void check_end(void);

#endif
