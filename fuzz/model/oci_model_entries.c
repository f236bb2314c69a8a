// SPDX-License-Identifier: ISC
//
// oci_model_entries.c: the elements of "syscalls", and whether they contradict each other.
#include <string.h>

#include "oci_parts.h"
#include "policy/constants.h"
#include "policy_parts.h"
#include "truth_model.h"

enum { ARGS = 64, PER_CALL = 256 };

// linux/net.h and linux/ipc.h: the calls behind socketcall and ipc, by their numbers from 1 on.
static const char socket_calls[] =
    "socket bind connect listen accept getsockname getpeername socketpair send recv sendto "
    "recvfrom "
    "shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg ";
static const char ipc_calls[] = "semop semget semctl semtimedop - - - - - - msgsnd msgrcv msgget "
                                "msgctl - - - - - - shmat shmdt shmget shmctl ";

static int place_in(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (int place = 1; *list != '\0'; place++) {
        size_t size = strcspn(list, " ");
        if (size == length && memcmp(list, word, size) == 0 && *word != '-')
            return place;
        list += size + 1;
    }
    return 0;
}

int oci_model_number(uint32_t arch, const char *call)
{
    struct model_word word = {.text = call, .length = (uint32_t)strlen(call)};
    return model_call_number(arch, &word);
}

static bool read_test(struct oci_reader *reader, int node, struct model_test *test)
{
    static const char operators[] = "EQ NE LT LE GT GE ";
    bool before = reader->wrong;
    reader->wrong = false;
    if (oci_is_kind(reader, node, '{')) {
        oci_model_keys(reader, node, "index value valueTwo op ");
        uint64_t index = oci_count_of(reader, oci_need(reader, node, "index", 'n'), 5);
        uint64_t value = oci_count_of(reader, oci_need(reader, node, "value", 'n'), UINT64_MAX);
        uint64_t two = oci_count_of(reader, oci_get(reader, node, "valueTwo", 'n'), UINT64_MAX);
        const char *op = oci_text_of(reader, oci_need(reader, node, "op", 's'));
        bool prefix = strncmp(op, "SCMP_CMP_", 9) == 0;
        int place = prefix ? place_in(operators, op + 9) : 0;
        bool masked = prefix && strcmp(op + 9, "MASKED_EQ") == 0;
        reader->wrong = reader->wrong || (place == 0 && !masked);
        *test = (struct model_test){.arg = (uint8_t)index, .param = -1, .value = value};
        test->how = masked ? HOW_MASKED : (enum model_how)(HOW_EQ + (place > 0 ? place - 1 : 0));
        oci_remark(reader, masked ? (two & ~value) != 0 : two != 0);
        oci_remark(reader, masked && value == 0);
        if (masked) {
            test->mask = value;
            test->value = two & value;
        }
    }
    bool good = !reader->wrong;
    reader->wrong = reader->wrong || before;
    return good;
}

// Adds a saying for the architectures of one width, unless it means none.
static void say_on(struct oci_reader *reader, const char *call, uint32_t archs, bool narrow,
                   const struct oci_saying *what)
{
    struct oci_model *model = reader->model;
    size_t same = 0;
    if (archs == 0)
        return;
    for (size_t i = 0; i < model->count; i++)
        same += strcmp(model->sayings[i].call, call) == 0 ? 1 : 0;
    reader->wrong = reader->wrong || same >= PER_CALL;
    if (model->count == OCI_MODEL_SAYINGS) {
        model->unsure = true;
        return;
    }
    struct oci_saying *saying = &model->sayings[model->count++];
    saying->call = call;
    saying->archs = archs;
    saying->action = what->action;
    saying->gated = what->gated;
    saying->count = 0;
    for (size_t i = 0; i < what->count; i++) {
        struct model_test test = what->tests[i];
        test.mask &= narrow ? UINT32_MAX : UINT64_MAX;
        test.value &= narrow ? UINT32_MAX : UINT64_MAX;
        if (test.how != HOW_MASKED || test.mask != 0)
            saying->tests[saying->count++] = test;
    }
}

static void say(struct oci_reader *reader, const char *call, const struct oci_saying *what)
{
    struct oci_model *model = reader->model;
    uint32_t wide = 0, narrow = 0;
    bool large = false;
    for (size_t i = 0; i < model->arch_count; i++)
        if (oci_model_number(model->arch[i], call) >= 0)
            *(model_arch_wide(model->arch[i]) ? &wide : &narrow) |= UINT32_C(1) << i;
    for (size_t i = 0; i < what->count; i++)
        large = large || (what->tests[i].mask | what->tests[i].value) >> 32 != 0;
    if (!large) {
        say_on(reader, call, wide | narrow, false, what);
        return;
    }
    oci_remark(reader, narrow != 0);
    say_on(reader, call, wide, false, what);
    say_on(reader, call, narrow, true, what);
}

// What stands for a call stands for the one behind the gate too, but for its first argument.
static void say_gated(struct oci_reader *reader, const char *call, const struct oci_saying *what)
{
    static struct oci_saying gated;
    int socket = place_in(socket_calls, call), ipc = place_in(ipc_calls, call);
    if (socket == 0 && ipc == 0)
        return;
    const char *gate = socket != 0 ? "socketcall" : "ipc";
    bool there = false;
    gated.action = what->action;
    gated.gated = true;
    gated.count = 1;
    gated.tests[0] = (struct model_test){.value = (uint64_t)(socket + ipc), .param = -1};
    for (size_t i = 0; i < what->count; i++)
        if (what->tests[i].arg != 0)
            gated.tests[gated.count++] = what->tests[i];
    say(reader, gate, &gated);
    for (size_t i = 0; i < reader->model->arch_count; i++)
        there = there || oci_model_number(reader->model->arch[i], gate) >= 0;
    uint64_t one = UINT64_C(1) << (socket != 0 ? socket : ipc + 32);
    oci_remark(reader, there && what->count > 0 && (reader->gates & one) == 0);
    reader->gates |= there && what->count > 0 ? one : 0;
}

