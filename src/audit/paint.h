// SPDX-License-Identifier: ISC
//
// paint.h: colour, where it is seen.
#ifndef AUDIT_PAINT_H
#define AUDIT_PAINT_H

#include <stdio.h>

// Writes `text` to stdout in the colour of an exit status: green, red, yellow (ECMA-48). Plain
// unless stdout is a terminal whose user has not said NO_COLOR.
void paint(int status, const char *text);

#endif
