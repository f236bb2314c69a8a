// SPDX-License-Identifier: ISC
#include "text_options.h"

#include <string.h>

#include "model/include_model.h"
#include "policy/architecture.h"
#include "text_words.h"

struct reading {
    struct load_options *options;
    const char *root;
};

// What is none of the options is not looked at.
static void read_option(void *context, const char *word)
{
    const struct reading *reading = context;
    struct load_options *options = reading->options;
    static const struct {
        const char *word;
        uint32_t action;
    } defaults[] = {{"default=kill", SECCOMP_RET_KILL_PROCESS},
                    {"default=trap", SECCOMP_RET_TRAP},
                    {"default=ENOSYS", SECCOMP_RET_ERRNO | 38}};
    if (strcmp(word, "root") == 0)
        options->include_root = reading->root;
    if (strncmp(word, "arch=", 5) == 0 && architecture_named(word + 5) != NULL)
        options->arch = architecture_named(word + 5)->token;
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        if (strcmp(word, defaults[i].word) == 0) {
            options->has_default = true;
            options->default_action = defaults[i].action;
        }
}

void text_options(const char *text, size_t length, const char *root, struct load_options *options,
                  struct model_options *same)
{
    struct reading reading = {options, root};
    *options = (struct load_options){0};
    text_words(text, length, "#--", read_option, &reading);
    *same = (struct model_options){
        .has_default = options->has_default,
        .default_action = options->default_action,
        .arch = options->arch,
        .include = options->include_root != NULL ? include_model_open : NULL,
    };
}
