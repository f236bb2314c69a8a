// SPDX-License-Identifier: ISC
//
// child.h: runs a piece of work in a process of its own, with a limit on its time.
#ifndef POLICY_CHILD_H
#define POLICY_CHILD_H

#include <stdbool.h>
#include <stddef.h>

// What runs in the child: writes its result to `fd`. Its return value does not matter when it
// wrote nothing.
typedef void child_work(int fd, const void *argument);

// Forks, lets `work` write, and reads up to `room` bytes of it. Returns how many, or -1 when the
// child failed, wrote more, or was not done in `limit_ms` milliseconds; it is then killed. The
// child has exited when this returns. Only for a process with one thread.
long child_run(child_work *work, const void *argument, void *result, size_t room, int limit_ms);

#endif
