/* orrery completion: a completion script for bash (zsh reads it through bashcompinit), from the verbs' option tables. */
#include <stdio.h>
#include "app/verbs.h"

static void write_script(FILE *to)
{
    size_t count = 0;
    const orr_verb *const *verbs = orr_verbs(&count);
    fputs("# orrery completion > ~/.local/share/bash-completion/completions/orrery\n_orrery() {\n    local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n    case \"${COMP_WORDS[1]}\" in\n", to);
    for (size_t i = 0; i < count; i++) {
        fprintf(to, "    %s) words=\"--help", verbs[i]->name);
        for (size_t k = 0; k < verbs[i]->option_count; k++) fprintf(to, " --%s", verbs[i]->options[k].name);
        fputs("\" ;;\n", to);
    }
    fputs("    esac\n    if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"help", to);
    for (size_t i = 0; i < count; i++) fprintf(to, " %s", verbs[i]->name);
    fputs("\"; fi\n    case \"$word\" in\n    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
          "    *) if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); else COMPREPLY=($(compgen -f -- \"$word\")); fi ;;\n    esac\n}\n"
          "complete -o filenames -F _orrery orrery\n", to);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    char nothing = 0;
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &nothing, arguments, &count);
    if (code >= 0) return code;
    write_script(stdout);
    return ORR_EXIT_DONE;
}

const orr_verb orr_verb_completion = {
    .name = "completion", .summary = "print a completion script for bash", .usage = "", .min_arguments = 0, .max_arguments = 0, .run = run,
};
