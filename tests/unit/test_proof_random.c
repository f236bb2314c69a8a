// SPDX-License-Identifier: ISC
//
// test_proof_random.c: the generators. Numbers are few and small ones, borders and neighbours, so
// that random tests meet each other's values often enough to disagree where they can.
#include "test_proof_random.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint64_t state;

void random_seed(uint64_t seed)
{
    state = seed * 2 + 1;
}

uint32_t random_u32(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

uint32_t random_below(uint32_t bound)
{
    return random_u32() % bound;
}

static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64};

static const uint32_t results[] = {
    SECCOMP_RET_ALLOW,        SECCOMP_RET_ALLOW | 1,
    SECCOMP_RET_LOG,          SECCOMP_RET_ERRNO | 1,
    SECCOMP_RET_ERRNO | 38,   SECCOMP_RET_TRAP,
    SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
    SECCOMP_RET_TRACE,        0x12345678,
};

void pool_start(struct pool *pool)
{
    static const uint64_t borders[] = {0,          1,           2,          0x7fffffff, 0x80000000,
                                       0xffffffff, 0x100000000, UINT64_MAX, 0x40000000};
    memcpy(pool->number, borders, sizeof borders);
    pool->count = COUNT(borders);
}

void pool_add(struct pool *pool, uint64_t number)
{
    for (uint64_t near = number - 1; near != number + 2; near++)
        if (pool->count < COUNT(pool->number))
            pool->number[pool->count++] = near;
}

uint64_t pool_draw(const struct pool *pool)
{
    if (random_below(8) == 0)
        return (uint64_t)random_u32() << 32 | random_u32();
    uint64_t number = pool->number[random_below((uint32_t)pool->count)];
    if (random_below(4) == 0)
        number ^= (uint64_t)1 << random_below(64);
    return random_below(6) == 0 ? number << 32 | (number >> 32) : number;
}

struct assignment random_input(const struct pool *pool)
{
    struct assignment input;
    memset(&input, 0, sizeof input);
    input.data.arch =
        random_below(8) ? archs[random_below(COUNT(archs))] : (uint32_t)pool_draw(pool);
    input.data.nr = (int)(random_below(4) ? random_below(5) : (uint32_t)pool_draw(pool));
    input.data.instruction_pointer = pool_draw(pool);
    for (size_t i = 0; i < INPUT_ARGS; i++)
        input.data.args[i] = pool_draw(pool);
    return input;
}

// ------------------------------------------------------------------------------------- programs

static const uint16_t easy_operations[] = {BPF_ADD, BPF_SUB, BPF_AND, BPF_OR, BPF_XOR,
                                           BPF_LSH, BPF_RSH, BPF_NEG, BPF_AND};
static const uint16_t hard_operations[] = {BPF_MUL, BPF_DIV, BPF_LSH, BPF_RSH};
static const uint16_t jumps[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET, BPF_JEQ};

static uint32_t random_word(struct pool *pool)
{
    static const uint32_t few[] = {0, 1, 2, 3, 4, 0xff, 0x8000, 0x80000000, 0xffffffff};
    uint32_t word = random_below(6) ? few[random_below(COUNT(few))] : random_u32();
    pool_add(pool, word);
    return word;
}

static struct sock_filter random_load(void)
{
    static const uint32_t offsets[] = {0, 0, 4, 16, 16, 20, 24, 28, 12, 60};
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                        offsets[random_below(COUNT(offsets))]);
}

static struct sock_filter random_alu(bool hard, struct pool *pool)
{
    bool is_hard = hard && random_below(4) == 0;
    uint16_t operation = is_hard ? hard_operations[random_below(COUNT(hard_operations))]
                                 : easy_operations[random_below(COUNT(easy_operations))];
    bool shift = operation == BPF_LSH || operation == BPF_RSH;
    bool by_x = operation != BPF_NEG && random_below(4) == 0 && (!shift || is_hard);
    uint32_t k = shift ? random_below(32) : random_word(pool);
    if (operation == BPF_DIV && k == 0)
        k = 1;
    return (struct sock_filter)BPF_STMT((uint16_t)(BPF_ALU | operation | (by_x ? BPF_X : BPF_K)),
                                        k);
}

static struct sock_filter random_move(struct pool *pool)
{
    uint32_t cell = random_below(3); // written at the start, so that any read is accepted
    switch (random_below(8)) {
    case 0: return (struct sock_filter)BPF_STMT(BPF_ST, cell);
    case 1: return (struct sock_filter)BPF_STMT(BPF_STX, cell);
    case 2: return (struct sock_filter)BPF_STMT(BPF_LD | BPF_MEM, cell);
    case 3: return (struct sock_filter)BPF_STMT(BPF_LDX | BPF_MEM, cell);
    case 4: return (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0);
    case 5: return (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TXA, 0);
    case 6: return (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, random_word(pool));
    default: return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
    }
}

static struct sock_filter random_insn(uint32_t left, bool hard, struct pool *pool)
{
    uint32_t kind = random_below(10);
    if (kind < 3)
        return random_load();
    if (kind < 4)
        return random_alu(hard, pool);
    if (kind < 6)
        return random_move(pool);
    if (kind < 7)
        return random_below(3) ? (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                                              results[random_below(COUNT(results))])
                               : (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, random_below(left));
    uint16_t by = random_below(6) ? BPF_K : BPF_X;
    uint32_t reach = left < 8 ? left : 8;
    return (struct sock_filter)BPF_JUMP(
        (uint16_t)(BPF_JMP | jumps[random_below(COUNT(jumps))] | by), random_word(pool),
        (uint8_t)random_below(reach), (uint8_t)random_below(reach));
}

