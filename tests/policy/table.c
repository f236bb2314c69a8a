// SPDX-License-Identifier: ISC
#include "table.h"

#include "report.h"
#include "value.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INCLUDE_DEPTH_MAX 2
#define WORDS_MAX         64
#define LINE_MAX_BYTES    1024

// Where the reader stands.
struct reader {
    struct table *table;
    const char *file;
    unsigned line;
    const char *without; // a call whose rows are left out, or NULL
    int depth;
};

static void table_read(struct table *table, const char *path, const char *without, int depth);

static _Noreturn void refuse(const struct reader *reader, const char *what, const char *word)
{
    report_bail("%s:%u: %s: %s", reader->file, reader->line, what, word);
}

// Makes room for one more of an array's elements.
static void *grow(void *array, size_t count, size_t size)
{
    void *grown = reallocarray(array, count + 1, size);
    if (grown == NULL)
        report_bail("out of memory");
    return grown;
}

static const char *keep(struct table *table, const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL)
        report_bail("out of memory");
    table->texts = grow(table->texts, table->text_count, sizeof(*table->texts));
    table->texts[table->text_count++] = copy;
    return copy;
}

uint32_t table_arch(const char *name)
{
    if (strcmp(name, "x86_64") == 0)
        return AUDIT_ARCH_X86_64;
    return strcmp(name, "aarch64") == 0 ? AUDIT_ARCH_AARCH64 : 0;
}

bool table_names(const struct table *table, int number)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (row->number == number && (row->want == SECCOMP_RET_ALLOW || row->others[0] != 0))
            return true;
    }
    return false;
}

static void row_append(struct table *table, const struct row *row)
{
    table->rows = grow(table->rows, table->count, sizeof(*row));
    table->rows[table->count++] = *row;
}

// "argN" as N; anything else is refused.
static unsigned argument_index(const struct reader *reader, const char *word, size_t length)
{
    if (length != 4 || strncmp(word, "arg", 3) != 0 || word[3] < '0' || word[3] > '5')
        refuse(reader, "not an argument", word);
    return (unsigned)(word[3] - '0');
}

static uint64_t value_of(const struct reader *reader, const char *word)
{
    uint64_t value;
    if (!value_parse(word, &value))
        refuse(reader, "not a value", word);
    return value;
}

// "or NAME {or NAME}" and nothing behind it.
static void read_others(const struct reader *reader, char **words, struct row *row)
{
    uint64_t value;
    for (size_t i = 0; words[0] != NULL; i++, words += 2) {
        if (strcmp(words[0], "or") != 0 || words[1] == NULL || i == OTHERS_MAX ||
            !value_constant(words[1], &value))
            refuse(reader, "not a verdict", words[0]);
        row->others[i] = words[1][0] == 'S' ? (int)value : -(int)value;
    }
}

// What stands behind "->".
static void read_verdict(const struct reader *reader, char **words, struct row *row)
{
    if (words[0] == NULL)
        refuse(reader, "no verdict", row->text);
    if (strcmp(words[0], "kill") == 0) {
        row->want = SECCOMP_RET_KILL_PROCESS;
        read_others(reader, words + 1, row);
    } else if (strcmp(words[0], "allow") == 0 && words[1] == NULL) {
        row->want = SECCOMP_RET_ALLOW;
    } else {
        refuse(reader, "not a verdict", words[0]);
    }
}

// "flip argN {argN} [but VALUE]"; returns where "->" stands.
static char **read_flip(const struct reader *reader, char **words, struct row *row)
{
    for (; *words != NULL && strncmp(*words, "arg", 3) == 0; words++) {
        unsigned index = argument_index(reader, *words, strlen(*words));
        if (!(row->named & 1U << index))
            refuse(reader, "flipped without a value", *words);
        row->flipped |= (uint8_t)(1U << index);
    }
    if (row->flipped == 0)
        refuse(reader, "flips nothing", row->text);
    if (*words != NULL && strcmp(*words, "but") == 0 && words[1] != NULL) {
        row->but = value_of(reader, words[1]);
        words += 2;
    }
    return words;
}

