/* The files that a run writes or reads as it goes on: --requests, --steps, --trace, --record, --replay. */
#ifndef ORR_ASK_RUN_FILES_H
#define ORR_ASK_RUN_FILES_H

#include "ask/ask.h"
#include "drive/executors.h"
#include "report/run_files.h"

typedef struct orr_run_file_options { const char *requests, *steps, *trace, *record, *replay; int64_t trace_requests; } orr_run_file_options;

enum { ORR_TRACE_REQUESTS = 1000 };

enum { ORR_MOST_RUN_FILES = 3 };
typedef struct orr_run_files {
    const orr_run_file_options *given;
    orr_run_file *files[ORR_MOST_RUN_FILES];
    const orr_loop_observer *observers[ORR_MOST_RUN_FILES];
    int count;
    orr_recorder *recorder;
    orr_replay *replay;
} orr_run_files;

static inline bool orr_run_files_any(const orr_run_file_options *given) { return given->requests || given->steps || given->trace || given->record || given->replay; }
/* For orr_ask_predict: opens those asked for as the run begins, and closes them with it. `files` is its context; zeroed. */
orr_ask_files orr_run_files_of(orr_run_files *files, const orr_run_file_options *given);

#endif
