// SPDX-License-Identifier: ISC
#include "oci_model.h"

#include <linux/audit.h>
#include <string.h>
#include <strings.h>

#include "oci_parts.h"
#include "policy_parts.h"

#define FOR_EACH(reader, at, list)                                                                 \
    for (int at = first_of((reader), (list)); at >= 0; at = next_of((reader), at))

bool oci_is_kind(struct oci_reader *reader, int node, char kind)
{
    bool same = reader->json->nodes[node].kind == kind;
    reader->wrong = reader->wrong || !same;
    return same;
}

int oci_get(struct oci_reader *reader, int object, const char *key, char kind)
{
    int node = json_member(reader->json, object, key);
    return node >= 0 && oci_is_kind(reader, node, kind) ? node : -1;
}

int oci_need(struct oci_reader *reader, int object, const char *key, char kind)
{
    int node = oci_get(reader, object, key, kind);
    reader->wrong = reader->wrong || node < 0;
    return node;
}

const char *oci_text_of(const struct oci_reader *reader, int node)
{
    return node < 0 ? "" : reader->json->nodes[node].text;
}

uint64_t oci_count_of(struct oci_reader *reader, int node, uint64_t most)
{
    const char *text = oci_text_of(reader, node);
    unsigned __int128 sum = 0;
    for (; *text >= '0' && *text <= '9' && sum <= most; text++)
        sum = sum * 10 + (unsigned)(*text - '0');
    if (*text != '\0' || sum > most)
        reader->wrong = true;
    return (uint64_t)sum;
}

void oci_remark(struct oci_reader *reader, bool when)
{
    reader->model->remarks += when ? 1 : 0;
}

void oci_model_keys(struct oci_reader *reader, int object, const char *keys)
{
    FOR_EACH(reader, at, object)
    {
        const char *key = reader->json->nodes[at].key;
        bool known = false, near = false, docker = false;
        for (const char *name = keys; *name != '\0'; name += strcspn(name, " ") + 1) {
            bool plus = *name == '+';
            name += plus ? 1 : 0;
            size_t length = strcspn(name, " ");
            bool same_length = strlen(key) == length;
            docker = docker || (plus && same_length && memcmp(name, key, length) == 0);
            known = known || (same_length && memcmp(name, key, length) == 0);
            near = near || (same_length && strncasecmp(name, key, length) == 0);
        }
        reader->wrong = reader->wrong || (near && !known);
        oci_remark(reader, !known || (docker && reader->runtime));
    }
}

static bool action_word(const char *word, uint32_t *action)
{
    static const struct {
        const char *word;
        uint32_t action;
    } table[] = {{"KILL", 0},         {"KILL_THREAD", 0},    {"KILL_PROCESS", 0x80000000},
                 {"TRAP", 0x30000},   {"ERRNO", 0x50000},    {"TRACE", 0x7ff00000},
                 {"LOG", 0x7ffc0000}, {"ALLOW", 0x7fff0000}, {"NOTIFY", 0x7fc00000}};
    for (size_t i = 0; strncmp(word, "SCMP_ACT_", 9) == 0 && i < 9; i++)
        if (strcmp(word + 9, table[i].word) == 0) {
            *action = table[i].action;
            return true;
        }
    return false;
}

