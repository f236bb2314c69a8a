// SPDX-License-Identifier: ISC
//
// request.h: the one thing that is looked for in what a scraper sends: where its request ends.
// Whatever it asks for, it gets the page. Pure.
#ifndef ECHOCELL_REQUEST_H
#define ECHOCELL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Starts as {0}.
struct request {
    bool begun;   // some line was not empty
    bool in_line; // this one is not, CRs apart
};

// Takes the next bytes, however they are cut. Returns true when a blank line was among them that
// ends a request: LF or CR LF, after at least one line that is not empty (RFC 9112, 2.2: empty
// lines before a request are ignored).
bool request_feed(struct request *request, const uint8_t *bytes, size_t length);

#endif
