// SPDX-License-Identifier: ISC
//
// kernel_plays.c: what happens in the three inputs that have no script: each reaches a limit that
// is too far for one.
#include "scripted_kernel.h"

#include <signal.h>

#define STORM_SOURCES 4200
#define STORM_AGAIN   40

#define CROWD        3300
#define CROWD_DEATHS 300

void script_play_instead(enum script_play play)
{
    static const unsigned lengths[] = {[PLAY_STORM] = STORM_SOURCES + STORM_AGAIN,
                                       [PLAY_CROWD] = CROWD + CROWD_DEATHS,
                                       [PLAY_FLOOD] = 1};
    script.play = play;
    script.play_left = lengths[play];
}

static void connect_from(unsigned source)
{
    struct script_arrival arrival = script_arrival_of(4 << 5);
    arrival.client.bytes[6] = (uint8_t)(source >> 8);
    arrival.client.bytes[7] = (uint8_t)source;
    script_arrive(0, &arrival);
    script.play_left--;
}

static unsigned storm_source(void)
{
    unsigned number = script.play_next++;
    if (number < STORM_SOURCES)
        return number;
    number -= STORM_SOURCES;
    return number % 2 == 0 ? number * 8 : STORM_SOURCES - 1 - number * 8;
}

static void storm(void)
{
    for (size_t i = 0; i < script.child_room; i++)
        if (script.children[i].pid != 0 && !script.children[i].dead)
            script_die(&script.children[i], SIGSEGV);
    for (unsigned i = 0; i < 4 && script.play_left > 0; i++)
        connect_from(storm_source());
}

// Two at a time: the one signal names the first of them.
static void crowd(void)
{
    unsigned deaths = script.play_left % 3;
    if (script.play_left > CROWD_DEATHS) {
        for (unsigned i = 0; i < 64 && script.play_left > CROWD_DEATHS; i++)
            connect_from(script.play_next++ % 64);
        return;
    }
    script.play_left--;
    for (size_t i = 0; i < script.child_room && deaths > 0; i++)
        if (script.children[i].pid != 0 && !script.children[i].dead) {
            script_die(&script.children[i], 0);
            deaths--;
        }
}

static void flood(void)
{
    connect_from(0);
    script_signal(SIGTERM, 1);
}

void script_play_on(void)
{
    switch (script.play) {
    case PLAY_STORM: storm(); break;
    case PLAY_CROWD: crowd(); break;
    case PLAY_FLOOD: flood(); break;
    case PLAY_SCRIPT: break;
    }
}
