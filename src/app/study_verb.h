/* What the verbs over one study share: how they ask and how they tell. */
#ifndef ORR_APP_STUDY_VERB_H
#define ORR_APP_STUDY_VERB_H

#include "app/common.h"
#include "app/progress.h"
#include "ask/ask.h"

/* How the answer is wanted. */
typedef struct orr_answer_options { const char *format, *output_dir; bool formulas; int64_t top /* systems that a table lists; 0: 10 */; } orr_answer_options;

/* Their lines in a verb's option table; `type` is the verb's struct, `member` its orr_answer_options. */
#define ORR_ANSWER_OPTIONS(type, member) \
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.format), .argument = "FORMAT", .doc = "what stdout gets: table or json (results.json)", .choices = orr_format_choices}, \
    {.name = "output-dir", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.output_dir), .argument = "DIR", .doc = "also write results.json, resolved.yaml, CSV and report.html there"}, \
    {.name = "formulas", .kind = ORR_OPTION_FLAG, .offset = offsetof(type, member.formulas), .doc = "define every figure after the tables"}

/* --store; `member` is a const char *. */
#define ORR_STORE_OPTION(type, member) \
    {.name = "store", .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member), .argument = "PATH", .doc = "keep what is computed there and compute nothing twice (default: the variable ORRERY_STORE; '': no store)"}
/* The store that is asked for, in *store; NULL where none is. False: reported. */
bool orr_app_open_store(const char *given, orr_store **store, orr_diags *diags);
/* One that is there already, by the option or the environment. False: reported. */
bool orr_app_need_store(const char *given, orr_store **store, orr_diags *diags);
/* Closes it, and what the verb's exit code is then. */
int orr_app_close_store(orr_store *store, int code, orr_diags *diags);

extern const char *const orr_format_choices[];      /* table, json */

/* A question as the command line asks it: Ctrl-C stops it, `progress` (begun) shows how far it is. */
orr_ask orr_app_ask(const char *path, const orr_option_list *settings, int64_t threads, orr_progress *progress);
/* True where the answer has room for what each request did. */
static inline bool orr_app_wants_records(const orr_answer_options *options) { return options->output_dir || orr_text_equal(options->format, "json"); }
/* Writes the answer to stdout, and its report to the directory where one is given; the files made are named on stderr. The exit code. */
int orr_app_tell(orr_answer *answer, const orr_answer_options *options, orr_arena *arena, orr_diags *diags);

#endif
