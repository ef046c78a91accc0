/* liborrery: what an LLM inference system will do, in process. Ask a study, get the same bytes as `orrery VERB --format json`, and tables as columns.
 *
 *     orrery_study *study = orrery_study_of_file("study.yaml");
 *     orrery_result *result = orrery_predict(study, NULL);
 *     if (orrery_result_status(result) == ORRERY_DONE) puts(orrery_result_json(result, NULL));
 *     else fputs(orrery_result_diagnostics(result), stderr);
 *     orrery_result_free(result);
 *     orrery_study_free(study);
 *
 * Rules
 *  1. What a handle gives (text, columns) lives as long as the handle. Free what you made; NULL is allowed.
 *  2. A study and a control may be used by several threads at once; a result by one at a time, or by several that only read. Questions asked by several threads run side by side.
 *  3. A question always gives a result, never NULL; mistakes are in its diagnostics. Nothing is printed, no signal handler is set, the process does not end. Two things remain fatal, as in any program that links
 *     malloc and assertions: memory that is not to be had, and a broken invariant of Orrery's own. orrery_on_fatal is told, then the process aborts.
 *  4. Structs begin with their size, set by their ORRERY_*_INIT: a library that is newer takes an older struct. Functions are added, never changed, while ORRERY_ABI_VERSION (the soname) stays. */
#ifndef ORRERY_ORRERY_H
#define ORRERY_ORRERY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ORRERY_ABI_VERSION 1
#if defined(__GNUC__)
#define ORRERY_API __attribute__((visibility("default")))
#else
#define ORRERY_API
#endif

ORRERY_API int32_t orrery_abi_version(void);            /* of the library that is linked; must equal ORRERY_ABI_VERSION */
ORRERY_API const char *orrery_version(void);            /* "0.1.0" */
/* Told of what ends the process (rule 3), from the thread that it happened on. NULL: to stderr. */
typedef void orrery_fatal_fn(const char *message);
ORRERY_API void orrery_on_fatal(orrery_fatal_fn *handler);

/* --- studies --- */

typedef struct orrery_study orrery_study;
/* Read when it is asked, so a file that is absent is a diagnostic of the result. */
ORRERY_API orrery_study *orrery_study_of_file(const char *path);
/* YAML or JSON. `name` stands in diagnostics, and paths in the study are taken from its folder (NULL: "study"). The text is copied. */
ORRERY_API orrery_study *orrery_study_of_text(const char *text, size_t length_bytes, const char *name);
/* A question in one line, for orrery_whatif: a model on hardware ("h200-sxm:8"), `limits` as "tpot<=20ms". NULL and 0: the defaults of `orrery whatif`. */
typedef struct orrery_question {
    size_t size_bytes;
    const char *model, *on, *engine, *traffic, *objective;
    int64_t input_tokens, output_tokens;
    const char *const *limits; size_t limit_count;
} orrery_question;
#define ORRERY_QUESTION_INIT {sizeof(orrery_question), NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, 0}
ORRERY_API orrery_study *orrery_study_of_question(const orrery_question *question);
ORRERY_API void orrery_study_free(orrery_study *study);

/* --- control --- */

/* Stops questions. orrery_control_cancel may be called from any thread, and from a signal handler; questions end within about a second, with the status ORRERY_CANCELLED and what is known by then. */
typedef struct orrery_control orrery_control;
ORRERY_API orrery_control *orrery_control_create(void);
ORRERY_API void orrery_control_cancel(orrery_control *control);
ORRERY_API void orrery_control_reset(orrery_control *control);
ORRERY_API void orrery_control_free(orrery_control *control);

/* Told now and then, on the thread that asked. `unit`: "requests", "runs", "points", "cells", "systems", "stores"; `best` may be NULL. Other than 0 stops the question. */
typedef int orrery_progress_fn(void *context, const char *unit, size_t done, size_t total, size_t simulated, const char *best);

typedef struct orrery_options {
    size_t size_bytes;
    const char *const *settings; size_t setting_count;      /* "engine.tensor_parallel_size=4", as --set; of whatif: of both sides, as --fix */
    int32_t threads;                                        /* 0: one a core; the answer is the same with any */
    int32_t keep_requests;                                  /* predict: the tables `requests` and `cdf`; without, distributions are left out of the JSON, too */
    size_t top;                                             /* systems that texts and a sweep's JSON list */
    size_t samples, finalists;                              /* sweep */
    orrery_control *control;                                /* NULL: none */
    orrery_progress_fn *on_progress; void *progress_context;
    const char *store;                                      /* a study store, as --store; answers are the same with and without. NULL: none */
    /* from here on 0 and NULL are what the command line does without the option */
    const char *const *by; size_t by_count;                 /* recommend: the best for each choice of these domains, as --by */
    const char *const *against; size_t against_count;       /* sweep: a front of the objective and these: "cost", "gpus", .. */
    int32_t evolve;                                         /* sweep: as --evolve */
    int32_t formulas;                                       /* texts define every figure, as --formulas */
    const char *shard;                                      /* sweep: "2/8", this share alone, into `store` */
    const char *contours, *contour_cost;                    /* sweep: as --contours "X,Y", and --cost */
    const char *output_dir;                                 /* the files of --output-dir; of pack, the folder that it becomes */
    const char *as;                                         /* pack: the verb that is packed */
    const char *const *changes; size_t change_count;        /* whatif, pack: as `changes` of orrery_whatif */
    const char *requests_file, *steps_file, *trace_file, *record_file, *replay_file;       /* predict: --requests, .. */
    int64_t trace_requests;                                 /* predict: 0: 1,000 */
    int64_t seeds;                                          /* recommend, sweep: further ones that the best are told apart by, as --seeds */
} orrery_options;
#define ORRERY_OPTIONS_INIT {sizeof(orrery_options), NULL, 0, 0, 1, 10, 100000, 16, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, 0}

