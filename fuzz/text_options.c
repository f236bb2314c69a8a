// SPDX-License-Identifier: ISC
#include "text_options.h"

#include <string.h>

#include "model/include_model.h"
#include "policy/architecture.h"

// One word; what is none of the options is not looked at.
static void read_option(struct load_options *options, const char *word, const char *root)
{
    static const struct {
        const char *word;
        uint32_t action;
    } defaults[] = {{"default=kill", SECCOMP_RET_KILL_PROCESS},
                    {"default=trap", SECCOMP_RET_TRAP},
                    {"default=ENOSYS", SECCOMP_RET_ERRNO | 38}};
    if (strcmp(word, "root") == 0)
        options->include_root = root;
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
    char word[32];
    *options = (struct load_options){0};
    size_t at = length >= 3 && memcmp(text, "#--", 3) == 0 ? 3 : length;
    while (at < length && text[at] != '\n') {
        size_t used = 0;
        for (; at < length && text[at] != ' ' && text[at] != '\n'; at++)
            if (used + 1 < sizeof(word))
                word[used++] = text[at];
        word[used] = '\0';
        read_option(options, word, root);
        at += at < length && text[at] == ' ' ? 1 : 0;
    }
    *same = (struct model_options){
        .has_default = options->has_default,
        .default_action = options->default_action,
        .arch = options->arch,
        .include = options->include_root != NULL ? include_model_open : NULL,
    };
}