// A name of an error, or its number in quotes.
static uint32_t error_named(struct oci_reader *reader, const char *text)
{
    uint64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    struct model_word word = {.text = text, .length = (uint32_t)strlen(text)};
    for (size_t i = 0; i < digits && number <= 4095; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    if (digits > 0 && text[digits] == '\0' && number <= 4095)
        return (uint32_t)number;
    number = model_errno(&word);
    reader->wrong = reader->wrong || number == 0;
    return (uint32_t)number;
}

uint32_t oci_model_action(struct oci_reader *reader, int object, const char *word,
                          const char *number, const char *name)
{
    uint32_t action = 0;
    int node = oci_need(reader, object, word, 's');
    if (node < 0 || !action_word(oci_text_of(reader, node), &action)) {
        reader->wrong = true;
        return 0;
    }
    int count = oci_get(reader, object, number, 'n');
    int text = reader->runtime ? -1 : oci_get(reader, object, name, 's');
    bool takes = action == 0x50000 || action == 0x7ff00000;
    oci_remark(reader, !takes && (count >= 0 || oci_text_of(reader, text)[0] != '\0'));
    if (!takes)
        return action;
    uint32_t data = 1;
    if (count >= 0)
        data = (uint32_t)oci_count_of(reader, count, action == 0x50000 ? 4095 : 65535);
    if (oci_text_of(reader, text)[0] != '\0')
        data = error_named(reader, oci_text_of(reader, text));
    return action | data;
}

static int find_profile(struct oci_reader *reader)
{
    bool configuration = false;
    if (!oci_is_kind(reader, 0, '{'))
        return -1;
    FOR_EACH(reader, at, 0)
    configuration = configuration || strcmp(reader->json->nodes[at].key, "linux") == 0 ||
                    strcmp(reader->json->nodes[at].key, "ociVersion") == 0;
    if (!configuration)
        return 0;
    reader->runtime = true;
    int system = oci_need(reader, 0, "linux", '{');
    return system < 0 ? -1 : oci_need(reader, system, "seccomp", '{');
}

static void read_flags(struct oci_reader *reader, int profile)
{
    static const char *const flags[] = {"TSYNC", "LOG", "SPEC_ALLOW", "WAIT_KILLABLE_RECV"};
    static const char prefix[] = "SECCOMP_FILTER_FLAG_";
    int list = oci_get(reader, profile, "flags", '[');
    FOR_EACH(reader, at, list)
    {
        bool known = false;
        const char *text = oci_is_kind(reader, at, 's') ? oci_text_of(reader, at) : "";
        for (size_t i = 0; i < 4; i++)
            known = known || (strncmp(text, prefix, strlen(prefix)) == 0 &&
                              strcmp(text + strlen(prefix), flags[i]) == 0);
        reader->wrong = reader->wrong || !known;
    }
}

static void read_profile(struct oci_reader *reader, int profile)
{
    struct oci_model *model = reader->model;
    oci_model_keys(reader, profile,
                   "defaultAction defaultErrnoRet +defaultErrno architectures +archMap flags "
                   "listenerPath listenerMetadata syscalls ");
    read_flags(reader, profile);
    oci_get(reader, profile, "listenerPath", 's');
    oci_get(reader, profile, "listenerMetadata", 's');
    model->default_action =
        oci_model_action(reader, profile, "defaultAction", "defaultErrnoRet", "defaultErrno");
    model->bad_arch_action = 0;
    oci_remark(reader, model->default_action == 0x7fc00000);
    oci_model_archs(reader, profile);
    int list = oci_get(reader, profile, "syscalls", '[');
    FOR_EACH(reader, at, list)
    oci_model_entry(reader, at);
    oci_remark(reader, model->unknown_count > 0);
}

static struct json_model json;
static bool is_json;

const struct json_model *oci_model_json(void)
{
    return is_json ? &json : NULL;
}

bool oci_model_read(struct oci_model *model, const struct oci_model_options *options,
                    const char *text, size_t length)
{
    struct oci_reader reader = {.json = &json, .options = options, .model = model};
    model->unsure = false;
    model->arch_count = model->count = model->unknown_count = 0;
    model->remarks = 0;
    is_json = json_model_read(&json, text, length);
    if (!is_json)
        return false;
    int profile = find_profile(&reader);
    if (profile >= 0)
        read_profile(&reader, profile);
    return profile >= 0 && !reader.wrong && oci_model_agrees(model);
}

static bool saying_holds(const struct oci_saying *saying, const struct seccomp_data *data)
{
    for (size_t i = 0; i < saying->count; i++)
        if (!policy_model_holds(&saying->tests[i], NULL, data->args[saying->tests[i].arg],
                                model_arch_wide(data->arch)))
            return false;
    return true;
}

uint32_t oci_model_decide(const struct oci_model *model, const struct seccomp_data *data)
{
    size_t arch = 0;
    const struct oci_saying *found = NULL;
    while (arch < model->arch_count && model->arch[arch] != data->arch)
        arch++;
    if (arch == model->arch_count ||
        (data->arch == AUDIT_ARCH_X86_64 && (uint32_t)data->nr >= 0x40000000 && data->nr != -1))
        return model->bad_arch_action;
    for (size_t i = 0; i < model->count; i++) {
        const struct oci_saying *saying = &model->sayings[i];
        if ((saying->archs >> arch & 1) == 0 ||
            oci_model_number(data->arch, saying->call) != data->nr)
            continue;
        if (saying->count == 0)
            return saying->action; // without args: it beats all others
        if (found == NULL && saying_holds(saying, data))
            found = saying;
    }
    return found == NULL ? model->default_action : found->action;
}

struct seccomp_data oci_model_call(const struct oci_model *model, struct dice *dice)
{
    struct seccomp_data data = {.nr = (int)(dice_roll(dice) % 500)};
    data.arch = model->arch[dice_roll(dice) % model->arch_count];
    for (size_t i = 0; i < 6; i++)
        data.args[i] = dice_roll(dice) % 3;
    if (model->count == 0)
        return data;
    const struct oci_saying *saying = &model->sayings[dice_roll(dice) % model->count];
    data.nr = oci_model_number(data.arch, saying->call);
    if (dice_roll(dice) % 16 == 0)
        data.nr |= 0x40000000;
    if (dice_roll(dice) % 32 == 0)
        data.arch ^= 1;
    for (size_t i = 0; i < saying->count; i++)
        data.args[saying->tests[i].arg] = calls_meet(&saying->tests[i], dice, NULL);
    if (saying->count > 0 && dice_roll(dice) % 2 == 0) {
        uint8_t arg = saying->tests[dice_roll(dice) % saying->count].arg;
        data.args[arg] = calls_aside(data.args[arg], dice);
    }
    return data;
}
