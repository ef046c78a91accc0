/* The tables of `orrery explain`: a step operator by operator, the memory of a GPU to scale, what more hardware would give. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "lab/balance.h"
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

enum { MEMORY_BAR_COLUMNS = 64 };
#define SMALL_SHARE 0.005       /* of a step: operators below it are summed in one line */

void orr_text_put_memory(const orr_report *report, orr_arena *arena, orr_text *out)
{
    const orr_memory_map *m = report->memory;
    const bool apart = report->study && report->study->engine.attention_ffn.ffn_devices > 0;
    const double taken = m->weights_bytes + m->encoder_bytes + m->activation_bytes + m->runtime_bytes + orr_max(0, m->kv_bytes);
    const double whole = orr_max(m->capacity_bytes, taken);
    const struct { const char *mark, *name; double bytes; const char *note; } parts[] = {
        {"\xE2\x96\x88", "weights", m->weights_bytes + m->encoder_bytes, ""}, {"\xE2\x96\x93", "activations", m->activation_bytes, "peak of a full step"}, {"\xE2\x96\x92", "runtime", m->runtime_bytes, "context, graphs, communicators"},
        {"\xE2\x96\x91", "KV cache", orr_max(0, m->kv_bytes), orr_arena_printf(arena, "%s blocks, %s tokens an engine", orr_figure_count(m->kv_blocks, arena), orr_figure_count(m->kv_tokens, arena))},
        {"\xC2\xB7", "left free", orr_max(0, m->capacity_bytes - taken), "beyond gpu_memory_utilization"}};
    orr_text_printf(out, "Memory of one GPU%s, %s\n", apart && m->kv_blocks > 0 ? " for attention" : "", orr_figure_bytes(m->capacity_bytes, arena));
    if (!(whole > 0)) return;
    orr_grid *grid = orr_grid_begin(arena, "lrrl", 2);
    double until = 0;
    int64_t column = 0;
    orr_text_append(out, "  ");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        until += parts[i].bytes;
        const int64_t edge = orr_round_i64(until / whole * MEMORY_BAR_COLUMNS);
        for (; column < edge; column++) orr_text_append(out, parts[i].mark);
        if (parts[i].bytes > 0)
            ORR_GRID_ROW(grid, orr_arena_printf(arena, "%s %s", parts[i].mark, parts[i].name), orr_figure_bytes(parts[i].bytes, arena), orr_figure_percent(parts[i].bytes / m->capacity_bytes, 0, arena), parts[i].note);
    }
    orr_text_append(out, "\n");
    orr_grid_write(grid, out);
    if (!m->fits) orr_text_append(out, "  It does not fit.\n");
}

static int slower_first(const void *a, const void *b)
{
    const orr_operator_line *x = *(const orr_operator_line *const *)a, *y = *(const orr_operator_line *const *)b;
    if (x->cost.time_ns != y->cost.time_ns) return x->cost.time_ns > y->cost.time_ns ? -1 : 1;
    return x < y ? -1 : x > y;
}

static const orr_operator_line **by_time(const orr_step_explanation *e, orr_arena *arena)
{
    const orr_operator_line **lines = ORR_NEW_ARRAY(arena, const orr_operator_line *, e->line_count + 1);
    for (size_t i = 0; i < e->line_count; i++) lines[i] = &e->lines[i];
    if (e->line_count > 1) qsort(lines, e->line_count, sizeof *lines, slower_first);
    return lines;
}

