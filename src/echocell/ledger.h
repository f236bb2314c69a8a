// SPDX-License-Identifier: ISC
//
// ledger.h: the shared pages in which sessions count.
//
// Each session has one page to itself and can reach no other. The listener reads a page only after
// wait has said that its session is dead, copies it once, and believes none of it: a taken-over
// session can write anything there, so the numbers are only ever printed and added up.
#ifndef ECHOCELL_LEDGER_H
#define ECHOCELL_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_PAGE_BYTES 4096

// No honest session counts so far: 2^48 bytes are 256 TiB.
#define LEDGER_COUNT_MAX (UINT64_C(1) << 48)

// The steps of a session's setup, in order; the page says which one failed. See session.c.
enum setup_step {
    SETUP_NONE,
    SETUP_MASK,
    SETUP_GROUP,
    SETUP_CANARY,
    SETUP_PARENT,
    SETUP_DESCRIPTORS,
    SETUP_TIMEOUTS,
    SETUP_ALARM,
    SETUP_LIMITS,
    SETUP_HANDLER,
    SETUP_FILTER,
    SETUP_STEPS,
};

struct ledger_entry {
    uint64_t messages;
    uint64_t received; // bytes
    uint64_t sent;     // bytes
    uint32_t failed_step;
    uint32_t failed_errno;
    uint32_t violation_number; // --diagnose: the call, and its AUDIT_ARCH_*
    uint32_t violation_arch;
};

// A session's page: the entry and nothing else.
union ledger_page {
    struct ledger_entry entry;
    unsigned char bytes[LEDGER_PAGE_BYTES];
};

struct ledger {
    union ledger_page *pages;
};

// Maps `count` pages, of which a child inherits only the one that is lent to it (kernel_lend()):
// the others need not be taken away from each. Returns 0 or a positive errno.
int ledger_create(struct ledger *ledger, size_t count);

// Makes a page fit for the next session.
void ledger_reset(union ledger_page *page);

// Copies what a dead session left into `copy`, made safe: no count above LEDGER_COUNT_MAX, no step
// that does not exist. Returns false when something had to be changed: the session lied.
bool ledger_read(const union ledger_page *page, struct ledger_entry *copy);

// The word for a step that failed; static.
const char *ledger_step_word(uint32_t step);

#endif
