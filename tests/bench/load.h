// SPDX-License-Identifier: ISC
// What the generator can do to a server. Each prints one JSON object when all of it went well.
#pragma once

// `clients` at a time, each again and again: connect, send a line, read it back, close. No new one
// is begun after `seconds`; those that were are waited for.
void load_connect(unsigned clients, double seconds);

// One connection: a line, its echo, the next line.
void load_request(double seconds);

// One connection on which bytes go out and come back as fast as they can.
void load_bulk(double seconds);

// `clients` connections that are opened, have an answer each, and then stay open and silent until
// standard input ends. Then each must still answer.
void load_hold(unsigned clients);
