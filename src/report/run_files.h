/* Files written while a run goes on, in memory that does not grow with it: requests.csv, steps.csv, and a trace for Perfetto. Each is an observer of the run (drive/loop.h), made before it and closed after. */
#ifndef ORR_REPORT_RUN_FILES_H
#define ORR_REPORT_RUN_FILES_H

#include "base/diag.h"
#include "drive/loop.h"
#include "drive/run.h"

typedef struct orr_run_file orr_run_file;
struct orr_run_file {
    orr_loop_observer observer;
    /* `whole`: the run came to its end; else nothing is left. False: reported. Frees it. */
    bool (*close)(orr_run_file *file, bool whole, orr_diags *diags);
};

/* Each NULL when reported; the study outlives it. */
orr_run_file *orr_requests_file_open(const char *path, const orr_study *study, orr_diags *diags);       /* the same lines as orr_requests_write_csv's, in the same order; what it holds are requests that wait for an earlier one to finish */
orr_run_file *orr_steps_file_open(const char *path, const orr_study *study, orr_diags *diags);          /* a line a step, in the order in which they begin */
orr_run_file *orr_perfetto_file_open(const char *path, const orr_study *study, int64_t requests, orr_diags *diags);        /* lifetimes of the first so many requests */

#endif
