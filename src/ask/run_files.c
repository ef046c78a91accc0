#include "ask/run_files.h"

#include "base/version.h"

static bool add(orr_run_files *files, orr_run_file *file)
{
    if (file == NULL) return false;
    files->observers[files->count] = &file->observer;
    files->files[files->count++] = file;
    return true;
}

/* A recording is of one run. */
static bool check_together(const orr_run_file_options *given, const orr_study *study, orr_diags *diags)
{
    if (study->measure.replications <= 1 || (!given->record && !given->replay)) return true;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--%s is of one run, and %lld replications are asked for", given->record ? "record" : "replay", (long long)study->measure.replications),
                  "Leave one of them out: --replications 1.");
    return false;
}

static bool open_all(void *context, const orr_study *study, orr_run_options *run, orr_diags *diags)
{
    orr_run_files *files = context;
    const orr_run_file_options *given = files->given;
    if (!check_together(given, study, diags)) return false;
    bool good = true;
    if (given->replay) good &= (files->replay = orr_replay_open(given->replay, study, ORR_VERSION, diags)) != NULL;
    if (given->record) good &= (files->recorder = orr_recorder_open(given->record, study, ORR_VERSION, diags)) != NULL;
    if (given->requests) good &= add(files, orr_requests_file_open(given->requests, study, diags));
    if (given->steps) good &= add(files, orr_steps_file_open(given->steps, study, diags));
    if (given->trace) good &= add(files, orr_perfetto_file_open(given->trace, study, given->trace_requests, diags));
    run->watchers = files->observers;
    run->watcher_count = files->count;
    run->recorder = files->recorder;
    run->replay = files->replay;
    return good;
}

static bool close_all(void *context, bool whole, orr_diags *diags)
{
    orr_run_files *files = context;
    bool good = true;
    if (files->replay) good = orr_replay_check(files->replay, whole, diags);
    for (int i = 0; i < files->count; i++) good = files->files[i]->close(files->files[i], whole && good, diags) && good;
    good = orr_recorder_close(files->recorder, whole && good, diags) && good;
    orr_replay_close(files->replay);
    return good;
}

orr_ask_files orr_run_files_of(orr_run_files *files, const orr_run_file_options *given)
{
    *files = (orr_run_files){.given = given};
    return (orr_ask_files){open_all, close_all, files};
}
