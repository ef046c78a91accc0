#include "lab/balance.h"

#include <math.h>
#include "base/math.h"

enum { HALVINGS = 11 };             /* of a range of 8 octaves: to a third of a percent */

static double *link_of(orr_hardware *hardware)
{
    if (orr_fabric_has_domain(&hardware->fabric) && hardware->fabric.domain.bytes_per_s > 0) return &hardware->fabric.domain.bytes_per_s;
    return hardware->node.scale_up_bytes_per_s > 0 ? &hardware->node.scale_up_bytes_per_s : &hardware->chip.link_bytes_per_s;
}

static void scale_rates(orr_hardware *hardware, const double scale[ORR_RATE_COUNT_])
{
    orr_chip *chip = &hardware->chip;
    double *const matrix[] = {&chip->bf16_flop_per_s, &chip->fp16_flop_per_s, &chip->fp8_flop_per_s, &chip->fp4_flop_per_s, &chip->int8_flop_per_s, &chip->tf32_flop_per_s};
    for (size_t i = 0; i < sizeof matrix / sizeof *matrix; i++) *matrix[i] *= scale[ORR_RATE_MATRIX];
    chip->memory_bytes_per_s *= scale[ORR_RATE_MEMORY];
    *link_of(hardware) *= scale[ORR_RATE_LINK];
}

typedef struct balancing { const orr_study *study; const orr_study_explanation *explanation; double most_ns; } balancing;

double orr_balance_step_ns(const orr_study *study, const orr_study_explanation *explanation, const double scale[ORR_RATE_COUNT_])
{
    orr_study scaled = *study;
    scale_rates(&scaled.hardware, scale);
    orr_step_times times;
    return orr_step_times_of(&scaled, explanation, &times) ? orr_step_times_mean_ns(&times, explanation->mixed_share) : 0;
}

static bool is_fast(const balancing *b, const double scale[ORR_RATE_COUNT_])
{
    const double ns = orr_balance_step_ns(b->study, b->explanation, scale);
    return ns > 0 && ns <= b->most_ns;
}

/* The least scale[which] in [low, high] that is fast, found by halving its logarithm; `high` is. */
static double least(const balancing *b, const double scale[ORR_RATE_COUNT_], orr_rate which, double low, double high)
{
    double at[ORR_RATE_COUNT_] = {scale[0], scale[1], scale[2]};
    at[which] = low;
    if (is_fast(b, at)) return low;
    for (int i = 0; i < HALVINGS; i++) {
        at[which] = sqrt(low * high);
        if (is_fast(b, at)) high = at[which];
        else low = at[which];
    }
    return high;
}

/* Round by round each rate takes its share of the loss; in the last round what is left of it, so that the others' slack is taken too, and none can be less. */
static void put_together(balancing *b, orr_balance *found)
{
    double scale[ORR_RATE_COUNT_] = {1, 1, 1};
    enum { ROUNDS = 2 };
    for (int step = 1; step <= ROUNDS * ORR_RATE_COUNT_; step++) {
        const orr_rate which = (orr_rate)((step - 1) % ORR_RATE_COUNT_);
        b->most_ns = found->step_ns * (1 + ORR_BALANCE_LOSS * orr_min(1, (double)step / ORR_RATE_COUNT_));
        if (found->rates[which].now > 0) scale[which] = least(b, scale, which, ORR_BALANCE_LEAST, scale[which]);
    }
    for (int r = 0; r < ORR_RATE_COUNT_; r++) found->rates[r].together = scale[r];
    found->balanced_ns = orr_balance_step_ns(b->study, b->explanation, scale);
}

static void find_trades(balancing *b, orr_balance *found)
{
    b->most_ns = found->step_ns;
    for (int i = 0; i < ORR_BALANCE_TRADES; i++) {
        orr_balance_trade *trade = &found->trades[i];
        trade->memory = orr_exp(orr_log(2) * (0.25 * i - 0.5));         /* 0.71 to 2.83 times */
        const double most = 1 / ORR_BALANCE_LEAST;
        const double scale[ORR_RATE_COUNT_] = {[ORR_RATE_MATRIX] = most, [ORR_RATE_MEMORY] = trade->memory, [ORR_RATE_LINK] = 1};
        trade->matrix = is_fast(b, scale) ? least(b, scale, ORR_RATE_MATRIX, ORR_BALANCE_LEAST, most) : (double)NAN;
    }
}

static double capacity_needed_bytes(const orr_study_explanation *e)
{
    const orr_memory_map *m = &e->memory;
    const double taken = m->weights_bytes + m->encoder_bytes + m->activation_bytes + m->runtime_bytes + m->kv_bytes * e->run.kv_usage_peak;
    return m->usable_bytes > 0 ? taken * m->capacity_bytes / m->usable_bytes : 0;
}

void orr_balance_find(const orr_study *study, orr_study_explanation *explanation, orr_arena *arena)
{
    orr_balance *found = ORR_NEW(arena, orr_balance);
    static const double as_it_is[ORR_RATE_COUNT_] = {1, 1, 1};
    orr_hardware hardware = study->hardware;
    const double *link = link_of(&hardware);
    const char *link_name = link == &hardware.fabric.domain.bytes_per_s ? "fabric.scale_up.bandwidth" : link == &hardware.node.scale_up_bytes_per_s ? "node.scale_up.bandwidth" : "chip.link.bandwidth";
    found->rates[ORR_RATE_MATRIX] = (orr_balance_rate){.parameter = "chip.compute", .unit = ORR_UNIT_FLOP_PER_S, .now = hardware.chip.bf16_flop_per_s};
    found->rates[ORR_RATE_MEMORY] = (orr_balance_rate){.parameter = "chip.memory.bandwidth", .unit = ORR_UNIT_BYTES_PER_S, .now = hardware.chip.memory_bytes_per_s};
    found->rates[ORR_RATE_LINK] = (orr_balance_rate){.parameter = link_name, .unit = ORR_UNIT_BYTES_PER_S, .now = *link};
    found->step_ns = orr_balance_step_ns(study, explanation, as_it_is);
    if (!(found->step_ns > 0)) return;
    balancing b = {study, explanation, found->step_ns * (1 + ORR_BALANCE_LOSS)};
    for (int r = 0; r < ORR_RATE_COUNT_; r++) found->rates[r].alone = found->rates[r].now > 0 ? least(&b, as_it_is, (orr_rate)r, ORR_BALANCE_LEAST, 1) : 1;
    put_together(&b, found);
    find_trades(&b, found);
    found->capacity_bytes = explanation->memory.capacity_bytes;
    found->capacity_needed_bytes = capacity_needed_bytes(explanation);
    explanation->balance = found;
}
