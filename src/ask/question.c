/* What `whatif` is asked about: a study, or what one line says. */
#include <string.h>
#include "ask/ask.h"
#include "base/file.h"

const orr_source *orr_ask_subject(const orr_question *question, orr_arena *arena, orr_diags *diags)
{
    const char *subject = question->model;
    const bool is_study = orr_text_ends_with(subject, ".yaml") || orr_text_ends_with(subject, ".yml");
    if (!question->on && !is_study) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "what should %s run on?", subject), "Write, for example, `orrery whatif %s --on h200-sxm:8 --set chip.memory.bandwidth=x2 --slo 'tpot<=20ms'`; or give a study (.yaml).", subject);
        return NULL;
    }
    if (question->on) {
        const char *text = orr_question_study(question, arena, diags);
        orr_source *source = ORR_NEW(arena, orr_source);
        if (text) *source = (orr_source){.name = "question", .bytes = text, .length_bytes = strlen(text)};
        return text ? source : NULL;
    }
    if (question->limit_count || question->engine || question->traffic || question->objective || question->input_tokens || question->output_tokens) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is a study, which says itself what --slo, --engine, --traffic, --input, --output and --objective say", subject), "Change it on both sides by --fix slo.tpot.p99='20 ms'.");
        return NULL;
    }
    return orr_file_read(arena, subject, diags);
}
