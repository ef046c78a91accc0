/* A fuzzer of one format of traces: whatever the bytes, reading ends, and what was read obeys the laws of traffic/trace.h. */
#ifndef ORR_TESTS_FUZZ_TRACE_INPUT_H
#define ORR_TESTS_FUZZ_TRACE_INPUT_H

#include "base/panic.h"
#include "traffic/trace.h"

static inline int orr_fuzz_trace(const uint8_t *bytes, size_t length_bytes, orr_trace_format format)
{
    orr_diags *diags = orr_diags_create();
    orr_trace *trace = orr_trace_open_memory("fuzz", (const char *)bytes, length_bytes, format, diags);
    orr_arrival arrival;
    int64_t last_ns = 0;
    while (trace && orr_trace_next(trace, &arrival)) {
        int64_t shared = 0;
        for (int i = 0; i < arrival.segment_count; i++) shared += arrival.segments[i].tokens;
        ORR_INVARIANT(arrival.arrival_ns >= last_ns);
        ORR_INVARIANT(arrival.input_tokens >= 1 && arrival.output_tokens >= 1);
        ORR_INVARIANT(shared <= arrival.input_tokens);
        last_ns = arrival.arrival_ns;
    }
    const bool broken = !trace || orr_trace_failed(trace);
    ORR_INVARIANT(broken == (orr_diags_error_count(diags) > 0));
    orr_trace_close(trace);
    orr_text text = {0};
    orr_diags_render(diags, false, &text);
    orr_text_free(&text);
    orr_diags_destroy(diags);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

#define ORR_FUZZ_TRACE(format) \
    int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes) { return orr_fuzz_trace(bytes, length_bytes, format); }

#endif
