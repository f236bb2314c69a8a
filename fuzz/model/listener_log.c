// SPDX-License-Identifier: ISC
#include "listener_log.h"

#include "listener_reader.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static bool silent; // the line at hand is not logged

__attribute__((format(printf, 2, 3))) static void print(struct listener_model *model,
                                                        const char *format, ...)
{
    if (silent)
        return;
    va_list arguments;
    va_start(arguments, format);
    struct model_log *log = &model->log;
    int length = vsnprintf(model->text + log->end, MODEL_LOG_BYTES - log->end, format, arguments);
    va_end(arguments);
    log->end += (size_t)length;
    if (log->end >= MODEL_LOG_BYTES)
        abort();
}

void line_begin(struct listener_model *model, int level, const char *event)
{
    silent = level > model->options.log_level;
    reader_make_room(model);
    if (model->options.journal)
        print(model, "<%c>", "3467"[level]);
    print(model, model->options.json ? "{\"event\":\"%s\"" : "event=%s", event);
}

void line_word(struct listener_model *model, const char *key, const char *word)
{
    print(model, model->options.json ? ",\"%s\":\"%s\"" : " %s=%s", key, word);
}

void line_number(struct listener_model *model, const char *key, uint64_t number)
{
    print(model, model->options.json ? ",\"%s\":%lu" : " %s=%lu", key, number);
}

void line_address(struct listener_model *model, const char *key, const struct model_client *client)
{
    char host[INET6_ADDRSTRLEN], text[80];
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool v4 = memcmp(client->bytes, mapped, 12) == 0;
    inet_ntop(v4 ? AF_INET : AF_INET6, client->bytes + (v4 ? 12 : 0), host, sizeof(host));
    snprintf(text, sizeof(text), v4 ? "%s:%d" : "[%s]:%d", host, client->port);
    line_word(model, key, text);
}

void line_client(struct listener_model *model, const struct model_client *client)
{
    line_address(model, "client", client);
}

void line_end(struct listener_model *model)
{
    print(model, model->options.json ? "}\n" : "\n");
    reader_take_easy(model);
}

enum model_outcome model_outcome(int status, bool ended)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
    if (WIFEXITED(status)) {
        if (WEXITSTATUS(status) > MODEL_TRAPPED)
            return MODEL_CRASH;
        return WEXITSTATUS(status) == MODEL_TRAPPED ? MODEL_POLICY_VIOLATION
                                                    : (enum model_outcome)WEXITSTATUS(status);
    }
    if (!WIFSIGNALED(status))
        return MODEL_CRASH;
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
        if (WTERMSIG(status) == crashes[i])
            return MODEL_CRASH;
    if (WTERMSIG(status) == SIGALRM)
        return MODEL_SESSION_TIMEOUT;
    if (WTERMSIG(status) == SIGSYS)
        return MODEL_POLICY_VIOLATION;
    return WTERMSIG(status) == SIGKILL && ended ? MODEL_DRAINED : MODEL_KILLED;
}

static void line_violation(struct listener_model *model, const struct model_session *session,
                           const struct model_entry *entry)
{
    char arch[16];
    snprintf(arch, sizeof(arch), "0x%08x", entry->violation_arch);
    line_begin(model, 1, "violation");
    line_number(model, "session", (uint64_t)session->pid);
    line_client(model, &session->client);
    // Of all names only those of the numbers that the harness lets sessions report.
    line_word(model, "syscall",
              entry->violation_number == SYS_getpid ? "getpid"
              : entry->violation_number == SYS_read ? "read"
                                                    : "unknown");
    line_number(model, "number", entry->violation_number);
    line_word(model, "arch", arch);
    line_end(model);
}

const char *const model_outcome_words[MODEL_OUTCOMES] = {
    "eof",          "quit",    "idle_timeout",    "send_timeout",     "reset",
    "setup_failed", "",        "session_timeout", "policy_violation", "crash",
    "killed",       "drained",
};

static int level_of(enum model_outcome outcome)
{
    if (outcome == MODEL_SETUP_FAILED)
        return 0;
    return outcome == MODEL_CRASH || outcome == MODEL_POLICY_VIOLATION ? 1 : 2;
}

static void line_end_of(struct listener_model *model, const struct model_session *session,
                        enum model_outcome outcome, const struct model_entry *entry)
{
    static const char *const steps[] = {"none",   "mask",        "group",    "canary",
                                        "parent", "descriptors", "timeouts", "alarm",
                                        "limits", "handler",     "filter"};
    uint64_t lived = model->now_ms - session->started_ms;
    line_number(model, "sent", entry->sent);
    print(model, model->options.json ? ",\"duration\":%lu.%03lu" : " duration=%lu.%03lu",
          lived / 1000, lived % 1000);
    if (outcome == MODEL_SETUP_FAILED) {
        line_word(model, "step", steps[entry->failed_step]);
        line_number(model, "errno", entry->failed_errno);
    }
    line_end(model);
}

void line_close(struct listener_model *model, const struct model_session *session,
                enum model_outcome outcome, const struct model_entry *entry)
{
    if (model->options.diagnose && outcome == MODEL_POLICY_VIOLATION)
        line_violation(model, session, entry);
    line_begin(model, level_of(outcome), "close");
    line_number(model, "session", (uint64_t)session->pid);
    line_client(model, &session->client);
    line_word(model, "outcome", model_outcome_words[outcome]);
    line_number(model, "messages", entry->messages);
    line_number(model, "received", entry->received);
    line_end_of(model, session, outcome, entry);
}

void line_scrape(struct listener_model *model, const struct model_session *cell,
                 enum model_outcome outcome, const struct model_entry *entry)
{
    line_begin(model, level_of(outcome) == 2 ? 3 : level_of(outcome), "scrape");
    line_number(model, "cell", (uint64_t)cell->pid);
    line_client(model, &cell->client);
    line_word(model, "outcome", model_outcome_words[outcome]);
    line_end_of(model, cell, outcome, entry);
}
