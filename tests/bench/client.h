// SPDX-License-Identifier: ISC
// One client: it connects, sends a line that no other client sends, and holds every byte that comes
// back to it. A server that answers wrongly, or not at all, ends the program.
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINE_BYTES = 32,   // what a client sends at a time, its newline included
    SOURCES = 1 << 14, // loopback addresses that clients come from: no run is short of ports
    SILENCE_S = 20,    // a server that says nothing for so long has failed
};

struct client {
    uint64_t line;      // the number of the line it sends
    uint64_t asked_ns;  // when it began to connect, or to ask again
    uint64_t answer_ns; // when the first byte of the answer was there, 0 before
    size_t sent, received;
    int fd;
};

// Monotonic nanoseconds.
uint64_t now_ns(void);

// Ends the program with status 1 and one line that names the server; `error` is an errno or 0.
_Noreturn void server_failed(const char *what, int error);

// The server that all clients use, 127.0.0.0/8. Ends the program when the text is no such address.
void server_set(const char *address, const char *port);

// A connected or connecting socket from one of SOURCES addresses; the caller closes it.
// `flags` is 0 or SOCK_NONBLOCK.
int server_connect(uint64_t number, int flags);

// Line `number`: exactly LINE_BYTES printable bytes, the last a newline, no two alike.
void line_write(char text[LINE_BYTES], uint64_t number);

// Begins a connection, without waiting, that asks for line `number`.
void client_open(struct client *client, uint64_t number);

// Asks for another line on a connection that has answered.
void client_ask(struct client *client, uint64_t number);

// Sends and receives what it can without waiting; returns 1, once, when the whole line has come
// back.
int client_step(struct client *client);
