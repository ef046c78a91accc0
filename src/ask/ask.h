/* What each verb does, from the study to the answer: the command line prints it, the library hands it over.
 *
 * Invariants: 1. nothing here prints, ends the process or keeps anything beside the arena and the answer; 2. same question, same bytes of orr_answer_write_json, whoever asks; 3. mistakes are in the diagnostics, what else is worth
 * saying in `remark`. */
#ifndef ORR_ASK_ASK_H
#define ORR_ASK_ASK_H

#include "lab/best_by.h"
#include "lab/question.h"
#include "lab/sweep.h"
#include "lab/whatif.h"
#include "report/output_dir.h"
#include "store/store.h"

/* How a question ended: the exit codes of every verb. */
enum { ORR_EXIT_DONE = 0, ORR_EXIT_NO_ANSWER = 1, ORR_EXIT_USAGE = 2, ORR_EXIT_ENVIRONMENT = 3, ORR_EXIT_INTERRUPTED = 130 };
/* 2 for the user's faults, 3 for others; `otherwise` when there were none. */
int orr_exit_code(const orr_diags *diags, int otherwise);

/* `unit` is what is counted ("requests", "runs", "points", "systems"); `best` may be NULL. Told now and then by the thread that asked. */
typedef void orr_ask_progress_fn(void *context, const char *unit, size_t done, size_t total, size_t simulated, const char *best);

typedef struct orr_ask {
    const char *path;                               /* of the study, or */
    const orr_source *source;                       /* its text, which outlives the arena's use */
    const char *const *settings; size_t setting_count;      /* "path=value" */
    int threads;                                    /* 0: one a core */
    bool keep_records;                              /* of each request */
    orr_store *store;                               /* what was computed before, and where this goes (ask/keep.h); NULL: none */
    orr_crew *crew;                                 /* other processes that ask the same: a sweep's work is shared with them, and only the first has the answer; NULL: none */
    bool answer_only;                               /* bytes will do: an answer from the store may come without its structs (answer->kept) */
    int64_t seeds;                                  /* of recommend and sweep: further ones that the best are told apart by (lab/rivals.h); 0: they are not */
    const char *contours, *contour_cost;            /* of a sweep: "PATH,PATH" and the cost (lab/contours.h); NULL: none, and the one that differs */
    size_t top;                                     /* systems that the table will list, as orr_answer_write_text is told */
    const volatile int *cancel;                     /* base/cancel.h; NULL: never */
    orr_ask_progress_fn *on_progress; void *progress_context;       /* NULL: nobody asks */
} orr_ask;

/* An answer as bytes alone: as the store gave it, or of a verb over what is there already (ls, compare, pack, ..). */
typedef struct orr_kept_answer { const orr_report_file *files; size_t file_count; const char *table, *formulas; } orr_kept_answer;

typedef struct orr_answer {
    int code;                                       /* ORR_EXIT_* */
    bool has_report; orr_report report;             /* of predict, explain, recommend */
    const orr_study *study;                         /* the one system; NULL: a search, or nothing */
    const orr_study_file *file;
    orr_run_result run;                             /* predict; and what follows, one of each verb */
    orr_study_explanation explanation;
    orr_recommendation *recommendation;
    const orr_sweep *sweep;
    orr_whatif *whatif;
    const orr_best_by *best_by;
    const orr_kept_answer *kept;                    /* bytes alone: then nothing of the above */
    const orr_store_entry *entries; size_t entry_count;     /* ls, beside its bytes */
    bool listed; int listed_kind;                   /* list, likewise: an orr_catalogue_kind, or ORR_KIND_COUNT_ for all */
    const char *yaml;                               /* show and fit-workload, likewise; NULL: none */
    const char *remark;                             /* whole lines that are neither result nor mistake; NULL: none */
} orr_answer;
/* Frees what is not in the arena. */
void orr_answer_free(orr_answer *answer);
/* Bytes alone, of which the JSON would be written as `name`; the texts are freed. */
void orr_answer_of_bytes(orr_answer *answer, const char *name, orr_text *json, orr_text *table, orr_arena *arena);
/* `--format json` and the tables, with their last line end; nothing where there is no answer. `top`: systems that are listed. */
void orr_answer_write_json(const orr_answer *answer, size_t top, orr_arena *arena, orr_text *out);
void orr_answer_write_text(const orr_answer *answer, size_t top, bool formulas, orr_arena *arena, orr_text *out);
/* What --output-dir writes; a sweep's JSON lists `top` systems. How many, at most ORR_ANSWER_FILES. */
enum { ORR_ANSWER_FILES = 8 };
size_t orr_answer_files(const orr_answer *answer, size_t top, orr_arena *arena, orr_report_file *files);
/* The answer in a sentence; NULL: none. */
const char *orr_answer_headline(const orr_answer *answer, orr_arena *arena);

