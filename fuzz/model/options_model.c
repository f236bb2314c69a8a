// SPDX-License-Identifier: ISC
#include "options_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum kind {
    ADDRESS,
    NETWORK,
    WORD,
    COUNT,
    DURATION,
    LAYERS,
    TEXT,
    NAME,
    FLAG,
    ACTION,
    PRINT,
    METRICS
};

struct row {
    const char *name;
    char letter; // 0: none
    enum kind kind;
    size_t field;
    const char *words; // each followed by a blank
    uint64_t low, high;
};

#define FIELD(name) offsetof(struct options_model, name)
#define DAY         (UINT64_C(86400) * 1000)

static const struct row rows[] = {
    {"listen", 'l', ADDRESS, 0, NULL, 0, 0},
    {"protocol", 'p', WORD, FIELD(protocol), "ack echo record ", 0, 0},
    {"ack", 0, TEXT, FIELD(ack), NULL, 0, 0},
    {"user", 'u', NAME, FIELD(user), NULL, 0, 0},
    {"max-sessions", 0, COUNT, FIELD(max_sessions), NULL, 1, 65536},
    {"max-per-source", 0, COUNT, FIELD(max_per_source), NULL, 0, 65536},
    {"penalty", 0, DURATION, FIELD(penalty), NULL, 0, DAY},
    {"exempt", 0, NETWORK, 0, NULL, 0, 0},
    {"crash-budget", 0, COUNT, FIELD(crash_budget), NULL, 0, 1000000},
    {"idle-timeout", 0, DURATION, FIELD(idle), NULL, 1, DAY},
    {"send-timeout", 0, DURATION, FIELD(send), NULL, 1, DAY},
    {"session-timeout", 0, DURATION, FIELD(session), NULL, 1, DAY},
    {"drain-timeout", 0, DURATION, FIELD(drain), NULL, 0, DAY},
    {"metrics", 0, METRICS, 0, NULL, 0, 0},
    {"require", 0, LAYERS, 0, NULL, 0, 0},
    {"trace", 0, FLAG, FIELD(trace), NULL, 0, 0},
    {"diagnose", 0, FLAG, FIELD(diagnose), NULL, 0, 0},
    {"log-level", 0, WORD, FIELD(log_level), "error warning info debug ", 0, 0},
    {"log-format", 0, WORD, FIELD(log_format), "text json ", 0, 0},
    {"check", 0, ACTION, 0, NULL, 1, 0},
    {"help", 'h', ACTION, 0, NULL, 2, 0},
    {"version", 'V', ACTION, 0, NULL, 3, 0},
    {"print-policy", 0, PRINT, FIELD(print_policy), "session listener session-trace ", 4, 0},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char layers[] =
    "identity groups capabilities securebits root netns ipcns utsns mountns "
    "no_new_privs nodump mdwe landlock landlock_scope listener_filter "
    "session_filter session_limits ";

// The place of a word in a list; -1: it is not there.
static int place_in(const char *list, const char *word, size_t length)
{
    for (int place = 0; *list != '\0'; place++) {
        size_t size = strcspn(list, " ");
        if (size == length && memcmp(list, word, size) == 0)
            return place;
        list += size + 1;
    }
    return -1;
}

// Up to nine digits; how many there are, 0 for none or too many.
static size_t digits(const char *text, uint64_t *number)
{
    size_t count = 0;
    *number = 0;
    while (text[count] >= '0' && text[count] <= '9')
        *number = *number * 10 + (uint64_t)(text[count++] - '0');
    return count <= 9 ? count : 0;
}

// Notes why a value is refused.
static bool because(struct options_model *model, const char *why)
{
    model->why = why;
    return false;
}

static bool set_count(struct options_model *model, const struct row *row, const char *text,
                      void *field)
{
    uint64_t number;
    size_t count = digits(text, &number);
    uint32_t value = (uint32_t)number;
    memcpy(field, &value, sizeof(value));
    if (count == 0 || text[count] != '\0')
        return because(model, "not a decimal number in range");
    return (number >= row->low && number <= row->high) || because(model, "out of range");
}

static bool set_duration(struct options_model *model, const struct row *row, const char *text,
                         void *field)
{
    static const uint64_t sizes[] = {1, 1000, 60000, 3600000};
    uint64_t number;
    size_t count = digits(text, &number);
    int unit = place_in("ms s m h ", text + count, strlen(text + count));
    bool bare = number == 0 && text[count] == '\0';
    if (count == 0 || (unit < 0 && !bare))
        return because(model, "not a duration like 500ms, 30s, 5m or 1h");
    number *= unit < 0 ? 1 : sizes[unit];
    memcpy(field, &number, sizeof(number));
    if (number < row->low)
        return because(model, "too short: it cannot be 0");
    return number <= row->high || because(model, "too long: at most 24h");
}

static bool set_word(const struct row *row, const char *text, void *field)
{
    int place = place_in(row->words, text, strlen(text));
    memcpy(field, &place, sizeof(place));
    return place >= 0;
}

static bool set_layers(struct options_model *model, const char *text)
{
    if (strcmp(text, "all") == 0) {
        model->require |= (UINT32_C(1) << 17) - 1;
        return true;
    }
    for (;; text++) {
        size_t length = strcspn(text, ",");
        int place = place_in(layers, text, length);
        if (place < 0)
            return false;
        model->require |= UINT32_C(1) << place;
        text += length;
        if (*text == '\0')
            return true;
    }
}

static bool set_text(struct options_model *model, const char *text, void *field)
{
    size_t length = strlen(text);
    memcpy(field, &text, sizeof(text));
    if (length < 1 || length > 64)
        return because(model, "not 1 to 64 bytes long");
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] == 0x7f)
            return because(model, "not printable ASCII");
    return true;
}

