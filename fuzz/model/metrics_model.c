// SPDX-License-Identifier: ISC
#include "metrics_model.h"

#include "metrics_numbers.h"
#include "oracle.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define PREFIX "echocell_"

enum { LINE_BYTES = 256, SAMPLES_MAX = 128 };

static const struct family {
    const char *name, *type, *unit;
} FAMILIES[] = {
    {"accepted_connections", "counter", NULL},
    {"rejected_connections", "counter", NULL},
    {"sessions", "counter", NULL},
    {"active_sessions", "gauge", NULL},
    {"max_sessions", "gauge", NULL},
    {"messages", "counter", NULL},
    {"received_bytes", "counter", "bytes"},
    {"sent_bytes", "counter", "bytes"},
    {"session_duration_seconds", "histogram", "seconds"},
    {"policy", "info", NULL},
    {"sandbox_layer_active", "gauge", NULL},
    {"build", "info", NULL},
    {"process_start_time_seconds", "gauge", "seconds"},
    {"metrics_requests", "counter", NULL},
};
enum { FAMILY_COUNT = sizeof(FAMILIES) / sizeof(FAMILIES[0]) };

// What was read so far.
struct reading {
    const struct listener_model *model;
    const struct metrics_model_facts *facts;
    const struct family *family; // whose lines these are
    bool unit, help;             // of it were said
    unsigned family_samples;
    bool begun[FAMILY_COUNT];
    size_t buckets;
    size_t sample_count;
    char samples[SAMPLES_MAX][LINE_BYTES]; // without their numbers
};

static void end_family(const struct reading *reading)
{
    const struct family *family = reading->family;
    if (family == NULL)
        return;
    ORACLE(reading->help && reading->unit == (family->unit != NULL) && reading->family_samples > 0,
           "metrics: %s: help %d, unit %d, %u samples", family->name, reading->help, reading->unit,
           reading->family_samples);
}

static void begin_family(struct reading *reading, const char *name, const char *type)
{
    size_t i = 0;
    while (i < FAMILY_COUNT && strcmp(FAMILIES[i].name, name) != 0)
        i++;
    ORACLE(i < FAMILY_COUNT && !reading->begun[i], "metrics: family %s: unknown, or again", name);
    ORACLE(strcmp(FAMILIES[i].type, type) == 0, "metrics: %s is a %s", name, type);
    end_family(reading);
    reading->family = &FAMILIES[i];
    reading->begun[i] = true;
    reading->unit = reading->help = false;
    reading->family_samples = 0;
}

static void read_comment(struct reading *reading, const char *line)
{
    char word[8], name[METRICS_WORD_BYTES];
    int rest = 0;
    ORACLE(sscanf(line, "# %7s " PREFIX "%79s %n", word, name, &rest) == 2 && rest > 0 &&
               line[rest] != '\0',
           "metrics: `%s'", line);
    if (strcmp(word, "TYPE") == 0) {
        begin_family(reading, name, line + rest);
        return;
    }
    const struct family *family = reading->family;
    ORACLE(family != NULL && strcmp(family->name, name) == 0 && reading->family_samples == 0,
           "metrics: `%s' is out of its place", line);
    bool *said = strcmp(word, "UNIT") == 0 ? &reading->unit : &reading->help;
    ORACLE((strcmp(word, "UNIT") == 0 || strcmp(word, "HELP") == 0) && !*said, "metrics: `%s'",
           line);
    ORACLE(said == &reading->help || (family->unit && strcmp(family->unit, line + rest) == 0),
           "metrics: `%s'", line);
    *said = true;
}

// Moves `at` behind a word of these letters.
static void take_word(const char **at, const char *end, char word[METRICS_WORD_BYTES])
{
    size_t length = strcspn(*at, end);
    ORACLE(length > 0 && length < METRICS_WORD_BYTES, "metrics: no word at `%s'", *at);
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
}

static void take(const char **at, const char *text)
{
    ORACLE(strncmp(*at, text, strlen(text)) == 0, "metrics: no `%s' at `%s'", text, *at);
    *at += strlen(text);
}

static void take_labels(const char **at, struct metrics_sample *sample)
{
    take(at, "{");
    do {
        ORACLE(sample->label_count < METRICS_LABELS_MAX, "metrics: labels at `%s'", *at);
        take_word(at, "=", sample->labels[sample->label_count].key);
        take(at, "=\"");
        take_word(at, "\"", sample->labels[sample->label_count++].value);
        take(at, "\"");
    } while (*(*at)++ == ',');
    ORACLE((*at)[-1] == '}', "metrics: labels end at `%s'", *at);
}

// Digits, and three more where there is a point.
static struct metrics_number take_number(const char *at)
{
    struct metrics_number number = {.thousandths = -1};
    char *end;
    errno = 0;
    number.whole = strtoull(at, &end, 10);
    ORACLE(isdigit((unsigned char)*at) && errno == 0, "metrics: number `%s'", at);
    if (*end == '.') {
        ORACLE(strspn(end + 1, "0123456789") == 3 && end[4] == '\0', "metrics: number `%s'", at);
        number.thousandths = atoi(end + 1);
    } else {
        ORACLE(*end == '\0', "metrics: number `%s'", at);
    }
    return number;
}