static void put_step(const orr_report_step *step, orr_arena *arena, orr_text *out)
{
    const orr_step_explanation *e = step->explanation;
    orr_arena *a = arena;
    if (step->images > 0) orr_text_printf(out, "A request's images: %s", orr_figure_plural(step->images, "image", "images", a));
    else orr_text_printf(out, "%s step: ", strcmp(step->name, "mixed") == 0 ? "Mixed" : "Decode");
    if (step->decode.count > 0) orr_text_printf(out, "%s over %s tokens of context", orr_figure_plural(step->decode.count, "request decodes", "requests decode", a), orr_figure_count(step->decode.context_tokens, a));
    if (step->chunk_count > 0) orr_text_printf(out, "%s%s of %s tokens after %s", step->decode.count > 0 ? ", beside " : "", orr_figure_plural(step->chunk_count, "prompt chunk", "prompt chunks", a), orr_figure_count(step->chunk.new_tokens, a),
                                               orr_figure_count(step->chunk.context_tokens, a));
    orr_text_append(out, "\n");
    orr_grid *grid = orr_grid_begin(arena, "lrrlrl", 2);
    ORR_GRID_ROW(grid, "operator", "time", "share", "bound by", "of limit", "shape");
    orr_grid_rule(grid);
    const orr_operator_line **lines = by_time(e, a);
    double small_ns = 0;
    int64_t small_count = 0;
    for (size_t i = 0; i < e->line_count; i++) {
        const orr_operator_line *line = lines[i];
        if (line->cost.time_ns < SMALL_SHARE * e->step_ns) {
            small_ns += line->cost.time_ns;
            small_count++;
            continue;
        }
        ORR_GRID_ROW(grid, line->name, orr_figure_time(line->cost.time_ns, a), orr_figure_percent(line->cost.time_ns / e->step_ns, 1, a), orr_binding_name(line->binding),
                     line->limit_share > 0 ? orr_figure_percent(line->limit_share, 0, a) : "", line->times > 1 ? orr_arena_printf(a, "%s x %s", orr_figure_fixed(line->times, line->times == (double)(int64_t)line->times ? 0 : 1, a), line->shape) : line->shape);
    }
    if (small_count > 0) ORR_GRID_ROW(grid, orr_figure_plural(small_count, "smaller operator", "smaller operators", a), orr_figure_time(small_ns, a), orr_figure_percent(small_ns / e->step_ns, 1, a), "", "", "");
    const double exposed_ns = e->seconds_by_binding_ns[ORR_BIND_HOST];
    if (exposed_ns > 0) ORR_GRID_ROW(grid, "host", orr_figure_time(exposed_ns, a), orr_figure_percent(exposed_ns / e->step_ns, 1, a), "host", "", "what the device does not hide");
    orr_grid_rule(grid);
    ORR_GRID_ROW(grid, step->images > 0 ? "together" : "step", orr_figure_time(e->step_ns, a), "", "", "", "");
    orr_grid_write(grid, out);
    double all_ns = 0;
    for (int i = 0; i < ORR_BIND_COUNT_; i++) all_ns += e->seconds_by_binding_ns[i];
    if (all_ns > 0)
        orr_text_printf(out, "  %s binds %s of it; %s binds next, with %s.\n", orr_binding_name(e->binding), orr_figure_percent(e->seconds_by_binding_ns[e->binding] / all_ns, 0, a), orr_binding_name(e->next_binding),
                        orr_figure_percent(e->seconds_by_binding_ns[e->next_binding] / all_ns, 0, a));
}

static const char *ten_percent(double elasticity, orr_arena *arena)
{
    const double change = elasticity * 10;
    if (!isfinite(change)) return "-";
    return orr_arena_printf(arena, "%s%s %%", change > 0.005 ? "+" : "", orr_figure_fixed(change, 2, arena));
}

static void put_elasticities(const orr_report *report, orr_arena *arena, orr_text *out)
{
    orr_grid *grid = orr_grid_begin(arena, "lrrrrr", 2);
    ORR_GRID_ROW(grid, "10 % more of", "now", "TPOT", "tok/s", "decode step", "mixed step");
    orr_grid_rule(grid);
    for (size_t i = 0; i < report->elasticity_count; i++) {
        const orr_elasticity *e = &report->elasticities[i];
        ORR_GRID_ROW(grid, e->parameter, orr_unit_text(e->value, e->unit, 3, arena), ten_percent(e->tpot, arena), ten_percent(e->throughput, arena), ten_percent(e->decode_step, arena), ten_percent(e->mixed_step, arena));
    }
    orr_text_append(out, "What more hardware would change\n");
    orr_grid_write(grid, out);
}

