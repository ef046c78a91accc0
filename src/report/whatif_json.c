/* whatif as JSON: the answer, and both sides as `orrery recommend` writes them. */
#include "report/results_json.h"

static void put_side(orr_json *json, const char *key, const orr_whatif_side *side, const char *version, orr_arena *arena)
{
    const orr_report report = orr_report_of_recommendation(side->file, side->search, version, arena);
    orr_json_key(json, key);
    orr_results_put(json, &report, arena);
}

void orr_whatif_write_json(const orr_whatif *w, const char *version, orr_arena *arena, orr_text *out)
{
    orr_json writer = orr_json_begin(out, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery/whatif/v1");
    orr_json_put_string(json, "answer", w->answer);
    if (w->compared) {
        orr_json_put_double(json, "gain", w->gain);
        orr_json_put_double(json, "gain_low_90", w->gain_low);
        orr_json_put_double(json, "gain_high_90", w->gain_high);
    }
    orr_json_key(json, "why");
    orr_json_array(json);
    for (size_t i = 0; i < w->why_count; i++) orr_json_string(json, w->why[i]);
    orr_json_array_end(json);
    put_side(json, "as_it_is", &w->before, version, arena);
    put_side(json, "changed", &w->after, version, arena);
    orr_json_object_end(json);
    orr_text_append(out, "\n");
}
