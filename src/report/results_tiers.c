/* results.json: tiers of KV cache below the HBM. Nothing where there are none. */
#include "report/results_json.h"

#include <math.h>

void orr_results_put_tiers(orr_json *json, const orr_run_result *run)
{
    if (run->tier_count == 0) return;
    orr_json_key(json, "kv_tiers");
    orr_json_object(json);
    orr_json_put_int(json, "fetch_waits", run->fetch_waits);
    orr_json_put_double(json, "fetch_wait_mean_ms", run->fetch_waits > 0 ? run->fetch_wait_mean_ns / 1e6 : (double)NAN);
    orr_json_key(json, "tiers");
    orr_json_array(json);
    for (int64_t i = 0; i < run->tier_count; i++) {
        const orr_tier_result *t = &run->tiers[i];
        orr_json_object(json);
        orr_json_put_string(json, "name", t->name);
        orr_json_put_string(json, "engines", t->prefill ? "prefill" : t->group ? t->group : run->prefill.replicas > 0 ? "decode" : "all");
        orr_json_put_int(json, "stores", t->stores);
        orr_json_put_int(json, "reads", t->reads);
        orr_json_put_int(json, "hit_tokens", t->hit_tokens);
        const struct { const char *key; double value; } figures[] = {{"read_bytes", t->read_bytes}, {"written_bytes", t->written_bytes}, {"held_bytes", t->held_bytes}, {"capacity_bytes", t->capacity_bytes},
            {"mean_read_ms", t->reads > 0 ? t->mean_read_ns / 1e6 : (double)NAN}, {"read_utilization", t->read_utilization}, {"write_utilization", t->write_utilization}};
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++) orr_json_put_double(json, figures[k].key, figures[k].value);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
}
