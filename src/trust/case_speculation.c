/* A measured system that drafts by MTP, as a study: how many tokens it drafts a step.
 *
 * Rows say no more than "mtp", so K is what engines' guides for DeepSeek's models recommend: 3 drafts where latency counts; TensorRT-LLM's say 1 where attention is data parallel, which is their set-up for
 * throughput: verification is no longer free there. A number in the row ("mtp2") goes before. How often drafts are accepted is the engine profile's word: no prompt of these rows is known. */
#include "trust/case.h"

#include <stdlib.h>
#include <string.h>
#include "base/text.h"

enum { DRAFTS_FOR_LATENCY = 3, DRAFTS_FOR_THROUGHPUT = 1 };

long orr_case_drafts(const orr_case *one, const orr_case_row *row)
{
    if (!(one->build & ORR_CASE_SPECULATING)) return 0;
    const char *digits = strpbrk(row->speculation, "123456789");
    const bool throughput = orr_text_equal(one->profile, "trtllm") && orr_text_equal_ignoring_case(row->attention_data_parallel, "true");
    return digits ? strtol(digits, NULL, 10) : throughput ? DRAFTS_FOR_THROUGHPUT : DRAFTS_FOR_LATENCY;
}

void orr_case_say_speculation(const orr_case *one, const orr_case_row *row, orr_text *out)
{
    orr_text_printf(out, "  speculation: {method: mtp, tokens: %ld}\n", orr_case_drafts(one, row));
}
