/* Images: what the model makes of one, where they are encoded, and what that takes. Nothing where none come. */
#include "report/figure.h"
#include "report/grid.h"
#include "report/results_json.h"
#include "report/texts.h"

static double ms(double ns) { return ns / 1e6; }

void orr_text_put_images(const orr_study *study, const orr_run_result *r, orr_arena *a, orr_grid *grid)
{
    const orr_images *images = orr_study_images(study);
    const orr_encoder_result *e = &r->encoders;
    if (images == NULL) return;
    const char *each = orr_arena_printf(a, "%lld x %lld pixels, %s tokens each", (long long)images->width, (long long)images->height, orr_figure_count(images->tokens, a));
    if (e->replicas == 0) {
        ORR_GRID_ROW(grid, "Images", orr_arena_printf(a, "%s of %s; encoded in the engines' steps, %s an image, %s of their time", orr_figure_count(e->step_images, a), each,
                                                      orr_figure_time(e->step_images > 0 ? e->step_ns / (double)e->step_images : 0, a), orr_figure_percent(e->step_share, 1, a)));
        return;
    }
    ORR_GRID_ROW(grid, "Encoders", orr_arena_printf(a, "%s, %s of %s; busy %s, compute %s, DRAM bandwidth %s, link %s; %s images at a time, %lld at most", orr_figure_plural(e->replicas, "GPU", "GPUs", a), orr_figure_plural(e->images, "image", "images", a),
                                                    each, orr_figure_percent(e->busy_share, 0, a), orr_figure_percent(e->compute_utilization, 0, a), orr_figure_percent(e->memory_utilization, 0, a),
                                                    orr_figure_percent(e->link_utilization, 1, a), orr_figure_number(e->batches > 0 ? (double)e->images / (double)e->batches : 0, 3, a), (long long)e->most_images));
    if (e->requests > 0)
        ORR_GRID_ROW(grid, "  of TTFT", orr_arena_printf(a, "%s in the mean, %s at p99, of requests with images: %s waiting, %s encoded, %s on the way", orr_figure_time(e->all.mean, a), orr_figure_time(e->all.p99, a), orr_figure_time(e->queue.mean, a),
                                                         orr_figure_time(e->encode.mean, a), orr_figure_time(e->ship.mean, a)));
}

static void put_part(orr_json *json, const char *key, const orr_summary *s)
{
    if (s->count == 0) return;
    orr_json_key(json, key);
    orr_json_object(json);
    const struct { const char *name; double value_ns; } named[] = {{"mean", s->mean}, {"p50", s->p50}, {"p90", s->p90}, {"p99", s->p99}, {"max", s->max}};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) orr_json_put_double(json, named[i].name, ms(named[i].value_ns));
    orr_json_object_end(json);
}

static void put_encoders(orr_json *json, const orr_study *study, const orr_encoder_result *e)
{
    orr_json_key(json, "encoders");
    orr_json_object(json);
    const struct { const char *key; int64_t value; } counts[] = {{"replicas", e->replicas}, {"gpus", e->replicas}, {"max_images", e->most_images}, {"requests", e->requests}, {"images", e->images}, {"batches", e->batches}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) orr_json_put_int(json, counts[i].key, counts[i].value);
    orr_json_put_string(json, "router", orr_router_key(study->serving.encoders.router));
    const struct { const char *key; double value; } figures[] = {{"busy_share", e->busy_share}, {"compute", e->compute_utilization}, {"memory", e->memory_utilization}, {"link", e->link_utilization}, {"bytes", e->bytes}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) orr_json_put_double(json, figures[i].key, figures[i].value);
    put_part(json, "queue_ms", &e->queue);
    put_part(json, "encode_ms", &e->encode);
    put_part(json, "ship_ms", &e->ship);
    put_part(json, "all_ms", &e->all);
    orr_json_object_end(json);
}

void orr_results_put_images(orr_json *json, const orr_study *study, const orr_run_result *run)
{
    const orr_images *images = orr_study_images(study);
    const orr_encoder_result *e = &run->encoders;
    if (images == NULL) return;
    orr_json_key(json, "images");
    orr_json_object(json);
    orr_json_put_int(json, "width", images->width);
    orr_json_put_int(json, "height", images->height);
    orr_json_put_int(json, "tokens", images->tokens);
    orr_json_put_int(json, "in_steps", e->step_images);
    orr_json_put_double(json, "in_steps_ms", ms(e->step_ns));
    orr_json_put_double(json, "in_steps_share", e->step_share);
    if (e->replicas > 0) put_encoders(json, study, e);
    orr_json_object_end(json);
}
