/* Command-line options: one table per verb, over getopt_long, from which the help and the shell completion are printed too. */
#ifndef ORR_APP_OPTIONS_H
#define ORR_APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ask/ask.h"
#include "base/text.h"

typedef enum {
    ORR_OPTION_FLAG,        /* bool */
    ORR_OPTION_TEXT,        /* const char * */
    ORR_OPTION_INT,         /* int64_t, within min and max */
    ORR_OPTION_LIST         /* orr_option_list: may be given many times */
} orr_option_kind;

typedef struct orr_option_list { const char **items; size_t count; } orr_option_list;       /* items are argv's; free(items) is orr_options_free's */

typedef struct orr_option {
    const char *name;               /* "set" for --set */
    char letter;                    /* 0: none */
    orr_option_kind kind;
    size_t offset;                  /* in the verb's struct */
    const char *argument;           /* "PATH=VALUE"; NULL for flags */
    const char *doc;                /* one line */
    int64_t min, max;               /* INT */
    const char *const *choices;     /* TEXT: NULL-terminated; NULL: any */
} orr_option;

typedef struct orr_verb {
    const char *name, *summary;     /* one line */
    const char *usage;              /* what follows the verb: "STUDY [options]" */
    const char *details;            /* paragraphs for `orrery help VERB`; may be NULL */
    const orr_option *options;
    size_t option_count;
    int min_arguments, max_arguments;       /* positional */
    int (*run)(const struct orr_verb *verb, int argc, char **argv);      /* argv[0] is the verb */
} orr_verb;

/* Fills `values` (the verb's struct, with its defaults in it) and moves positional arguments to `arguments` (room for argc). Returns -1 to go on, else the exit code to end with: a mistake
 * was printed to stderr, or --help to stdout. */
int orr_options_parse(const orr_verb *verb, int argc, char **argv, void *values, const char **arguments, int *argument_count);
void orr_options_free(const orr_verb *verb, void *values);
void orr_options_help(const orr_verb *verb, orr_text *out);

#define ORR_OPTIONS(array) (array), sizeof(array) / sizeof *(array)

#endif