/* --- questions: `options` NULL is ORRERY_OPTIONS_INIT --- */

typedef struct orrery_result orrery_result;
/* Any verb by its name. What it is about is `study`, or else `names` (each may be NULL and 0 where the verb takes none; paths are of the working directory):
 *
 *     check, predict, explain, recommend, sweep, whatif    study; check without one gives the JSON Schema of studies
 *     pack        study, or one that is a file of the name of a hash in `store`; into `output_dir`. Its JSON is the manifest
 *     verify      names: the folder of a pack. ORRERY_NO_ANSWER where a byte differs
 *     compare     names: two of results.json, a folder that holds one, a study, a hash of `store`; or their JSON or YAML itself
 *     ls          nothing: what `store` holds. Table: entries
 *     merge       names: the store that takes, then those that give
 *     list        names: a kind, or none for all of the catalogue. Table: entries
 *     show        names: an entry; or a kind and an entry or path; or "fields" and a kind, for what may be said of it. The entry as YAML is the result's resolved
 *     fit-workload    names: a trace. The profile is the result's text; settings are "name=..", "format=..", "title=..", "source-title=..", ..; how near it comes is in the diagnostics
 *
 * Progress is told and orrery_control_cancel heard by all that are asked of a study, verify, compare and merge. */
ORRERY_API orrery_result *orrery_ask(const char *verb, const orrery_study *study, const char *const *names, size_t name_count, const orrery_options *options);
/* For short: orrery_ask("check", study, NULL, 0, options), .. */
ORRERY_API orrery_result *orrery_check(const orrery_study *study, const orrery_options *options);
ORRERY_API orrery_result *orrery_predict(const orrery_study *study, const orrery_options *options);
ORRERY_API orrery_result *orrery_explain(const orrery_study *study, const orrery_options *options);
ORRERY_API orrery_result *orrery_recommend(const orrery_study *study, const orrery_options *options);
ORRERY_API orrery_result *orrery_sweep(const orrery_study *study, const orrery_options *options);
/* `changes`: "chip.memory.bandwidth=x2" */
ORRERY_API orrery_result *orrery_whatif(const orrery_study *study, const char *const *changes, size_t change_count, const orrery_options *options);
ORRERY_API void orrery_result_free(orrery_result *result);

/* --- results --- */

/* The exit codes of the command line. */
typedef enum { ORRERY_DONE = 0, ORRERY_NO_ANSWER = 1 /* nothing fits, nothing keeps the SLO */, ORRERY_WRONG_STUDY = 2, ORRERY_ENVIRONMENT = 3 /* files, ... */, ORRERY_CANCELLED = 130 } orrery_status;
ORRERY_API orrery_status orrery_result_status(const orrery_result *result);
/* NUL-terminated; "" where there is none. `length_bytes` may be NULL. */
ORRERY_API const char *orrery_result_json(const orrery_result *result, size_t *length_bytes);          /* docs/RESULTS_FORMAT.md; the bytes of --format json */
ORRERY_API const char *orrery_result_text(const orrery_result *result, size_t *length_bytes);          /* what the verb prints for people */
ORRERY_API const char *orrery_result_resolved(const orrery_result *result, size_t *length_bytes);      /* resolved.yaml of the one system, or of the winner */
ORRERY_API const char *orrery_result_diagnostics(const orrery_result *result);                         /* as the command line prints them: place, excerpt, notes, hints */
/* [{"severity": "error" or "warning", "message", "source", "line", "column", "notes": [{"place", "message"}], "hints": [..]}, ..]; source, line and column are null where there is no place */
ORRERY_API const char *orrery_result_diagnostics_json(const orrery_result *result);

/* --- tables, by column: "requests" and "cdf" of a run, "candidates" of recommend, "best" of recommend by something, "points", "finalists", "front" and "contours" of sweep, "entries" of ls and list (docs/RESULTS_FORMAT.md names their columns) --- */

typedef enum { ORRERY_INT64 = 1, ORRERY_FLOAT64 = 2, ORRERY_TEXT = 3 } orrery_type;
typedef struct orrery_column {
    size_t size_bytes;
    const char *name;
    orrery_type type;
    const void *data;       /* `count` int64_t (what is missing is -1), double (NaN) or const char * in UTF-8 (NULL); lives with the result */
    size_t count;
} orrery_column;
#define ORRERY_COLUMN_INIT {sizeof(orrery_column), NULL, ORRERY_INT64, NULL, 0}
/* Names in order; NULL beyond the last. */
ORRERY_API const char *orrery_result_table(const orrery_result *result, size_t index);
ORRERY_API size_t orrery_result_column_count(const orrery_result *result, const char *table);
/* 0 when there is no such. */
ORRERY_API int orrery_result_column_at(const orrery_result *result, const char *table, size_t index, orrery_column *column);
ORRERY_API int orrery_result_column(const orrery_result *result, const char *table, const char *name, orrery_column *column);

#ifdef __cplusplus
}
#endif
#endif
