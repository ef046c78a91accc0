/* The files that a run writes or reads as it goes on: --requests, --steps, --trace, --record, --replay. */
#ifndef ORR_APP_RUN_FILES_H
#define ORR_APP_RUN_FILES_H

#include "app/options.h"
#include "drive/executors.h"
#include "report/run_files.h"

typedef struct orr_run_file_options { const char *requests, *steps, *trace, *record, *replay; int64_t trace_requests; } orr_run_file_options;

/* Their lines in a verb's option table. */
#define ORR_RUN_FILE_OPTIONS(type, member) \
    {.name = "requests", .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.requests), .argument = "FILE", .doc = "write a line for each request (CSV)"}, \
    {.name = "steps", .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.steps), .argument = "FILE", .doc = "write a line for each step: its plan, time and cost (CSV)"}, \
    {.name = "trace", .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.trace), .argument = "FILE", .doc = "write a trace of steps, queues, cache and transfers; ui.perfetto.dev opens it"}, \
    {.name = "trace-requests", .kind = ORR_OPTION_INT, .offset = offsetof(type, member.trace_requests), .argument = "N", .min = 0, .max = INT64_MAX, .doc = "lifetimes of the first N requests in the trace (default 1000)"}, \
    {.name = "record", .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.record), .argument = "FILE", .doc = "record how long each step took and what it cost"}, \
    {.name = "replay", .kind = ORR_OPTION_TEXT, .offset = offsetof(type, member.replay), .argument = "FILE", .doc = "take the times and costs of steps from a recording instead of the model"}
enum { ORR_TRACE_REQUESTS = 1000 };

enum { ORR_MOST_RUN_FILES = 3 };
typedef struct orr_run_files {
    orr_run_file *files[ORR_MOST_RUN_FILES];
    const orr_loop_observer *observers[ORR_MOST_RUN_FILES];
    int count;
    orr_recorder *recorder;
    orr_replay *replay;
} orr_run_files;

/* Opens those asked for and puts them into the run's options. False: reported; to be closed all the same. */
bool orr_run_files_open(orr_run_files *files, const orr_run_file_options *given, const orr_study *study, orr_run_options *run, orr_diags *diags);
/* `whole`: the run came to its end. False: reported, among it a recording that does not fit. */
bool orr_run_files_close(orr_run_files *files, bool whole, orr_diags *diags);

#endif
