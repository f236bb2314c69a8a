// SPDX-License-Identifier: ISC
//
// cage.h: where the live probe does its work, so that a filter that lets a call pass can harm
// nobody.
#ifndef TESTS_POLICY_CAGE_H
#define TESTS_POLICY_CAGE_H

// Runs `work` as process LISTENER_PID of a PID namespace that holds nothing else, with empty
// network, IPC, UTS and mount namespaces. Needs root, or a kernel that gives user namespaces to
// everybody. Returns what `work` returned, 0 to 255; ends the run when the cage cannot be built,
// EXIT_FAILURE when work dies.
int cage_run(int (*work)(void *), void *context);

// For the child that makes the call: another user than the process that watches it, no capability,
// nobody to fork, no file to write, no core, no_new_privs, SIGKILL when the watcher ends. Returns
// 0 or a positive errno.
int cage_drop(void);

#endif