static bool set_network(struct options_model *model, const char *text)
{
    if (model->exempt_count == MODEL_EXEMPT)
        return because(model, "more than 64 networks");
    return model_read_network(text, &model->exempt[model->exempt_count++]);
}

static bool set_listen(struct options_model *model, const char *text)
{
    if (model->listen_count == MODEL_LISTEN)
        return because(model, "more than 16 addresses");
    return model_read_pair(text, &model->listen[model->listen_count++]);
}

static bool set(struct options_model *model, const struct row *row, const char *text)
{
    void *field = (char *)model + row->field;
    if (row->kind == ACTION || row->kind == PRINT)
        model->action = model->action == 0 ? (unsigned)row->low : model->action;
    switch (row->kind) {
    case ADDRESS: return set_listen(model, text);
    case METRICS: model->metrics = true; return model_read_pair(text, &model->metrics_address);
    case NETWORK: return set_network(model, text);
    case COUNT: return set_count(model, row, text, field);
    case DURATION: return set_duration(model, row, text, field);
    case LAYERS: return set_layers(model, text);
    case TEXT: return set_text(model, text, field);
    case NAME:
        memcpy(field, &text, sizeof(text));
        return text[0] != '\0' || because(model, "empty");
    case FLAG: *(bool *)field = true; return true;
    case ACTION: return true;
    default: return set_word(row, text, field);
    }
}

static bool takes_value(const struct row *row)
{
    return row->kind != FLAG && row->kind != ACTION;
}

__attribute__((format(printf, 2, 3))) static bool refuse(struct options_model *model,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(model->what, sizeof(model->what), format, arguments);
    va_end(arguments);
    model->word_known = true;
    return false;
}

// The option of that name, or the only one that begins so.
static const struct row *find_long(const char *name, size_t length)
{
    const struct row *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (strncmp(rows[i].name, name, length) != 0)
            continue;
        if (rows[i].name[length] == '\0')
            return &rows[i];
        found = &rows[i];
        count++;
    }
    return count == 1 ? found : NULL;
}

// Words that are not read yet.
struct line {
    char **next;
    char **end;
};

static bool read_long(struct options_model *model, struct line *line, const char *word)
{
    size_t length = strcspn(word + 2, "=");
    const char *value = word[2 + length] == '=' ? word + 3 + length : NULL;
    const struct row *row = find_long(word + 2, length);
    model->why = row == NULL ? "unknown or ambiguous option" : "takes no value";
    if (row == NULL || (value != NULL && !takes_value(row)))
        return refuse(model, "%s", word);
    model->why = "needs a value";
    if (takes_value(row) && value == NULL) {
        if (line->next == line->end)
            return refuse(model, "%s", word);
        value = *line->next++;
    }
    model->why = NULL;
    return set(model, row, value) || refuse(model, "--%s=%s", row->name, value);
}

static bool read_short(struct options_model *model, struct line *line, const char *word)
{
    for (word++; *word != '\0'; word++) {
        const struct row *row = NULL;
        for (size_t i = 0; i < ROWS; i++)
            if (rows[i].letter == *word)
                row = &rows[i];
        model->why = "unknown or ambiguous option";
        if (row == NULL)
            return refuse(model, "-%c", *word);
        if (!takes_value(row)) {
            set(model, row, NULL);
            continue;
        }
        const char *value = word[1] != '\0' ? word + 1 : NULL;
        model->why = "needs a value";
        if (value == NULL && line->next == line->end)
            return refuse(model, "-%c", *word);
        if (value == NULL)
            value = *line->next++;
        model->why = NULL;
        return set(model, row, value) || refuse(model, "-%c %s", row->letter, value);
    }
    return true;
}

static bool read_operands(struct options_model *model, char **words, size_t count)
{
    struct model_address *address = &model->listen[model->listen_count];
    model->why = model->listen_count > 0 ? "ADDRESS PORT and --listen exclude each other"
                 : count == 1            ? "an ADDRESS needs a PORT behind it"
                                         : "one word too many";
    if (count == 0)
        return true;
    if (model->listen_count > 0 || count == 1)
        return refuse(model, "%s", words[0][0] != '\0' ? words[0] : "''");
    if (count > 2)
        return refuse(model, "%s", words[2][0] != '\0' ? words[2] : "''");
    model->why = NULL;
    model->listen_count++;
    if (!model_read_address(words[0], strlen(words[0]), address))
        return refuse(model, "%s", words[0][0] != '\0' ? words[0] : "''");
    return model_read_port(words[1], address) ||
           refuse(model, "%s", words[1][0] != '\0' ? words[1] : "''");
}

static void set_defaults(struct options_model *model)
{
    memset(model, 0, sizeof(*model));
    model->ack = "------k";
    model->max_sessions = 512;
    model->max_per_source = 32;
    model->penalty = 90000;
    model->crash_budget = 20;
    model->idle = 60000;
    model->send = 15000;
    model->session = 300000;
    model->drain = 10000;
    model->log_level = 2;
}

bool options_model_read(int argc, char **argv, struct options_model *model)
{
    char *operands[3];
    size_t count = 0;
    bool only_operands = false;
    struct line line = {argv + 1, argv + argc};
    set_defaults(model);
    while (line.next < line.end) {
        char *word = *line.next++;
        bool option = !only_operands && word[0] == '-' && word[1] != '\0';
        if (option && strcmp(word, "--") == 0)
            only_operands = true;
        else if (!option && count++ < 3)
            operands[count - 1] = word;
        else if (option &&
                 !(word[1] == '-' ? read_long(model, &line, word) : read_short(model, &line, word)))
            return false;
    }
    return read_operands(model, operands, count);
}
