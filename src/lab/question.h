/* A question in one line, as a study: which model, on what, under which limits, with what changed.
 *
 * What the line leaves open is searched (layouts, requests in flight) or has a stated default (vLLM, 1,024 tokens in and out), so that each side of the question is judged at its own best operating point. */
#ifndef ORR_LAB_QUESTION_H
#define ORR_LAB_QUESTION_H

#include "base/diag.h"
#include "base/mem.h"

typedef struct orr_question {
    const char *model;              /* a catalogue name, or the path of a config.json */
    const char *on;                 /* CHIP:N, CHIP or NODE:N */
    const char *engine;             /* a profile; NULL: vllm */
    const char *traffic;            /* a workload of the catalogue or a trace; NULL: fixed lengths */
    int64_t input_tokens, output_tokens;    /* of fixed lengths; 0: 1,024 */
    const char *const *limits; size_t limit_count;      /* "tpot<=20ms", "p95 ttft <= 2 s": p99 where no statistic is named */
    const char *objective;          /* as a study names it; NULL: output_tokens_per_s_per_gpu */
} orr_question;

enum { ORR_QUESTION_MOST_PER_CHIP = 512 };      /* requests in flight a chip, where the search for the operating point ends */

/* The study, as YAML; NULL with diagnostics that say which part of the line is wrong. */
const char *orr_question_study(const orr_question *question, orr_arena *arena, orr_diags *diags);
/* A setting as a study writes it: paths that begin with chip., node., fabric. are of its hardware. */
const char *orr_question_setting(const char *setting, orr_arena *arena);

#endif