static const char *scaled(double scale, double now, orr_unit unit, orr_arena *arena)
{
    if (scale <= ORR_BALANCE_LEAST) return "none";
    return orr_arena_printf(arena, "%s (%s)", orr_unit_text(scale * now, unit, 3, arena), orr_figure_percent(scale, 0, arena));
}

static void put_balance(const orr_balance *balance, orr_arena *arena, orr_text *out)
{
    orr_grid *grid = orr_grid_begin(arena, "lrrr", 2);
    ORR_GRID_ROW(grid, orr_arena_printf(arena, "as fast, within %.0f %%, with", 100 * ORR_BALANCE_LOSS), "now", "alone", "together");
    orr_grid_rule(grid);
    for (int i = 0; i < ORR_RATE_COUNT_; i++) {
        const orr_balance_rate *rate = &balance->rates[i];
        if (rate->now > 0) ORR_GRID_ROW(grid, rate->parameter, orr_unit_text(rate->now, rate->unit, 3, arena), scaled(rate->alone, rate->now, rate->unit, arena), scaled(rate->together, rate->now, rate->unit, arena));
    }
    ORR_GRID_ROW(grid, "chip.memory.capacity", orr_figure_bytes(balance->capacity_bytes, arena), orr_arena_printf(arena, "%s (%s)", orr_figure_bytes(balance->capacity_needed_bytes, arena), orr_figure_percent(balance->capacity_needed_bytes / orr_max(balance->capacity_bytes, 1), 0, arena)), "");
    orr_text_append(out, "What would have been enough of the chip\n");
    orr_grid_write(grid, out);
    grid = orr_grid_begin(arena, "lrrrrrrrrr", 2);
    const char *memory[ORR_BALANCE_TRADES], *matrix[ORR_BALANCE_TRADES];
    for (int i = 0; i < ORR_BALANCE_TRADES; i++) {
        const orr_balance_trade *trade = &balance->trades[i];
        memory[i] = orr_arena_printf(arena, "x%.2f", trade->memory);
        matrix[i] = isfinite(trade->matrix) ? trade->matrix <= ORR_BALANCE_LEAST ? "none" : orr_arena_printf(arena, trade->matrix < 9.95 ? "x%.2f" : "x%.0f", trade->matrix) : "-";
    }
    ORR_GRID_ROW(grid, "chip.memory.bandwidth", memory[0], memory[1], memory[2], memory[3], memory[4], memory[5], memory[6], memory[7], memory[8]);
    ORR_GRID_ROW(grid, "chip.compute", matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5], matrix[6], matrix[7], matrix[8]);
    orr_text_append(out, "\nAs fast as it is, with so much of both (-: no matrix rate is enough)\n");
    orr_grid_write(grid, out);
}

void orr_explain_write_text(const orr_report *report, bool formulas, orr_arena *arena, orr_text *out)
{
    orr_text_put_head(report, out);
    if (report->why_count > 1) orr_text_append(out, "\n");
    orr_text_put_why(report, 1, out);
    for (int i = 0; i < report->step_count; i++) {
        orr_text_append(out, "\n");
        put_step(&report->steps[i], arena, out);
    }
    if (report->elasticity_count > 0) {
        orr_text_append(out, "\n");
        put_elasticities(report, arena, out);
    }
    if (report->balance) {
        orr_text_append(out, "\n");
        put_balance(report->balance, arena, out);
    }
    if (report->study) orr_text_put_fabric(report->study, arena, out);
    if (report->memory) {
        orr_text_append(out, "\n");
        orr_text_put_memory(report, arena, out);
    }
    if (formulas) orr_text_put_formulas(arena, out);
}
