/* The handles behind the C ABI (include/orrery/orrery.h). */
#ifndef ORR_LIBRARY_HANDLES_H
#define ORR_LIBRARY_HANDLES_H

#include "ask/ask.h"
#include "orrery/orrery.h"
#include "report/columnar.h"

struct orrery_study {
    orr_arena *arena;                       /* holds itself and its text; not written to once it is made */
    const char *path;                       /* or */
    orr_source source;                      /* bytes not NULL, or */
    orr_question question; bool is_question;
};

struct orrery_control { volatile int asked; };      /* base/cancel.h */

enum { ORR_LIBRARY_TABLES = 4 };
struct orrery_result {
    orr_arena *arena;
    orr_diags *diags;
    orrery_status status;
    orr_text json, text, resolved, diagnostics, diagnostics_json;
    orr_columnar tables[ORR_LIBRARY_TABLES]; size_t table_count;
};
/* JSON, texts and tables of an answer; with `write_files` those of options->output_dir, too. */
void orr_library_take(orrery_result *result, const orr_answer *answer, const orrery_options *options, bool write_files);

#endif
