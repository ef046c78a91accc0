/* Options over getopt_long: parsing, help. A mistake is one line on stderr with the way out. */
#include "app/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

enum { MAX_OPTIONS = 64, FIRST_LONG = 256 };       /* long options without a letter are numbered past any character */

static int mistake(const orr_verb *verb, const char *message, const char *detail, const char *hint)
{
    fprintf(stderr, "error: %s%s%s\n", message, detail ? " " : "", detail ? detail : "");
    if (hint) fprintf(stderr, "  hint: %s\n", hint);
    else fprintf(stderr, "  hint: `orrery help %s` shows how it is used.\n", verb->name);
    return ORR_EXIT_USAGE;
}

static int unknown_option(const orr_verb *verb, const char *given)
{
    const char *names[MAX_OPTIONS + 1];
    char bare[64], hint[160];
    size_t count = 0;
    snprintf(bare, sizeof bare, "%s", given + strspn(given, "-"));
    bare[strcspn(bare, "=")] = 0;
    for (size_t i = 0; i < verb->option_count && count < MAX_OPTIONS; i++) names[count++] = verb->options[i].name;
    names[count++] = "help";
    const char *near = orr_text_nearest(bare, names, count);
    if (near) snprintf(hint, sizeof hint, "Did you mean --%s?", near);
    return mistake(verb, "unknown option", given, near ? hint : NULL);
}

static int take_int(const orr_verb *verb, const orr_option *option, const char *text, int64_t *value)
{
    char *end = NULL, hint[160];
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    if (end != text && !*end && !errno && whole >= option->min && whole <= option->max) { *value = whole; return -1; }
    snprintf(hint, sizeof hint, "--%s takes a whole number from %" PRId64 " to %" PRId64 ".", option->name, option->min, option->max);
    return mistake(verb, "not a number that fits:", text, hint);
}

static int take_text(const orr_verb *verb, const orr_option *option, const char *text, const char **value)
{
    bool known = !option->choices;
    char hint[256];
    size_t used = (size_t)snprintf(hint, sizeof hint, "--%s takes one of:", option->name);
    for (size_t i = 0; option->choices && option->choices[i]; i++) {
        known |= strcmp(option->choices[i], text) == 0;
        if (used < sizeof hint) used += (size_t)snprintf(hint + used, sizeof hint - used, " %s", option->choices[i]);
    }
    *value = text;
    return known ? -1 : mistake(verb, "not a choice:", text, hint);
}

static int take(const orr_verb *verb, const orr_option *option, const char *text, void *values)
{
    void *at = (char *)values + option->offset;
    orr_option_list *list = at;
    switch (option->kind) {
    case ORR_OPTION_FLAG: *(bool *)at = true; break;
    case ORR_OPTION_TEXT: return take_text(verb, option, text, at);
    case ORR_OPTION_INT: return take_int(verb, option, text, at);
    case ORR_OPTION_LIST:
        list->items = orr_mem_resize(list->items, (list->count + 1) * sizeof *list->items);
        list->items[list->count++] = text;
        break;
    }
    return -1;
}

static size_t make_getopt(const orr_verb *verb, struct option *longs, char *shorts)
{
    size_t count = 0, letters = 0;
    shorts[letters++] = ':';
    for (size_t i = 0; i < verb->option_count && count < MAX_OPTIONS; i++) {
        const orr_option *option = &verb->options[i];
        int wants = option->kind == ORR_OPTION_FLAG ? no_argument : required_argument;
        longs[count++] = (struct option){option->name, wants, NULL, FIRST_LONG + (int)i};
        if (!option->letter) continue;
        shorts[letters++] = option->letter;
        if (wants == required_argument) shorts[letters++] = ':';
    }
    longs[count++] = (struct option){"help", no_argument, NULL, 'h'};
    shorts[letters++] = 'h';
    shorts[letters] = 0;
    longs[count] = (struct option){0};
    return count;
}

static const orr_option *option_of(const orr_verb *verb, int code)
{
    if (code >= FIRST_LONG) return &verb->options[code - FIRST_LONG];
    for (size_t i = 0; i < verb->option_count; i++)
        if (verb->options[i].letter && verb->options[i].letter == code) return &verb->options[i];
    return NULL;
}

int orr_options_parse(const orr_verb *verb, int argc, char **argv, void *values, const char **arguments, int *argument_count)
{
    struct option longs[MAX_OPTIONS + 2];
    char shorts[2 * MAX_OPTIONS + 4];
    make_getopt(verb, longs, shorts);
    optind = 1;
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == 'h') {
            orr_text help = {0};
            orr_options_help(verb, &help);
            fputs(help.bytes, stdout);
            orr_text_free(&help);
            return ORR_EXIT_DONE;
        }
        if (code == ':') return mistake(verb, "a value is missing after", argv[optind - 1], NULL);
        const orr_option *option = code == '?' ? NULL : option_of(verb, code);
        if (!option) {
            char letter[3] = {'-', (char)optopt, 0};
            return unknown_option(verb, optopt && optopt < FIRST_LONG ? letter : argv[optind - 1]);
        }
        int ended = take(verb, option, optarg, values);
        if (ended >= 0) return ended;
    }
    *argument_count = 0;
    for (int i = optind; i < argc; i++) arguments[(*argument_count)++] = argv[i];
    if (*argument_count < verb->min_arguments) return mistake(verb, "something is missing: orrery", verb->name, NULL);
    if (*argument_count > verb->max_arguments) return mistake(verb, "one argument too many:", arguments[verb->max_arguments], NULL);
    return -1;
}

void orr_options_free(const orr_verb *verb, void *values)
{
    for (size_t i = 0; i < verb->option_count; i++) {
        orr_option_list *list = (orr_option_list *)(void *)((char *)values + verb->options[i].offset);
        if (verb->options[i].kind == ORR_OPTION_LIST) { orr_mem_free(list->items); *list = (orr_option_list){0}; }
    }
}

static void help_line(orr_text *out, char letter, const char *name, const char *argument, const char *doc)
{
    char left[80], dash[4] = "   ";
    if (letter) { dash[0] = '-'; dash[1] = letter; dash[2] = ','; }
    snprintf(left, sizeof left, "%s --%s%s%s", dash, name, argument ? " " : "", argument ? argument : "");
    if (strlen(left) > 30) orr_text_printf(out, "  %s\n  %-30s  %s\n", left, "", doc);
    else orr_text_printf(out, "  %-30s  %s\n", left, doc);
}

void orr_options_help(const orr_verb *verb, orr_text *out)
{
    orr_text_printf(out, "orrery %s: %s\n\nUsage: orrery %s %s\n", verb->name, verb->summary, verb->name, verb->usage);
    if (verb->details) orr_text_printf(out, "\n%s\n", verb->details);
    orr_text_append(out, "\nOptions:\n");
    for (size_t i = 0; i < verb->option_count; i++)
        help_line(out, verb->options[i].letter, verb->options[i].name, verb->options[i].argument, verb->options[i].doc);
    help_line(out, 'h', "help", NULL, "show this");
}
