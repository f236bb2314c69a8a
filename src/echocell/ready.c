// SPDX-License-Identifier: ISC
#include "ready.h"

#include "fatal.h"
#include "filter.h"
#include "rlimits.h"
#include "server.h"
#include "server_state.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void ready_require(layer_set required, layer_set layers)
{
    for (int i = 0; i < LAYERS; i++)
        if ((required & ~layers & LAYER_BIT(i)) != 0)
            fatal(EX_CONFIG, "--require", "layer %s cannot be had here: %s",
                  layer_name((enum layer)i), layer_fix((enum layer)i));
}

// What the children of prove() leave when the kernel did not stop them.
enum { PROBE_SETUP = 1, PROBE_SURVIVED = 2 };

static void install_or_exit(const struct filter *filter)
{
    if (filter_install(filter) != 0)
        _exit(PROBE_SETUP);
}

// Opening a file is not in listener.policy.
static void break_listener_policy(const struct filter *listener, const struct filter *session)
{
    (void)session;
    install_or_exit(listener);
    syscall(SYS_openat, -1L, "", 0L, 0L);
}

// Asking for the parent is in listener.policy, but not in a session's.
static void break_session_policy(const struct filter *listener, const struct filter *session)
{
    install_or_exit(listener);
    install_or_exit(session);
    syscall(SYS_getppid);
}

// As session.c does it; a limit that does not hold leaves the child alive.
static void hit_session_limits(const struct filter *listener, const struct filter *session)
{
    (void)listener;
    (void)session;
    if (rlimits_session(false) != 0)
        _exit(PROBE_SETUP);
    if (dup(STDERR_FILENO) < 0 && errno == EMFILE)
        raise(SIGSYS);
}

// A child that does what it must not has to die of it.
static void prove(enum layer layer, const struct filter *listener, const struct filter *session,
                  void (*offend)(const struct filter *, const struct filter *))
{
    int status;
    pid_t pid = fork();
    if (pid < 0)
        fatal(EX_OSERR, "fork", "%s", strerror(errno));
    if (pid == 0) {
        signal(SIGSYS, SIG_DFL);
        offend(listener, session);
        _exit(PROBE_SURVIVED);
    }
    while (waitpid(pid, &status, 0) != pid)
        if (errno != EINTR)
            fatal(EX_OSERR, "wait", "%s", strerror(errno));
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == PROBE_SETUP)
        fatal(EX_OSERR, layer_name(layer), "the kernel refuses it: %s", layer_fix(layer));
    bug(layer_name(layer), "does not stop what it must stop: not serving");
}

layer_set ready_lock(const struct options *options)
{
    static struct filter listener;
    const uint64_t parameters[] = {(uint64_t)getpid()};
    filter_bind(&listener, filter_program(FILTER_LISTENER, options->diagnose), parameters);
    const struct filter *session = server_bind_filter();

    prove(LAYER_LISTENER_FILTER, &listener, session, break_listener_policy);
    prove(LAYER_SESSION_FILTER, &listener, session, break_session_policy);
    prove(LAYER_SESSION_LIMITS, &listener, session, hit_session_limits);
    int error = rlimits_listener();
    if (error != 0)
        fatal(EX_OSERR, "limits", "%s", strerror(error));
    error = filter_install(&listener);
    if (error != 0)
        fatal(EX_OSERR, "listener_filter", "%s", strerror(error));
    return LAYER_BIT(LAYER_LISTENER_FILTER) | LAYER_BIT(LAYER_SESSION_FILTER) |
           LAYER_BIT(LAYER_SESSION_LIMITS);
}

void ready_announce(const struct options *options, const struct identity *identity,
                    layer_set layers)
{
    if (identity->fallback)
        report_fallback_user();
    if (options->metrics)
        report_metrics(options);
    report_listening(options, identity, layers);
    log_flush();
    server_ready(layers);
}