struct program random_program(struct sock_filter *insns, size_t size, bool hard, struct pool *pool)
{
    size_t count = 8 + random_below((uint32_t)size - 7);
    if (count > size)
        count = size;
    for (uint32_t i = 0; i < 3; i++)
        insns[i] = (struct sock_filter)BPF_STMT(BPF_ST, i);
    insns[3] = random_load();
    for (size_t i = 4; i < count - 1; i++)
        insns[i] = random_insn((uint32_t)(count - i - 1), hard, pool);
    insns[count - 1] = random_below(5)
                           ? (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 2)
                           : (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
    return (struct program){.insns = insns, .count = count};
}

// ------------------------------------------------------------------------------------- policies

enum { RULES = 5, CLAUSES = 3, CONJUNCTIONS = 2, ATOMS = 2, PARAMS = 3 };

static struct {
    struct policy policy;
    struct param params[PARAMS];
    struct rule rules[RULES];
    struct clause clauses[RULES][CLAUSES];
    struct conjunction conjunctions[RULES][CLAUSES][CONJUNCTIONS];
    struct atom atoms[RULES][CLAUSES][CONJUNCTIONS][ATOMS];
} built;

static struct atom random_atom(struct pool *pool)
{
    struct atom atom = {.arg = (uint8_t)random_below(3),
                        .narrow = random_below(3) == 0,
                        .compare = (enum compare)random_below(COMPARE_IN + 1),
                        .param = NO_PARAM};
    uint64_t limit = atom.narrow ? UINT32_MAX : UINT64_MAX;
    atom.mask = pool_draw(pool) & limit;
    atom.value = pool_draw(pool) & limit;
    if (atom.compare == COMPARE_MASKED_EQ && random_below(4))
        atom.value &= atom.mask;
    bool ordered = atom.compare <= COMPARE_GE;
    if (ordered && built.policy.param_count > 0 && random_below(3) == 0)
        atom.param = (int)random_below((uint32_t)built.policy.param_count);
    pool_add(pool, atom.mask);
    pool_add(pool, atom.value);
    return atom;
}

static void fill_clause(size_t r, size_t c, struct pool *pool)
{
    struct clause *clause = &built.clauses[r][c];
    *clause = (struct clause){.action = results[random_below(COUNT(results))]};
    clause->when = (struct expression){.any = built.conjunctions[r][c],
                                       .count = 1 + random_below(CONJUNCTIONS)};
    for (size_t i = 0; i < clause->when.count; i++) {
        clause->when.any[i] =
            (struct conjunction){.atoms = built.atoms[r][c][i], .count = 1 + random_below(ATOMS)};
        for (size_t j = 0; j < clause->when.any[i].count; j++)
            clause->when.any[i].atoms[j] = random_atom(pool);
    }
}

static void fill_rule(size_t r, struct pool *pool)
{
    struct rule *rule = &built.rules[r];
    *rule = (struct rule){.name = "call", .clauses = built.clauses[r]};
    rule->archs = 1 + random_below(7);
    for (size_t i = 0; i < POLICY_ARCH_MAX; i++)
        rule->number[i] = rule->archs >> i & 1 ? (int)(r == 4 && i == 0 ? 0x50000000 : r + i) : -1;
    rule->clause_count = random_below(CLAUSES + 1);
    rule->otherwise = results[random_below(COUNT(results))];
    for (size_t c = 0; c < rule->clause_count; c++)
        fill_clause(r, c, pool);
}

static void fill_params(struct pool *pool)
{
    static const char *const names[] = {"parent", "limit", "fd"};
    built.policy.param_count = random_below(PARAMS + 1);
    for (size_t i = 0; i < built.policy.param_count; i++) {
        uint8_t bits = random_below(2) ? 32 : 64;
        uint64_t most = bits == 32 ? UINT32_MAX : UINT64_MAX;
        uint64_t a = pool_draw(pool) & most, b = pool_draw(pool) & most;
        built.params[i] = (struct param){
            .name = names[i], .bits = bits, .low = a < b ? a : b, .high = a < b ? b : a};
        pool_add(pool, a);
        pool_add(pool, b);
    }
}

const struct policy *random_policy(struct pool *pool)
{
    memset(&built, 0, sizeof built);
    built.policy = (struct policy){.path = "random",
                                   .arch_count = 1 + random_below(COUNT(archs)),
                                   .params = built.params,
                                   .rules = built.rules,
                                   .rule_count = random_below(RULES + 1)};
    memcpy(built.policy.arch, archs, sizeof archs);
    built.policy.default_action = results[random_below(COUNT(results))];
    built.policy.bad_arch_action = results[random_below(COUNT(results))];
    fill_params(pool);
    for (size_t r = 0; r < built.policy.rule_count; r++)
        fill_rule(r, pool);
    return &built.policy;
}

void random_params(const struct policy *policy, const struct pool *pool, uint64_t *values)
{
    for (size_t i = 0; i < policy->param_count; i++) {
        const struct param *param = &policy->params[i];
        values[i] = pool_draw(pool);
        for (int tries = 0; tries < 20 && (values[i] < param->low || values[i] > param->high);
             tries++)
            values[i] = pool_draw(pool);
        if (values[i] < param->low || values[i] > param->high)
            values[i] = random_below(2) ? param->low : param->high;
    }
}
