// SPDX-License-Identifier: ISC
#include "durations.h"

const struct duration_bound duration_bounds[DURATION_BOUNDS] = {
    {1, "0.001"},      {5, "0.005"},        {10, "0.01"},        {50, "0.05"},    {100, "0.1"},
    {500, "0.5"},      {1000, "1.0"},       {5000, "5.0"},       {10000, "10.0"}, {60000, "60.0"},
    {300000, "300.0"}, {1800000, "1800.0"}, {3600000, "3600.0"},
};

void durations_add(struct durations *durations, uint64_t milliseconds)
{
    size_t bucket = 0;
    while (bucket < DURATION_BOUNDS && milliseconds > duration_bounds[bucket].milliseconds)
        bucket++;
    durations->counts[bucket]++;
    durations->sum_ms += milliseconds;
}
