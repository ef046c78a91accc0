/* Enters whom the cache can hold beside what the others are expected to generate: a share r of what each may still generate (its limit, no more than `clip` counted),
 *     min(m, clip) + sum over prompts not complete of min(m_i, clip) + r x sum over decoding of min(m_i, clip) < free tokens once its input is reserved
 * r (new_token_ratio) starts at r0 whenever nobody has a seat, falls by (r0 - r_min) / decay_steps with each step that decodes and nobody is retracted in, not below r_min, and is set after a retraction to
 *     min(1, (tokens generated + retract_decode_steps x n) / sum of limits)    over the n requests that stay, where any do.
 * SGLang: schedule_policy.py (PrefillAdder), schedule_batch.py (retract_decode) and scheduler.py of sglang/srt/managers; r0 = 0.7 x schedule_conservativeness, r_min = 0.14 r0, 600 steps, clip 4096, 20 steps.
 * Left out: what SGLang adds for requests that ignore the end-of-text token, and that a prompt cut by the budget is not counted until its last chunk. */
#include "serve/sched.h"

static bool admits(const orr_admission_view *view, const orr_scheduling *scheduling)
{
    const int64_t own_tokens = view->most_more_tokens < scheduling->clip_max_new_tokens ? view->most_more_tokens : scheduling->clip_max_new_tokens;
    const int64_t left_tokens = view->free_tokens - own_tokens - view->prompts_debt_tokens;
    return (double)left_tokens > view->new_token_ratio * (double)view->decoding_debt_tokens;
}

const orr_admission_policy orr_admit_ratio = {.name = "new_token_ratio", .admits = admits, .foresees = true};
