// SPDX-License-Identifier: ISC
#include "cell_choice.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#define HEADER_BYTES     4
#define WORK_BYTES       16384 // of stream and reply: what lies in the sockets without a reader
#define IDLE_MS          60000 // of what waits for the harness
#define IDLE_PATIENT_MS  12
#define SEND_PATIENT_MS  4
#define SESSION_MS       8000
#define ALARM_PATIENT_MS 10
#define PATIENT          0xff

// Calls that are no session's: some of them are, in their low half or as another ABI has them.
static const uint32_t FORBIDDEN[] = {
    SYS_getpid,
    SYS_openat,
    SYS_recvfrom | UINT32_C(0x40000000), // x32's
    SYS_getpid | UINT32_C(0x40000000),
    SYS_sendto | UINT32_C(0x10000),
    SYS_exit_group | UINT32_C(0x01000000),
    UINT32_C(0x7fffffff),
    UINT32_C(0x3fff0000) | SYS_kill,
};

static const uint8_t ACK[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
static const char PAGE[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n# EOF\n";

static void choose_ending(struct cell *cell, uint8_t choice, uint8_t drain)
{
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGBUS,
                                  SIGILL,  SIGFPE,  SIGABRT, SIGTRAP};
    cell->ending = CELL_END;
    cell->signal = SIGALRM;
    cell->drained = drain & 1;
    if (choice == 0xff) {
        cell->ending = CELL_HOLD;
    } else if (choice >= 0xf8) {
        cell->ending = CELL_SILENCE;
    } else if (choice >= 0xf0) {
        cell->ending = CELL_KILLED;
        cell->signal = signals[choice & 7];
    } else if (choice >= 0xc0) {
        cell->ending = CELL_VANISH;
    }
}

// After the plan: not every plan makes every call.
static void choose_fault(struct cell *cell, uint8_t choice, uint8_t number)
{
    cell->fault = CELL_SOUND;
    cell->refusal = refusal_of(number);
    cell->forbidden = SYS_kill;
    if (choice == 0xb7) {
        cell->fault = CELL_FORBIDDEN;
        cell->forbidden = FORBIDDEN[number % (sizeof(FORBIDDEN) / sizeof(FORBIDDEN[0]))];
    } else if (choice >= 0xb0 && choice < 0xb7) {
        cell->fault = (enum cell_fault)(CELL_ORPHAN + (choice & 3));
    } else if (choice >= 0xb8 && choice < 0xc0 && refusal_concerns(cell->refusal, &cell->plan)) {
        cell->fault = CELL_REFUSED;
    }
}

// What really waits costs as much as a hundred others. What a fuzzer makes of such an input should
// not wait, too: so all bytes have a say.
static bool is_patient(const uint8_t *data, size_t size)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + data[i]);
    return data[1] == PATIENT && sum == PATIENT;
}

static void choose_timeouts(struct cell *cell, const uint8_t *data, size_t size)
{
    static const uint64_t idle_ms[] = {1, 999, 1000, 1001, 2500, 5000, 60000, 60004};
    static const uint64_t send_ms[] = {2000, 1, 3, 30004};
    const bool waited_for = cell->inspect || cell->ending >= CELL_KILLED;
    cell->patient = (cell->deaf || cell->ending == CELL_SILENCE || cell->ending == CELL_HOLD) &&
                    is_patient(data, size);
    cell->plan.idle_timeout_ms = waited_for ? IDLE_MS : idle_ms[data[2] & 7];
    cell->plan.send_timeout_ms = send_ms[data[2] >> 3 & 3];
    cell->plan.session_timeout_ms = SESSION_MS + data[3];
    if (cell->patient && cell->deaf)
        cell->plan.send_timeout_ms = SEND_PATIENT_MS;
    else if (cell->patient && cell->ending == CELL_SILENCE)
        cell->plan.idle_timeout_ms = IDLE_PATIENT_MS;
    else if (cell->patient)
        cell->plan.session_timeout_ms = ALARM_PATIENT_MS;
}

static void choose_plan(struct cell *cell, const uint8_t *data, size_t size)
{
    static const enum protocol_kind kinds[] = {PROTOCOL_ACK, PROTOCOL_ECHO, PROTOCOL_RECORD,
                                               PROTOCOL_ACK};
    static char ack[65];
    const bool page = (data[0] & 3) == 3;
    memcpy(ack, ACK, 1 + data[1] % 64U);
    ack[1 + data[1] % 64U] = '\0';
    cell->plan = (struct session_plan){
        .protocol = kinds[data[0] & 3],
        .ack = ack,
        .page = page ? PAGE : NULL,
        .page_length = page ? sizeof(PAGE) - 1 : 0,
        .trace = (data[0] & 4) && !page,
        .trace_json = data[0] & 8,
        .trace_journal = data[0] & 16,
        .diagnose = data[0] & 32,
        .untuned = data[0] & 128,
    };
    choose_ending(cell, data[2], data[3]);
    choose_fault(cell, data[2], data[1]);
    const bool plain = cell->ending == CELL_END && cell->fault == CELL_SOUND;
    cell->slot = data[2] % CELL_PAGES;
    cell->inspect = plain && (data[0] & 64);
    cell->deaf = plain && !cell->inspect && data[1] >> 6 == 3;
    choose_timeouts(cell, data, size);
}

// Cut so that neither a packet nor a reply waits for somebody to read it.
static size_t bounded(const uint8_t *stream, size_t length)
{
    size_t work = 0, taken = 0;
    while (taken < length && work < WORK_BYTES) {
        work += stream[taken] == '\n' || stream[taken] == '\0' ? 65 : 1;
        taken++;
    }
    return taken;
}

bool cell_choose(struct cell *cell, const uint8_t *data, size_t size)
{
    if (size < HEADER_BYTES)
        return false;
    choose_plan(cell, data, size);
    const size_t left = size - HEADER_BYTES, wanted = data[3] % (CELL_CUTS_MAX + 1U);
    cell->cuts = data + HEADER_BYTES;
    cell->cut_count = wanted < left ? wanted : left;
    if (cell->deaf)
        cell->cut_count = 0; // a stream: all that is there comes at once
    cell->stream = data + HEADER_BYTES + cell->cut_count;
    cell->length = bounded(cell->stream, left - cell->cut_count);
    return true;
}
