// SPDX-License-Identifier: ISC
#include "ledger.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert(sizeof(union ledger_page) == LEDGER_PAGE_BYTES, "one page a session");

int ledger_create(struct ledger *ledger, size_t count)
{
    void *pages = mmap(NULL, count * LEDGER_PAGE_BYTES, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return errno;
    if (madvise(pages, count * LEDGER_PAGE_BYTES, MADV_DONTFORK) != 0)
        return errno;
    ledger->pages = pages;
    return 0;
}

void ledger_reset(union ledger_page *page)
{
    memset(&page->entry, 0, sizeof(page->entry));
}

static uint64_t bounded(uint64_t value, uint64_t limit, bool *honest)
{
    if (value <= limit)
        return value;
    *honest = false;
    return limit;
}

bool ledger_read(const union ledger_page *page, struct ledger_entry *copy)
{
    bool honest = true;
    // One copy: what is checked is what is used, whoever still writes to the page.
    memcpy(copy, (const void *)&page->entry, sizeof(*copy));
    __asm__ volatile("" : : "r"(copy) : "memory");
    copy->messages = bounded(copy->messages, LEDGER_COUNT_MAX, &honest);
    copy->received = bounded(copy->received, LEDGER_COUNT_MAX, &honest);
    copy->sent = bounded(copy->sent, LEDGER_COUNT_MAX, &honest);
    if (copy->failed_step >= SETUP_STEPS) {
        copy->failed_step = SETUP_NONE;
        honest = false;
    }
    return honest;
}

const char *ledger_step_word(uint32_t step)
{
    static const char *const words[SETUP_STEPS] = {
        [SETUP_NONE] = "none",         [SETUP_MASK] = "mask",
        [SETUP_GROUP] = "group",       [SETUP_CANARY] = "canary",
        [SETUP_PARENT] = "parent",     [SETUP_DESCRIPTORS] = "descriptors",
        [SETUP_TIMEOUTS] = "timeouts", [SETUP_ALARM] = "alarm",
        [SETUP_LIMITS] = "limits",     [SETUP_HANDLER] = "handler",
        [SETUP_FILTER] = "filter",
    };
    return step < SETUP_STEPS ? words[step] : "none";
}
