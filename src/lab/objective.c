/* Objectives: their values, their order, their words. */
#include "lab/objective.h"

#include <math.h>

const char *orr_objective_key(orr_objective objective)
{
    static const char *const keys[] = {[ORR_MINIMIZE_USD_PER_MTOK] = "usd_per_million_output_tokens", [ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU] = "output_tokens_per_s_per_gpu",
                                       [ORR_MINIMIZE_JOULES_PER_TOKEN] = "joules_per_output_token", [ORR_MINIMIZE_GPUS] = "gpus", [ORR_MAXIMIZE_GOODPUT] = "goodput", [ORR_MAXIMIZE_TOKENS_PER_S_PER_MW] = "output_tokens_per_s_per_mw"};
    return keys[objective];
}

bool orr_objective_is_maximized(orr_objective objective) { return objective == ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU || objective == ORR_MAXIMIZE_GOODPUT || objective == ORR_MAXIMIZE_TOKENS_PER_S_PER_MW; }

double orr_objective_value(orr_objective objective, const orr_run_result *result)
{
    switch (objective) {
    case ORR_MINIMIZE_USD_PER_MTOK: return result->usd_per_mtok_output;
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU: return result->output_tokens_per_s_per_gpu;
    case ORR_MINIMIZE_JOULES_PER_TOKEN: return result->joules_per_output_token;
    case ORR_MINIMIZE_GPUS: return (double)result->gpus;
    case ORR_MAXIMIZE_GOODPUT: return result->goodput_per_s;
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_MW: return result->output_tokens_per_s_per_mw;
    }
    return (double)NAN;
}

double orr_objective_loss(orr_objective objective, double value) { return orr_objective_is_maximized(objective) ? -value : value; }

const char *orr_objective_title(orr_objective objective)
{
    switch (objective) {
    case ORR_MINIMIZE_USD_PER_MTOK: return "USD per million output tokens";
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU: return "output tokens/s/GPU";
    case ORR_MINIMIZE_JOULES_PER_TOKEN: return "J per output token";
    case ORR_MINIMIZE_GPUS: return "GPUs";
    case ORR_MAXIMIZE_GOODPUT: return "requests/s within every SLO";
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_MW: return "output tokens/s/MW";
    }
    return "";
}

const char *orr_objective_text(orr_objective objective, double value, orr_arena *arena)
{
    switch (objective) {
    case ORR_MINIMIZE_USD_PER_MTOK: return orr_arena_printf(arena, "%.4g USD per million output tokens", value);
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU: return orr_arena_printf(arena, "%.4g output tokens/s/GPU", value);
    case ORR_MINIMIZE_JOULES_PER_TOKEN: return orr_arena_printf(arena, "%.4g J per output token", value);
    case ORR_MINIMIZE_GPUS: return orr_arena_printf(arena, "%.0f GPU%s", value, value > 1 ? "s" : "");
    case ORR_MAXIMIZE_GOODPUT: return orr_arena_printf(arena, "%.4g requests/s within every SLO", value);
    case ORR_MAXIMIZE_TOKENS_PER_S_PER_MW: return orr_arena_printf(arena, "%.4g output tokens/s/MW", value);
    }
    return "";
}