static void check_suffix(const struct reading *reading, const struct metrics_sample *sample)
{
    static const char *const suffixes[][3] = {{"counter", "_total"},   {"gauge", ""},
                                              {"info", "_info"},       {"histogram", "_bucket"},
                                              {"histogram", "_count"}, {"histogram", "_sum"}};
    const struct family *family = reading->family;
    bool right = false;
    ORACLE(family != NULL, "metrics: sample %s of no family", sample->name);
    const size_t length = strlen(family->name);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        right |= strcmp(suffixes[i][0], family->type) == 0 &&
                 strncmp(sample->name, family->name, length) == 0 &&
                 strcmp(sample->name + length, suffixes[i][1]) == 0;
    ORACLE(right, "metrics: sample %s in family %s", sample->name, family->name);
}

// Buckets come in the order of their bounds.
static void check_order(struct reading *reading, const struct metrics_sample *sample)
{
    if (sample->label_count == 1 && strcmp(sample->labels[0].key, "le") == 0)
        ORACLE(metrics_bucket_of(sample->labels[0].value) == reading->buckets++,
               "metrics: bucket %s out of its place", sample->labels[0].value);
}

static void remember(struct reading *reading, const char *sample, size_t length)
{
    ORACLE(reading->sample_count < SAMPLES_MAX, "metrics: %zu samples", reading->sample_count);
    char *mine = reading->samples[reading->sample_count];
    memcpy(mine, sample, length);
    mine[length] = '\0';
    for (size_t i = 0; i < reading->sample_count; i++)
        ORACLE(strcmp(reading->samples[i], mine) != 0, "metrics: %s twice", mine);
    reading->sample_count++;
    reading->family_samples++;
}

static void read_sample(struct reading *reading, const char *line)
{
    struct metrics_sample sample = {.label_count = 0};
    struct metrics_number due;
    const char *at = line;
    take(&at, PREFIX);
    take_word(&at, "{ ", sample.name);
    if (*at == '{')
        take_labels(&at, &sample);
    remember(reading, line, (size_t)(at - line));
    take(&at, " ");
    const struct metrics_number number = take_number(at);
    check_suffix(reading, &sample);
    check_order(reading, &sample);
    ORACLE(metrics_number_of(reading->model, reading->facts, &sample, &due),
           "metrics: `%s': there is no such one", line);
    ORACLE(number.whole == due.whole && number.thousandths == due.thousandths,
           "metrics: `%s', not %lu (%d)", line, due.whole, due.thousandths);
}

// The length of a line with its end.
static size_t read_line(struct reading *reading, const char *at, size_t left)
{
    char line[LINE_BYTES];
    const char *end = memchr(at, '\n', left);
    ORACLE(end != NULL && end - at < LINE_BYTES, "metrics: a line without end");
    const size_t length = (size_t)(end - at);
    memcpy(line, at, length);
    line[length] = '\0';
    for (size_t i = 0; i < length; i++)
        ORACLE(line[i] >= ' ' && line[i] <= '~', "metrics: byte %#x", (unsigned char)line[i]);
    if (line[0] == '#')
        read_comment(reading, line);
    else
        read_sample(reading, line);
    return length + 1;
}

void metrics_model_read(const struct listener_model *model, const struct metrics_model_facts *facts,
                        const char *page, size_t length)
{
    static const char last[] = "# EOF\n";
    static struct reading reading;
    const size_t body = length - (sizeof(last) - 1);
    size_t at = 0;
    memset(&reading, 0, offsetof(struct reading, samples));
    reading.model = model;
    reading.facts = facts;
    ORACLE(length >= sizeof(last) && memcmp(page + body, last, sizeof(last) - 1) == 0,
           "metrics: the page does not end in # EOF");
    while (at < body)
        at += read_line(&reading, page + at, body - at);
    end_family(&reading);
    ORACLE(reading.sample_count == metrics_sample_count(), "metrics: %zu samples, not %zu",
           reading.sample_count, metrics_sample_count());
}

// RFC 9112: each line of the head once, an empty one, and so many bytes as it says.
void metrics_model_answer(const struct listener_model *model,
                          const struct metrics_model_facts *facts, const char *answer,
                          size_t length)
{
    static const char type[] =
        "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    char head[512], due[64];
    const char *end = memmem(answer, length, "\r\n\r\n", 4);
    ORACLE(end != NULL && end - answer < (ptrdiff_t)sizeof(head) - 4, "metrics: no head");
    const size_t head_length = (size_t)(end - answer) + 4;
    memcpy(head, answer, head_length);
    head[head_length] = '\0';
    snprintf(due, sizeof(due), "\r\nContent-Length: %zu\r\n", length - head_length);
    ORACLE(strncmp(head, "HTTP/1.1 200 OK\r\n", 17) == 0 && strstr(head, type) != NULL &&
               strstr(head, "\r\nConnection: close\r\n") != NULL && strstr(head, due) != NULL,
           "metrics: the head is `%s'", head);
    metrics_model_read(model, facts, end + 4, length - head_length);
}
