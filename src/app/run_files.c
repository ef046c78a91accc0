#include "app/run_files.h"

#include "app/verbs.h"

static bool add(orr_run_files *files, orr_run_file *file)
{
    if (file == NULL) return false;
    files->observers[files->count] = &file->observer;
    files->files[files->count++] = file;
    return true;
}

bool orr_run_files_open(orr_run_files *files, const orr_run_file_options *given, const orr_study *study, orr_run_options *run, orr_diags *diags)
{
    *files = (orr_run_files){0};
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

bool orr_run_files_close(orr_run_files *files, bool whole, orr_diags *diags)
{
    bool good = true;
    if (files->replay) good = orr_replay_check(files->replay, whole, diags);
    for (int i = 0; i < files->count; i++) good = files->files[i]->close(files->files[i], whole && good, diags) && good;
    good = orr_recorder_close(files->recorder, whole && good, diags) && good;
    orr_replay_close(files->replay);
    return good;
}
