/* Engines whose attention and FFN stand on devices of their own: what each side does in a step. Nothing where nothing is apart. */
#include "report/figure.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/texts.h"

static const char *const side_names[ORR_STATION_COUNT_] = {"attention devices", "dispatch", "FFN devices", "combine"};

void orr_text_put_apart(const orr_run_result *r, orr_arena *a, orr_grid *grid)
{
    const orr_apart_result *p = &r->apart;
    if (p->micro_batches == 0) return;
    const char *shares = "";
    for (int s = 0; s < ORR_STATION_COUNT_; s++) shares = orr_arena_printf(a, "%s%s%s %s", shares, s > 0 ? ", " : "", side_names[s], orr_figure_percent(p->busy[s], 0, a));
    shares = orr_arena_printf(a, "at work in a step: %s", shares);
    ORR_GRID_ROW(grid, "Apart", orr_arena_printf(a, "%s for attention, %s for FFN; %s; %s", orr_figure_plural(p->attention_gpus, "GPU", "GPUs", a), orr_figure_plural(p->ffn_gpus, "GPU", "GPUs", a),
                                                 orr_figure_plural(p->micro_batches, "micro-batch", "micro-batches", a), shares));
    ORR_GRID_ROW(grid, "  FFN", orr_arena_printf(a, "DRAM bandwidth %s, compute %s; %s sent between the sides, %s an output token; weights take %s of %s", orr_figure_percent(p->ffn_memory_utilization, 0, a),
                                                 orr_figure_percent(p->ffn_compute_utilization, 0, a), orr_figure_bytes(p->link_bytes, a),
                                                 orr_figure_bytes(r->output_tokens > 0 ? p->link_bytes / (double)r->output_tokens : 0, a), orr_figure_bytes(p->ffn_memory.weights_bytes, a), orr_figure_bytes(p->ffn_memory.capacity_bytes, a)));
}

void orr_results_put_apart(orr_json *json, const orr_run_result *run)
{
    const orr_apart_result *p = &run->apart;
    if (p->micro_batches == 0) return;
    orr_json_key(json, "attention_ffn");
    orr_json_object(json);
    orr_json_put_int(json, "micro_batches", p->micro_batches);
    orr_json_put_int(json, "attention_gpus", p->attention_gpus);
    orr_json_put_int(json, "ffn_gpus", p->ffn_gpus);
    orr_json_key(json, "busy");
    orr_json_object(json);
    for (int s = 0; s < ORR_STATION_COUNT_; s++) orr_json_put_double(json, orr_station_name((orr_station)s), p->busy[s]);
    orr_json_object_end(json);
    orr_json_put_string(json, "binding", orr_station_name(p->binding));
    const struct { const char *key; double value; } figures[] = {{"attention_bubble", 1 - p->busy[ORR_STATION_ATTENTION]}, {"ffn_bubble", 1 - p->busy[ORR_STATION_FFN]}, {"ffn_compute", p->ffn_compute_utilization},
        {"ffn_memory", p->ffn_memory_utilization}, {"ffn_link", p->ffn_link_utilization}, {"link_bytes", p->link_bytes}, {"ffn_weights_bytes", p->ffn_memory.weights_bytes}, {"ffn_capacity_bytes", p->ffn_memory.capacity_bytes}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].key, figures[i].value);
    orr_json_object_end(json);
}
