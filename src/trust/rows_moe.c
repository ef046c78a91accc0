/* moe: num_tokens routed topk of num_experts, on one rank of moe_tp_size x moe_ep_size; distribution tells the skew of the routing. */
#include <stdlib.h>
#include <string.h>
#include "trust/kernel_table.h"

static bool read_row(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)which;
    (void)arena;
    orr_kernel *kernel = &row->kernel;
    const char *distribution = orr_row_text(sheet, line, "distribution"), *power = "power_law_";
    row->kind = orr_row_text(sheet, line, "moe_dtype");
    kernel->family = ORR_KERNEL_MOE;
    kernel->tokens = orr_row_number(sheet, line, "num_tokens");
    kernel->width = orr_row_number(sheet, line, "hidden_size");
    kernel->tensor_ranks = orr_row_number(sheet, line, "moe_tp_size");
    kernel->expert_ranks = orr_row_number(sheet, line, "moe_ep_size");
    kernel->routing_alpha = orr_text_starts_with(distribution, power) ? strtod(distribution + strlen(power), NULL) : 0;
    kernel->ffn = (orr_ffn){.kind = ORR_FFN_MOE, .experts = orr_row_count(sheet, line, "num_experts"), .experts_per_token = orr_row_count(sheet, line, "topk"),
                            .expert_intermediate = orr_row_count(sheet, line, "inter_size"), .gated = strstr(orr_row_text(sheet, line, "kernel_source"), "nongated") == NULL};
    kernel->own_rows = strstr(orr_row_text(sheet, line, "kernel_source"), "flashinfer") != NULL;
    return orr_row_dtypes(row->kind, &kernel->weight_dtype, &kernel->compute_dtype);
}

static const char *const numbers[] = {"num_tokens", "hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size", "moe_ep_size", "latency_ms", NULL};
const orr_row_reader orr_rows_moe = {"moe", numbers, 1, read_row};
