/* results.json: a fleet that changes. Nothing where it does not. */
#include "report/results_json.h"

void orr_results_put_fleet(orr_json *json, const orr_run_result *run)
{
    const orr_fleet_result *f = &run->fleet;
    if (!f->changes) return;
    orr_json_key(json, "fleet");
    orr_json_object(json);
    orr_json_put_double(json, "availability", f->availability);
    const struct { const char *key; int64_t value; } counts[] = {{"failures", f->failures}, {"requests_redelivered", f->redelivered}, {"requests_lost", run->requests_lost}, {"requests_waited", f->waited}, {"lost_context_tokens", f->lost_tokens},
        {"peak_replicas", f->peak_replicas}, {"replicas_started", f->started}, {"replicas_stopped", f->stopped}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) orr_json_put_int(json, counts[i].key, counts[i].value);
    const struct { const char *key; double value; } figures[] = {{"mean_replicas", f->mean_replicas}, {"replica_hours", f->replica_hours}, {"nobody_up_s", f->nobody_up_s}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].key, figures[i].value);
    orr_json_object_end(json);
}
