/* results.json (docs/RESULTS_FORMAT.md): the result keys of `vllm bench serve` at the top level, and everything of Orrery's own under its own keys.
 *
 * Invariants: 1. no date, host or machine path is written: same inputs, same bytes; 2. what is unknown is absent, what is not a number is null; 3. units are in the names. */
#ifndef ORR_REPORT_RESULTS_JSON_H
#define ORR_REPORT_RESULTS_JSON_H

#include "base/json.h"
#include "lab/objective.h"
#include "lab/whatif.h"
#include "report/report.h"

/* Candidates of a search that results.json holds: so many of the best ranks, and every other that was simulated itself or stands on the front. A page with more would be slow to
 * open; candidates.csv has all. */
enum { ORR_RESULTS_CANDIDATES_MAX = 1000 };

void orr_results_write_json(const orr_report *report, bool pretty, orr_arena *arena, orr_text *out);
/* The same as a value of a larger document. */
void orr_results_put(orr_json *json, const orr_report *report, orr_arena *arena);
/* The answer of `whatif`, with both sides as searches. */
void orr_whatif_write_json(const orr_whatif *whatif, const char *version, orr_arena *arena, orr_text *out);

/* Parts (private to src/report/). Each writes its key and value into the open object. */
void orr_results_put_system(orr_json *json, const orr_report *report, orr_arena *arena);         /* results_system.c: system, traffic, objective, slo */
void orr_results_put_provenance(orr_json *json, const orr_study *study, orr_arena *arena);      /* results_origin.c: provenance, resolved_yaml */
void orr_results_put_intervals(orr_json *json, const orr_report *report, orr_arena *arena);      /* results_interval.c; of a report with intervals */
void orr_results_put_policies(orr_json *json, const orr_engine *engine);       /* results_system.c: how it schedules and what its cache keeps, as resolved */
void orr_results_put_pools(orr_json *json, const orr_study *study, const orr_run_result *run);        /* results_pools.c */
void orr_results_put_steps(orr_json *json, const orr_report *report);                           /* results_step.c: memory, steps, elasticities */
void orr_results_put_search(orr_json *json, const orr_report *report, orr_arena *arena);                          /* results_search.c: recommendation */

const char *orr_verdict_key(orr_verdict verdict);               /* "misses_slo" */
const char *orr_metric_key(orr_latency_metric metric);          /* "ttft" */
const char *orr_stat_key(orr_stat stat);                        /* "p99" */

void orr_results_put_apart(orr_json *json, const orr_run_result *run);          /* apart.c */
void orr_results_put_fleet(orr_json *json, const orr_run_result *run);
void orr_results_put_images(orr_json *json, const orr_study *study, const orr_run_result *run);       /* images.c */
void orr_results_put_tiers(orr_json *json, const orr_run_result *run);
void orr_results_put_replications(orr_json *json, const orr_replications *replications, orr_arena *arena);      /* replications.c; NULL: nothing */
void orr_results_put_summary_ms(orr_json *json, const orr_summary *summary);    /* "mean": 1.2, ... of what was in ns; null where there is none */
void orr_results_put_fabric(orr_json *json, const orr_study *study, orr_arena *arena);      /* results_fabric.c */
void orr_results_put_groups(orr_json *json, const orr_study *study, const orr_run_result *run, orr_arena *arena);
void orr_results_put_tenants(orr_json *json, const orr_run_result *run);

#endif
