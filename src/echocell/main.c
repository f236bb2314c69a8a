// SPDX-License-Identifier: ISC
//
// main.c: the story of a start, in its order. Each step names the file that tells the rest.
//
//   environment  first: nothing else may depend on who started us
//   commands     the options, before anything is touched: a mistake costs nothing
//   listener     while root: the port may be privileged
//   notify, server, confine_remember
//                while sockets, memory and /proc can still be had
//   detach       after the last message that a terminal should see
//   reopen       while there is /proc: the log must never block the listener
//   privilege    as soon as nothing needs root any more
//   confine      behind the drop, which Landlock and no_new_privs would be in the way of
//   verify       behind all that it reads back and tries to undo; before the filter, which would
//                end it for trying
//   lock         limits and the listener's filter, last of all and before the first accept
#include "commands.h"
#include "confine.h"
#include "environment.h"
#include "listener.h"
#include "notify.h"
#include "privilege.h"
#include "ready.h"
#include "reopen.h"
#include "server.h"

int main(int argc, char **argv)
{
    static struct options options; // of the whole program, so not on a stack frame that ends
    struct environment environment;
    struct confine_witness witness;

    environment_sanitize(&environment);
    struct identity identity = commands_run(argc, argv, &environment.passed, &options);

    log_open(options.log_level, options.log_format, environment.journal);
    listener_open(&options, &environment.passed);
    notify_connect(environment.notify_socket);
    server_prepare(&options, &environment);
    confine_remember(&witness);
    environment_detach();
    reopen_log(options.trace);

    privilege_drop(&identity);
    layer_set entered = confine_enter(&witness);
    layer_set layers = confine_verify(&witness, &identity, entered);
    layers |= ready_lock(&options);
    ready_require(options.require, layers);

    ready_announce(&options, &identity, layers);
    return server_run();
}
