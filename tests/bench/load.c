// SPDX-License-Identifier: ISC
// Keeps an echo server on 127.0.0.0/8 busy and says how fast it was. Every byte that comes back is
// compared with the one that was sent; the first that differs, is missing or is too many ends the
// run with status 1, as does a server that refuses, resets, closes or falls silent.
//
//   load connect|request|bulk|hold ADDRESS PORT [CLIENTS [SECONDS]]
#include "load.h"

#include "client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CLIENTS_MAX = 100000, SECONDS_MAX = 600, HOLD_S = 900 };

static _Noreturn void usage(void)
{
    fputs("usage: load connect|request|bulk|hold ADDRESS PORT [CLIENTS [SECONDS]]\n", stderr);
    exit(64);
}

static double number(const char *text, double maximum)
{
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value > 0) || value > maximum)
        usage();
    return value;
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 6)
        usage();
    server_set(argv[2], argv[3]);
    unsigned clients = argc > 4 ? (unsigned)number(argv[4], CLIENTS_MAX) : 1;
    double seconds = argc > 5 ? number(argv[5], SECONDS_MAX) : 1;

    // Ends by itself, whatever becomes of the one who started it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(strcmp(argv[1], "hold") == 0 ? HOLD_S : (unsigned)seconds + 4 * SILENCE_S);

    if (strcmp(argv[1], "connect") == 0)
        load_connect(clients, seconds);
    else if (strcmp(argv[1], "hold") == 0)
        load_hold(clients);
    else if (clients != 1)
        usage();
    else if (strcmp(argv[1], "request") == 0)
        load_request(seconds);
    else if (strcmp(argv[1], "bulk") == 0)
        load_bulk(seconds);
    else
        usage();
    return 0;
}
