// SPDX-License-Identifier: ISC
// Connections: many, one after another, or many at once and for long. See load.h.
#include "crew.h"
#include "load.h"
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OPENING = 32 }; // connections of load_hold that are begun but not answered

static struct client *clients_new(unsigned count)
{
    struct client *clients = calloc(count, sizeof *clients);
    if (clients == NULL) {
        perror("load");
        exit(71);
    }
    return clients;
}

// A number that no two generators of a run have in common.
static uint64_t first_number(void)
{
    return ((uint64_t)getpid() << 40) + now_ns() % (1U << 20);
}

void load_connect(unsigned count, double seconds)
{
    struct client *clients = clients_new(count);
    struct samples waits = {0};
    struct crew crew;
    crew_init(&crew);
    uint64_t number = first_number(), first = number, in_time = 0;
    uint64_t began_ns = now_ns(), end_ns = began_ns + (uint64_t)(seconds * 1e9);
    for (unsigned i = 0; i < count; i++)
        crew_open(&crew, &clients[i], number++);

    for (struct client *client; (client = crew_next(&crew)) != NULL;) {
        close(client->fd);
        samples_add(&waits, client->answer_ns - client->asked_ns);
        if (now_ns() < end_ns) {
            in_time++;
            crew_open(&crew, client, number++);
        }
    }
    printf("{\"connections\": %llu, \"rate\": %.3f, \"first_byte_p50_us\": %.3f, "
           "\"first_byte_p99_us\": %.3f}\n",
           (unsigned long long)(number - first), (double)in_time / seconds,
           samples_percentile_us(&waits, 50), samples_percentile_us(&waits, 99));
    samples_free(&waits);
    free(clients);
}

static void wait_for_end_of_input(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
}

void load_hold(unsigned count)
{
    struct client *clients = clients_new(count);
    struct crew crew;
    crew_init(&crew);
    uint64_t number = first_number();
    unsigned opened = 0, alive = 0;
    do {
        while (opened < count && crew.waiting < OPENING)
            crew_open(&crew, &clients[opened++], number++);
    } while (crew_next(&crew) != NULL);
    printf("{\"held\": %u}\n", opened);
    fflush(stdout);
    wait_for_end_of_input();

    for (; alive < count; alive++) {
        client_ask(&clients[alive], number++);
        crew.waiting++;
        crew_next(&crew);
        close(clients[alive].fd);
    }
    printf("{\"alive\": %u}\n", alive);
    free(clients);
}