// Has any architecture this call, be the profile for it or not?
static bool call_known(const char *name)
{
    const struct model_arch *arch = NULL;
    if (place_in(socket_calls, name) != 0 || place_in(ipc_calls, name) != 0)
        return true;
    for (size_t i = 0; (arch = model_arch_at(i)) != NULL; i++)
        if (oci_model_number(arch->token, name) >= 0)
            return true;
    return false;
}

// A text has no room for more names than that.
static void add_unknown(struct oci_model *model, const char *name)
{
    size_t i = 0;
    while (i < model->unknown_count && strcmp(model->unknown[i], name) != 0)
        i++;
    if (i == model->unknown_count && i < OCI_MODEL_SAYINGS)
        model->unknown[model->unknown_count++] = name;
}

static void add_name(struct oci_reader *reader, int node, const struct oci_saying *all,
                     bool alternatives)
{
    static struct oci_saying one;
    const char *name = oci_is_kind(reader, node, 's') ? oci_text_of(reader, node) : "x";
    reader->wrong = reader->wrong || *name == '\0';
    if (!reader->wrong && !call_known(name))
        add_unknown(reader->model, name);
    if (reader->wrong || all->action == reader->model->default_action)
        return;
    for (size_t i = 0; i < (alternatives ? all->count : 1); i++) {
        one = *all;
        if (alternatives) {
            one.tests[0] = all->tests[i];
            one.count = 1;
        }
        say(reader, name, &one);
        say_gated(reader, name, &one);
    }
}

static bool read_tests(struct oci_reader *reader, int entry, struct oci_saying *all)
{
    bool alternatives = false;
    unsigned seen = 0;
    int list = oci_get(reader, entry, "args", '[');
    all->count = 0;
    if (list >= 0 && reader->json->nodes[list].count > ARGS) {
        reader->wrong = true;
        return false;
    }
    for (int at = first_of(reader, list); at >= 0; at = next_of(reader, at)) {
        struct model_test test;
        if (!read_test(reader, at, &test))
            continue;
        alternatives = alternatives || (seen >> test.arg & 1) != 0;
        seen |= 1U << test.arg;
        all->tests[all->count++] = test;
    }
    return alternatives;
}

void oci_model_entry(struct oci_reader *reader, int entry)
{
    static struct oci_saying all;
    if (!oci_is_kind(reader, entry, '{'))
        return;
    oci_model_keys(reader, entry,
                   "names +name action errnoRet +errno args +comment +includes +excludes ");
    oci_get(reader, entry, "comment", 's');
    all.action = oci_model_action(reader, entry, "action", "errnoRet", "errno");
    bool alternatives = read_tests(reader, entry, &all);
    oci_remark(reader, alternatives);
    bool here = reader->runtime || oci_model_stands(reader, entry);
    int names = oci_get(reader, entry, "names", '[');
    int name = reader->runtime ? -1 : oci_get(reader, entry, "name", 's');
    bool single = oci_text_of(reader, name)[0] != '\0';
    bool listed = first_of(reader, names) >= 0;
    reader->wrong = reader->wrong || single == listed;
    if (!listed && single && here)
        add_name(reader, name, &all, alternatives);
    for (int at = listed ? first_of(reader, names) : -1; at >= 0; at = next_of(reader, at)) {
        if (here)
            add_name(reader, at, &all, alternatives);
        else if (!oci_is_kind(reader, at, 's') || oci_text_of(reader, at)[0] == '\0')
            reader->wrong = true;
    }
}

// Can one call meet both, where registers are this wide?
static bool meet(const struct oci_saying *one, const struct oci_saying *other, bool wide,
                 bool *unsure)
{
    static struct truth_table table;
    struct model_test tests[130];
    size_t count = one->count + other->count;
    memcpy(tests, one->tests, one->count * sizeof(tests[0]));
    memcpy(tests + one->count, other->tests, other->count * sizeof(tests[0]));
    if (!truth_model(tests, count, NULL, wide, &table)) {
        *unsure = true;
        return false;
    }
    uint64_t all = count == 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    for (size_t i = 0; i < table.count; i++)
        if (table.rows[i] == all)
            return true;
    return false;
}

static bool contradict(struct oci_model *model, const struct oci_saying *one,
                       const struct oci_saying *other)
{
    uint32_t both = one->archs & other->archs;
    for (size_t i = 0; i < model->arch_count; i++) {
        if ((both >> i & 1) == 0)
            continue;
        bool plain = false;
        for (size_t j = 0; j < model->count; j++)
            plain =
                plain || (model->sayings[j].count == 0 && (model->sayings[j].archs >> i & 1) != 0 &&
                          strcmp(model->sayings[j].call, one->call) == 0);
        if (!plain && meet(one, other, model_arch_wide(model->arch[i]), &model->unsure))
            return true;
    }
    return false;
}

bool oci_model_agrees(struct oci_model *model)
{
    for (size_t i = 0; i < model->count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct oci_saying *one = &model->sayings[i], *other = &model->sayings[j];
            if (one->action != other->action && strcmp(one->call, other->call) == 0 &&
                contradict(model, one, other))
                return false;
        }
    return true;
}
