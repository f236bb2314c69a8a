// SPDX-License-Identifier: ISC
//
// options_model.h: the command line of echocell(8), read by hand from the manual.
//
// getopt_long(3), inet_pton(3) and the tables of src/echocell are all told again: options are a
// table here, words are taken in their order, and addresses are read digit by digit. A new option
// is one row of the table and one field.
#ifndef FUZZ_OPTIONS_MODEL_H
#define FUZZ_OPTIONS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_LISTEN = 16, MODEL_EXEMPT = 64, MODEL_ERROR_BYTES = 256 };

struct model_address {
    bool six;
    uint8_t bytes[16]; // 4 of them without `six`
    uint16_t port;
};

struct model_network {
    uint8_t bytes[16]; // IPv4 as its mapped address
    unsigned bits;
};

// Words are numbered in the order of the manual.
struct options_model {
    unsigned action; // serve, check, help, version, print
    uint32_t print_policy, protocol, log_level, log_format;
    struct model_address listen[MODEL_LISTEN];
    size_t listen_count;
    struct model_address metrics_address;
    bool metrics;
    const char *ack, *user;
    uint32_t max_sessions, max_per_source, crash_budget;
    uint64_t penalty, idle, send, session, drain; // milliseconds
    struct model_network exempt[MODEL_EXEMPT];
    size_t exempt_count;
    uint32_t require;
    bool trace, diagnose;

    bool word_known;              // `what` is known
    char what[MODEL_ERROR_BYTES]; // the word that is refused
    const char *why;              // the reason where it is known, else NULL
};

// False: the line is refused.
bool options_model_read(int argc, char **argv, struct options_model *model);

// options_address.c. False: it is none.
bool model_read_address(const char *host, size_t length, struct model_address *address);
bool model_read_port(const char *text, struct model_address *address);
bool model_read_pair(const char *text, struct model_address *address);
bool model_read_network(const char *text, struct model_network *network);

#endif
