/* The parameters of measuring, and the reading of a warm-up: "none", "auto", a time, or a number of requests. */
#include <math.h>
#include <string.h>
#include "base/math.h"
#include "spec/study_internal.h"

static const orr_field measure_fields[] = {
    {.name = "warmup", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_measure, warmup), .default_text = "none", .doc = "what is left out at the beginning: none; auto (until a steady state, found by MSER-5); a time (30 s); a number of requests (200), by their finish"},
    {.name = "replications", .kind = ORR_FIELD_INT, .offset = offsetof(orr_measure, replications), .min = 1, .max = 10000, .default_text = "1", .doc = "runs with seeds of their own, from which confidence intervals are computed"},
};
const orr_table orr_measure_table = {"measure", "what of a run is measured, and how often", ORR_FIELDS(measure_fields)};

bool orr_study_bind_measure(orr_binder *binder, orr_measure *m)
{
    if (m->warmup == NULL || orr_text_equal(m->warmup, "none")) return true;
    if (orr_text_equal(m->warmup, "auto")) { m->warmup_kind = ORR_WARMUP_AUTO; return true; }
    const char *number = m->warmup, *problem;
    const size_t length = strlen(number);
    if (orr_text_ends_with(number, " requests")) number = orr_arena_strndup(binder->arena, number, length - strlen(" requests"));
    double value = 0;
    if (orr_unit_parse(number, ORR_UNIT_NONE, true, &value, &problem) && strchr(number, '%') == NULL && value >= 0 && value <= 1e12 && value == floor(value)) {
        m->warmup_requests = orr_round_i64(value);
        m->warmup_kind = m->warmup_requests > 0 ? ORR_WARMUP_REQUESTS : ORR_WARMUP_NONE;
        return true;
    }
    if (orr_unit_parse(number, ORR_UNIT_NS, false, &value, &problem) && value >= 0 && value <= 9e18) {
        m->warmup_ns = orr_round_i64(value);
        m->warmup_kind = m->warmup_ns > 0 ? ORR_WARMUP_TIME : ORR_WARMUP_NONE;
        return true;
    }
    orr_diag *diag = orr_diag_error(binder->diags, orr_binder_place(binder, "measure.warmup"), "measure.warmup can't be \"%s\"", m->warmup);
    orr_diag_hint(diag, "Write none, auto, a time (30 s) or a number of requests (200).");
    return false;
}
