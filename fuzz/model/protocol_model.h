// SPDX-License-Identifier: ISC
//
// protocol_model.h: what the protocols must answer, told a second time and differently.
//
// The model sees the whole stream at once, up to its end, so it knows nothing of segments, and it
// shares no code with what it judges. It is for tests and the fuzz harness: slow, and it allocates.
#ifndef FUZZ_PROTOCOL_MODEL_H
#define FUZZ_PROTOCOL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// In `heard`: a message ended here. Everything else there is a byte of text.
enum { PROTOCOL_MODEL_END = 256 };

// After so many bytes of the stream, so many of the reply are due and so many messages are
// answered.
struct protocol_mark {
    size_t taken;
    size_t replied;
    uint64_t messages;
};

struct protocol_model {
    uint8_t *reply; // all that is sent
    size_t reply_length;
    uint16_t *heard; // all that a tap is told
    size_t heard_length;
    struct protocol_mark *marks; // one for each message that ends before the stream does
    size_t mark_count;
    uint64_t messages; // answered ones
    bool ended;        // by quit ...
    size_t ended_at;   // ... of which this many bytes tell; SIZE_MAX: only the end of the stream
};

// Each fills `model`, to be released with protocol_model_free; aborts when memory runs out. `ack`
// is 1 to 64 bytes.
void protocol_model_ack(struct protocol_model *model, const uint8_t *stream, size_t length,
                        const uint8_t *ack, size_t ack_length);
void protocol_model_echo(struct protocol_model *model, const uint8_t *stream, size_t length);
void protocol_model_record(struct protocol_model *model, const uint8_t *stream, size_t length,
                           const uint8_t *ack, size_t ack_length);

// Not a protocol of ours: whatever is asked for, up to a blank line behind one that is not, brings
// the same page. `ended_at` is the end of the request.
void protocol_model_page(struct protocol_model *model, const uint8_t *stream, size_t length,
                         const char *page, size_t page_length);

// How many of `length` bytes are what a tap is told from `from` on; there are as many.
size_t protocol_model_alike(const struct protocol_model *model, size_t from, const uint8_t *bytes,
                            size_t length);

void protocol_model_free(struct protocol_model *model);

#endif
