/* Any bytes as the result of a benchmark: refused with a diagnostic, or requests and means that a simulation can take. */
#include <math.h>
#include <stdint.h>
#include "base/panic.h"
#include "trust/bench_result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 16384) return 0;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_source source = {"fuzz.json", orr_arena_strndup(arena, (const char *)data, size), size};
    orr_bench_result result;
    const bool good = orr_bench_result_parse(&source, arena, &result, diags);
    ORR_INVARIANT(good == (orr_diags_error_count(diags) == 0));
    if (good) {
        ORR_INVARIANT(result.requests >= 1 && result.input_tokens >= 1 && result.output_tokens >= 1 && isfinite(result.input_tokens) && isfinite(result.output_tokens));
        ORR_INVARIANT(result.mean_ms[ORR_METRIC_TTFT] > 0 && (result.mean_ms[ORR_METRIC_TPOT] > 0 || result.output_tokens <= 1));
        ORR_INVARIANT(result.rate_per_s >= 0 && isfinite(result.rate_per_s) && result.concurrency >= 0);
        for (int64_t i = 0; result.each && i < result.requests; i++) {
            const orr_bench_request *one = &result.each[i];
            ORR_INVARIANT(one->input_tokens >= 1 && one->output_tokens >= 1);
            ORR_INVARIANT(!result.has_starts || (one->start_s >= 0 && isfinite(one->start_s) && (i == 0 || one->start_s >= result.each[i - 1].start_s)));
        }
    }
    orr_text text = {0};
    orr_diags_render(diags, false, &text);
    orr_text_free(&text);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return 0;
}
