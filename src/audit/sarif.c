// SPDX-License-Identifier: ISC
//
// sarif.c: the document, written as it goes.
//
// Columns are bytes, which for the places that findings have are characters too: names, numbers and
// punctuation of a policy are ASCII, and comments come after them.
#include "sarif.h"

#include <ctype.h>
#include <string.h>

#include "json.h"

static void write_text(FILE *stream, const char *key, const char *text)
{
    fprintf(stream, ", \"%s\": {\"text\": ", key);
    json_string(stream, text);
    putc('}', stream);
}

static void write_rule(FILE *stream, const char *id, const struct lint_rule *rule, bool first)
{
    fprintf(stream, "%s\n        {\"id\": \"%s\"", first ? "" : ",", id);
    write_text(stream, "shortDescription", rule->summary);
    write_text(stream, "fullDescription", rule->why);
    write_text(stream, "help", rule->fix);
    fprintf(stream, ", \"defaultConfiguration\": {\"level\": \"%s\"}}",
            check_severity(rule->severity));
}

void sarif_begin(struct sarif *sarif, FILE *stream)
{
    static const struct lint_rule language = {
        CHECK_LANGUAGE, SEVERITY_ERROR, "the file is not a policy",
        "What has no meaning cannot be enforced.", "see the message"};
    *sarif = (struct sarif){.stream = stream};
    fputs("{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
          " \"version\": \"2.1.0\",\n"
          " \"runs\": [\n  {\"tool\": {\"driver\": {\"name\": \"seccomp-audit\", \"version\": ",
          stream);
    json_string(stream, ECHOCELL_VERSION);
    fputs(", \"rules\": [", stream);
    for (unsigned i = 0; i < LINT_RULES; i++)
        write_rule(stream, lint_rule((enum lint_id)i)->id, lint_rule((enum lint_id)i), i == 0);
    write_rule(stream, language.id, &language, false);
    fputs("]}},\n   \"columnKind\": \"unicodeCodePoints\",\n   \"results\": [", stream);
}

// A path as a URI (RFC 3986): absolute ones with their scheme, others relative to wherever the
// reader says that the tool ran.
static void write_uri(FILE *stream, const char *path)
{
    fputs(path[0] == '/' ? "\"file://" : "\"", stream);
    for (; *path != '\0'; path++)
        if (isalnum((unsigned char)*path) || strchr("/-._~", *path) != NULL)
            putc(*path, stream);
        else
            fprintf(stream, "%%%02X", (unsigned char)*path);
    putc('"', stream);
}

static void write_location(FILE *stream, const struct check_record *record)
{
    fputs(", \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ", stream);
    write_uri(stream, record->at.file);
    putc('}', stream);
    if (record->at.line > 0)
        fprintf(stream, ", \"region\": {\"startLine\": %u, \"startColumn\": %u, \"endColumn\": %u}",
                record->at.line, record->at.column, record->at.column + record->width);
    fputs("}}]", stream);
}

void sarif_result(struct sarif *sarif, const struct check_record *record)
{
    FILE *stream = sarif->stream;
    fprintf(stream, "%s\n    {\"ruleId\": \"%s\", \"ruleIndex\": %zu, \"level\": \"%s\"",
            sarif->results++ == 0 ? "" : ",", record->rule, record->rule_number,
            check_severity(record->severity));
    write_text(stream, "message", record->message);
    write_location(stream, record);
    fputs(", \"suppressions\": [", stream);
    if (record->waiver != NULL) {
        fputs("{\"kind\": \"inSource\", \"justification\": ", stream);
        json_string(stream, record->waiver);
        putc('}', stream);
    }
    fputs("]}", stream);
}

void sarif_end(struct sarif *sarif, bool complete)
{
    fprintf(sarif->stream, "],\n   \"invocations\": [{\"executionSuccessful\": %s}]}]}\n",
            complete ? "true" : "false");
}
