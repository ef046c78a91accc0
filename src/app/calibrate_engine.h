/* orrery calibrate RESULT... --study STUDY: an engine from benchmarks. */
#ifndef ORR_APP_CALIBRATE_ENGINE_H
#define ORR_APP_CALIBRATE_ENGINE_H

#include "app/common.h"

typedef struct orr_engine_calibration { const char *study_path; const orr_option_list *settings; const char *const *paths; size_t path_count; const char *output_path; size_t evaluations; int threads; } orr_engine_calibration;

/* The engine goes to the file, and what was measured and is predicted to stdout; without a file, the engine to stdout and the rest to stderr. Returns the exit code. */
int orr_app_calibrate_engine(const orr_engine_calibration *given, orr_arena *arena, orr_diags *diags);

#endif
