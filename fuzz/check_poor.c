// SPDX-License-Identifier: ISC
#include "check_poor.h"

#include <string.h>

#include "memory_script.h"
#include "oracle.h"
#include "policy/verdict_regions.h"

enum { ATTEMPTS = 64, REGIONS = 256 };

static bool go_on(void *context, const struct region *region)
{
    size_t *left = context;
    (void)region;
    return (*left)-- > 0;
}

static bool is_want(const char *reason)
{
    return reason != NULL &&
           (strstr(reason, "out of memory") != NULL || strstr(reason, "too large") != NULL);
}

// Regions that could not all be found are said to be too few.
static unsigned cut(const struct subject *left, const struct subject *right, size_t nodes,
                    unsigned number)
{
    const char *reason = NULL;
    size_t room = REGIONS;
    memory_script_begin(number, false);
    bool whole = regions_changed(left, right, NULL, CHANGE_OTHER, nodes, go_on, &room, &reason);
    unsigned failed = memory_script_end();
    ORACLE(whole || reason != NULL, "regions that are not all have a reason");
    return failed;
}

static unsigned prove(const struct subject *left, const struct subject *right, size_t nodes,
                      unsigned number, void (*judge)(void *context, const struct verdict *verdict),
                      void *context)
{
    memory_script_begin(number, false);
    struct verdict *verdict = verdict_prove(left, right, 0, nodes);
    unsigned failed = memory_script_end();
    ORACLE(verdict != NULL || failed > 0, "there is a verdict");
    if (verdict != NULL && verdict->relation != RELATION_UNDECIDED)
        judge(context, verdict);
    ORACLE(verdict == NULL || verdict->relation != RELATION_UNDECIDED || failed == 0 ||
               is_want(verdict->reason),
           "without memory it is undecided for another reason: %s", verdict->reason);
    verdict_free(verdict);
    return failed;
}

void check_poor(const struct subject *left, const struct subject *right, size_t nodes,
                void (*judge)(void *context, const struct verdict *verdict), void *context)
{
    bool proves = true, cuts = true;
    for (unsigned number = 1; number <= ATTEMPTS && (proves || cuts); number++) {
        proves = proves && prove(left, right, nodes, number, judge, context) > 0;
        cuts = cuts && cut(left, right, nodes, number) > 0;
    }
}