/* Reads a study and checks its own coefficients, which perf reads; NULL with diagnostics. */
orr_study_file *orr_ask_read_study(const orr_ask *ask, orr_arena *arena, orr_diags *diags);
/* Reads and binds a study of one system, with `replicas` resolved; NULL with diagnostics, among them one for each domain. `*file_read` (may be NULL) is the file. */
orr_study *orr_ask_read_system(const orr_ask *ask, const char *verb, const orr_study_file **file_read, orr_arena *arena, orr_diags *diags);

/* Tells ask->on_progress of a run under way; `context` is the orr_ask. */
void orr_ask_tell_requests(void *context, int64_t finished, int64_t expected);

/* Who writes or reads files as the run goes on: `open` before it (false: reported), `close` after, always once `open` was called. */
typedef struct orr_ask_files {
    bool (*open)(void *context, const orr_study *study, orr_run_options *run, orr_diags *diags);
    bool (*close)(void *context, bool whole, orr_diags *diags);
    void *context;
} orr_ask_files;

/* The verbs. `answer->code` says how it ended. */
void orr_ask_check(const orr_ask *ask, orr_text *summary, orr_answer *answer, orr_arena *arena, orr_diags *diags);      /* the summary as the verb prints it, without the study's name */
void orr_ask_predict(const orr_ask *ask, const orr_ask_files *files /* NULL: none */, orr_answer *answer, orr_arena *arena, orr_diags *diags);
void orr_ask_explain(const orr_ask *ask, orr_answer *answer, orr_arena *arena, orr_diags *diags);
void orr_ask_recommend(const orr_ask *ask, orr_answer *answer, orr_arena *arena, orr_diags *diags);
/* The best for each combination of the choices of these domains: `paths`, or ends of them. */
void orr_ask_best_by(const orr_ask *ask, const char *const *paths, size_t path_count, orr_answer *answer, orr_arena *arena, orr_diags *diags);
void orr_ask_sweep(const orr_ask *ask, size_t samples_most, size_t finalists, const orr_sweep_search *search /* NULL: spread evenly */, size_t shard, size_t shard_count /* 0: all; a shard wants a store */, orr_answer *answer, orr_arena *arena, orr_diags *diags);
/* What a sweep is told in words: "cost"; "2/8" (NULL: no shard). False: reported. */
bool orr_ask_read_against(const char *const *words, size_t count, orr_sweep_search *search, orr_diags *diags);
bool orr_ask_read_shard(const char *text, size_t *shard, size_t *count, orr_diags *diags);
/* What whatif is asked about: a study (a path in `model`, nothing else said) or a question in one line. NULL with diagnostics. */
const orr_source *orr_ask_subject(const orr_question *question, orr_arena *arena, orr_diags *diags);
/* Of ask->source, fixed by ask->settings: `changes` as a question writes them (lab/question.h). */
void orr_ask_whatif(const orr_ask *ask, const char *const *changes, size_t change_count, orr_answer *answer, orr_arena *arena, orr_diags *diags);

#endif
