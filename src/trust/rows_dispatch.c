/* wideep_deepep_normal, wideep_deepep_ll: tokens of a rank to their experts (8 bit with scales) and back (16 bit) over node_num nodes of eight chips; microseconds; two kernels a line. */
#include "trust/kernel_table.h"

enum { CHIPS_PER_NODE = 8 };

static bool read_exchange(const orr_sheet *sheet, size_t line, bool combines, orr_dispatch_mode mode, double time_us, orr_kernel_row *row)
{
    const double width = orr_row_number(sheet, line, "hidden_size");
    row->kind = mode == ORR_DISPATCH_NORMAL ? (combines ? "combine" : "dispatch") : combines ? "low-latency combine" : "low-latency dispatch";
    row->measured_ns = time_us * 1e3;
    row->kernel = (orr_kernel){.family = ORR_KERNEL_DISPATCH, .weight_dtype = ORR_DTYPE_BF16, .compute_dtype = ORR_DTYPE_BF16, .tokens = orr_row_number(sheet, line, "num_token")};
    row->kernel.dispatch = (orr_dispatch_shape){.ranks = CHIPS_PER_NODE * orr_row_count(sheet, line, "node_num"), .experts = orr_row_number(sheet, line, "num_experts"), .per_token = orr_row_number(sheet, line, "num_topk"),
                                                .row_bytes = width * (combines ? 2 : 1 + 4.0 / 128), .combines = combines, .mode = mode};
    return true;
}

static bool read_normal(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)arena;
    const double moved_us = orr_row_number(sheet, line, which == 0 ? "dispatch_transmit_us" : "combine_transmit_us"), told_us = orr_row_number(sheet, line, which == 0 ? "dispatch_notify_us" : "combine_notify_us");
    if (!read_exchange(sheet, line, which > 0, ORR_DISPATCH_NORMAL, moved_us + told_us, row)) return false;
    row->kernel.dispatch.cores = orr_row_number(sheet, line, which == 0 ? "dispatch_sms" : "combine_sms");
    return true;
}

static bool read_low_latency(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena)
{
    (void)arena;
    return read_exchange(sheet, line, which > 0, ORR_DISPATCH_LOW_LATENCY, orr_row_number(sheet, line, which == 0 ? "dispatch_avg_t_us" : "combine_avg_t_us"), row);
}

static const char *const normal_numbers[] = {"node_num", "hidden_size", "num_token", "num_topk", "num_experts", "dispatch_sms", "dispatch_transmit_us", "dispatch_notify_us", "combine_sms", "combine_transmit_us", "combine_notify_us", NULL};
static const char *const low_numbers[] = {"node_num", "hidden_size", "num_token", "num_topk", "num_experts", "dispatch_avg_t_us", "combine_avg_t_us", NULL};
const orr_row_reader orr_rows_deepep_normal = {"wideep_deepep_normal", normal_numbers, 2, read_normal};
const orr_row_reader orr_rows_deepep_ll = {"wideep_deepep_ll", low_numbers, 2, read_low_latency};