// The columns and the rest of the row. False: the row is another architecture's.
static bool read_columns(const struct reader *reader, char **words, struct row *row)
{
    bool ours = true;
    for (; *words != NULL && strcmp(*words, "->") != 0; words++) {
        const char *equals = strchr(*words, '=');
        if (strcmp(*words, "flip") == 0) {
            words = read_flip(reader, words + 1, row);
            break;
        }
        if (equals == NULL)
            refuse(reader, "not a column", *words);
        if (strncmp(*words, "arch=", 5) == 0) {
            if (table_arch(equals + 1) == 0)
                refuse(reader, "not an architecture", equals + 1);
            ours = table_arch(equals + 1) == reader->table->arch;
            continue;
        }
        unsigned index = argument_index(reader, *words, (size_t)(equals - *words));
        if (row->named & 1U << index)
            refuse(reader, "an argument twice", *words);
        row->named |= (uint8_t)(1U << index);
        row->args[index] = value_of(reader, equals + 1);
    }
    if (*words == NULL || strcmp(*words, "->") != 0)
        refuse(reader, "no verdict", row->text);
    read_verdict(reader, words + 1, row);
    return ours;
}

static int call_number(const struct reader *reader, const char *word)
{
    if (strncmp(word, "nr=", 3) == 0)
        return (int)value_of(reader, word + 3);
    int number = value_call(word, reader->table->arch);
    if (number < 0)
        refuse(reader, "not a call of this architecture (arch=?)", word);
    return number;
}

static bool is_call(const char *word)
{
    return strcmp(word, "->") != 0 && strcmp(word, "flip") != 0 &&
           (strchr(word, '=') == NULL || strncmp(word, "nr=", 3) == 0);
}

static void read_row(const struct reader *reader, char **words, const char *text)
{
    struct row row = {.file = reader->file, .line = reader->line, .text = text};
    char **columns = words;
    while (*columns != NULL && is_call(*columns))
        columns++;
    if (columns == words)
        refuse(reader, "no call", text);
    if (!read_columns(reader, columns, &row))
        return;
    for (; words != columns; words++) {
        if (reader->without != NULL && strcmp(reader->without, *words) == 0)
            continue;
        row.number = call_number(reader, *words);
        row_append(reader->table, &row);
    }
}

static void read_include(const struct reader *reader, char **words)
{
    char path[4096];
    const char *slash = strrchr(reader->file, '/');
    if (words[1] == NULL || words[2] == NULL || strcmp(words[2], "but") != 0 || words[3] == NULL ||
        words[4] != NULL)
        refuse(reader, "not an include", "include FILE but NAME");
    if (reader->depth == INCLUDE_DEPTH_MAX)
        refuse(reader, "too deep", words[1]);
    int folder = slash == NULL ? 0 : (int)(slash + 1 - reader->file);
    int length = snprintf(path, sizeof(path), "%.*s%s", folder, reader->file, words[1]);
    if (length < 0 || (size_t)length >= sizeof(path))
        refuse(reader, "too long", words[1]);
    table_read(reader->table, keep(reader->table, path), keep(reader->table, words[3]),
               reader->depth + 1);
}

static void read_line(const struct reader *reader, char *line)
{
    char *words[WORDS_MAX + 1] = {NULL};
    size_t count = 0;
    line[strcspn(line, "#\n")] = '\0';
    line += strspn(line, " ");
    if (*line == '\0')
        return;
    const char *text = keep(reader->table, line);
    for (char *word; (word = strsep(&line, " ")) != NULL;) {
        if (*word == '\0')
            continue;
        if (count == WORDS_MAX)
            refuse(reader, "too many words", word);
        words[count++] = word;
    }
    if (strcmp(words[0], "include") == 0)
        read_include(reader, words);
    else if (strcmp(text, "everything else -> kill") == 0)
        reader->table->closed = true;
    else
        read_row(reader, words, text);
}

static void table_read(struct table *table, const char *path, const char *without, int depth)
{
    char line[LINE_MAX_BYTES];
    struct reader reader = {.table = table, .file = path, .without = without, .depth = depth};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        report_bail_errno(path);
    while (fgets(line, sizeof(line), file) != NULL) {
        reader.line++;
        if (strchr(line, '\n') == NULL)
            refuse(&reader, "a line without an end", line);
        read_line(&reader, line);
    }
    if (ferror(file))
        report_bail_errno(path);
    fclose(file);
}

void table_load(struct table *table, const char *path, const char *arch)
{
    *table = (struct table){.arch = table_arch(arch)};
    if (table->arch == 0)
        report_bail("%s: not an architecture", arch);
    table_read(table, path, NULL, 0);
    if (table->count == 0)
        report_bail("%s: no row: a run of nothing proves nothing", path);
    if (!table->closed)
        report_bail("%s: no line \"everything else -> kill\"", path);
}
