/* What the verbs over one study share: reading it, refusing domains, writing the report. */
#ifndef ORR_APP_STUDY_VERB_H
#define ORR_APP_STUDY_VERB_H

#include "app/common.h"
#include "report/report.h"
#include "spec/study.h"

/* How the answer is wanted. */
typedef struct orr_answer_options { const char *format, *output_dir; bool formulas; int64_t top /* systems that a table lists; 0: 10 */; } orr_answer_options;

/* Their lines in a verb's option table; `type` is the verb's struct, `member` its orr_answer_options. */
#define ORR_ANSWER_OPTIONS(type, member) \
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.format), .argument = "FORMAT", .doc = "what stdout gets: table or json (results.json)", .choices = orr_format_choices}, \
    {.name = "output-dir", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.output_dir), .argument = "DIR", .doc = "also write results.json, resolved.yaml, CSV and report.html there"}, \
    {.name = "formulas", .kind = ORR_OPTION_FLAG, .offset = offsetof(type, member.formulas), .doc = "define every figure after the tables"}

extern const char *const orr_format_choices[];      /* table, json */

/* Reads a study file and checks its own coefficients, which perf reads; NULL with diagnostics. */
orr_study_file *orr_app_read_study(const char *path, const orr_option_list *settings, orr_arena *arena, orr_diags *diags);
/* Reads and binds a study of one system, with `replicas` resolved; NULL with diagnostics, among them one for each domain. */
orr_study *orr_app_read_system(const char *path, const orr_option_list *settings, const char *verb, orr_arena *arena, orr_diags *diags);
/* True where the answer has room for what each request did. */
static inline bool orr_app_wants_records(const orr_answer_options *options) { return options->output_dir || orr_text_equal(options->format, "json"); }
/* Writes the report to stdout, and to the directory where one is given; the files made are named on stderr. False with diagnostics. */
bool orr_app_write_report(const orr_report *report, const orr_answer_options *options, orr_arena *arena, orr_diags *diags);

#endif
