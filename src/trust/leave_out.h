/* Measured servers of a chip, a model or an engine, judged by fits that have not seen them.
 *
 * What is fitted anew, on the rest of the closed loops and recorded runs: engines' host times (serving_calibrate.h), from values that no fit made. Beside that
 *   chip    the universal coefficients without its kernels, then each engine's overlay without them (where kernel tables are given), and none of its residuals;
 *   model   nothing more: kernels know no models;
 *   engine  one set of host times for it, of all other engines' servers together; none of its overlay and residuals.
 * Other chips keep their residuals and the embedded coefficients while host times are fitted: with these they say what was measured on them, whatever coefficients stand below.
 * Not fitted anew: acceptance of drafts, intervals, the shares of residuals that a step keeps. */
#ifndef ORR_TRUST_LEAVE_OUT_H
#define ORR_TRUST_LEAVE_OUT_H

#include "trust/case_run.h"
#include "trust/kernel_table.h"

typedef enum { ORR_LEAVE_OUT_CHIP, ORR_LEAVE_OUT_MODEL, ORR_LEAVE_OUT_ENGINE } orr_leave_out_kind;
typedef struct orr_leave_out { orr_leave_out_kind kind; const char *name; /* the catalogue's */ } orr_leave_out;

/* "chip=h100-sxm", "model=Qwen/Qwen3-32B", "engine=vllm". False: reported. */
bool orr_leave_out_parse(const char *text, orr_leave_out *out, orr_diags *diags);
const char *orr_leave_out_kind_name(orr_leave_out_kind kind);        /* "chip" */

typedef struct orr_leave_out_options {
    orr_leave_out what;
    const orr_kernel_tables *kernels;       /* NULL: none; the coefficients stay as they are */
    size_t rows_per_table, kernel_evaluations;
    size_t stride, evaluations;             /* of the fits of host times: every so many cases of an engine, so many evaluations */
    void (*progress)(void *context, const char *line);      /* may be NULL */
    void *progress_context;
} orr_leave_out_options;

/* Fits without them and alters the studies of those left out accordingly; `bound` of the others are untouched. out[i]: it is left out. coefficients[i], where out[i]: what it is run by. skip[i] not NULL: it is in no fit.
 * False with diagnostics where nothing is left out or nothing remains. */
bool orr_leave_out_fit(const orr_leave_out_options *options, orr_bound_case *bound, const char *const *skip, size_t count, orr_workers *workers, orr_arena *arena, bool *out, const orr_coefficients **coefficients, orr_diags *diags);

#endif
