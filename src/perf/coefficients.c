/* The table of universal coefficients, and their binding from data/calibration/universal.yaml. */
#include "perf/coefficients.h"

#include "base/keep.h"
#include "base/panic.h"
#include "spec/bind.h"
#include "spec/catalogue.h"

/* A coefficient: key, member, bounds, sentence with its unit. Its value stands in the YAML alone. */
#define COEFFICIENT(key, member, low, high, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NONE, .offset = offsetof(orr_coefficients, member), .min = low, .max = high, .flags = ORR_FIELD_REQUIRED, .doc = text}
#define SHARE(key, member, text) COEFFICIENT(key, member, 0.005, 1, text)
#define CYCLES(key, member, text) COEFFICIENT(key, member, 0, 10000, text)
#define LATENCIES(key, member, text) COEFFICIENT(key, member, 0, 10000, text)

static const orr_field kernel_fields[] = {
    COEFFICIENT("residual_share", residual_share, 0, 1, "share of a residual correction (of kernels measured alone, again and again) that holds inside a step: an exponent on its factor"),
    COEFFICIENT("residual_share_gemm", residual_share_gemm, 0, 1, "the same of products, which are measured with launches of their own to quantise their input"),
    SHARE("usual_matrix_reach", usual_matrix_reach, "share of the 16-bit matrix peak that the best product reaches on the chips that the other coefficients were fitted on"),
    SHARE("usual_memory_reach", usual_memory_reach, "share of the memory bandwidth that the best stream reaches there"),
    CYCLES("floor_kilocycles", kernel_floor_kilocycles, "an empty kernel's own time, in thousands of core cycles"),
    SHARE("stream_memory_share", stream_memory_share, "memory bandwidth that streaming kernels reach, a share of the datasheet's"),
    COEFFICIENT("cache_share", cache_share, 0, 1, "share of the last-level cache that still holds what the kernel before wrote"),
    SHARE("sram_in_flight_share", sram_in_flight_share, "share of a core's SRAM that holds bytes in flight"),
};

static const orr_field gemm_fields[] = {
    CYCLES("start_kilocycles", gemm_start_kilocycles, "a product beyond an empty kernel: first loads, last stores, in thousands of core cycles"),
    SHARE("compute_share", gemm_compute_share, "matrix peak that an endless tile would reach, a share of the datasheet's"),
    SHARE("block_compute_share", gemm_block_compute_share, "the same at 8 bit with block scales"),
    SHARE("memory_share", gemm_memory_share, "memory bandwidth reached on weights, a share of the datasheet's"),
    SHARE("fp4_memory_share", gemm_fp4_memory_share, "a factor on it in 4-bit products"),
    COEFFICIENT("fill_depth", gemm_fill_depth, 0, 10000, "elements of K that filling and draining a tile's pipeline costs"),
    COEFFICIENT("tile_half_intensity", gemm_tile_half_intensity, 0, 1000, "multiplications per element loaded at which a tile loses half of its rate"),
    COEFFICIENT("wave_rounding", gemm_wave_rounding, 0, 1, "how far the last wave of tiles counts as a whole one: 0 not, 1 fully"),
    COEFFICIENT("panel_shares", gemm_panel_shares, 0.1, 100, "what one core reads weights' panels with, over its even share of the cache's bandwidth"),
    LATENCIES("split_latencies", gemm_split_latencies, "joining a split K, in memory latencies"),
    COEFFICIENT("block_cycles", gemm_block_cycles, 0, 100, "core cycles an element of K takes a tile at least, at 8 bit with block scales"),
    COEFFICIENT("fp4_cycles", gemm_fp4_cycles, 0, 100, "the same at 4 bit"),
    COEFFICIENT("quantize_kernels", gemm_quantize_kernels, 0, 4, "in a step: launches, in the mean, to bring a product's input to 8 or 4 bit (fused ones count none)"),
    CYCLES("quantize_kilocycles", gemm_quantize_kilocycles, "alone: launches that bring an input to 8 bit with one scale, in thousands of core cycles"),
    CYCLES("block_quantize_kilocycles", gemm_block_quantize_kilocycles, "the same with a scale a block"),
    CYCLES("block_pack_kilocycles", gemm_block_pack_kilocycles, "alone: packing those scales for a matrix unit that takes them itself (a chip with 4-bit floats), in thousands of core cycles"),
    CYCLES("fp4_quantize_kilocycles", gemm_fp4_quantize_kilocycles, "the same to 4 bit"),
    CYCLES("integer_kilocycles", gemm_integer_kilocycles, "alone: what stands around a product of integer weights, in thousands of core cycles"),
    COEFFICIENT("quantize_row_cycles", gemm_quantize_row_cycles, 0, 1000, "alone: core cycles a row of an input brought to 8 bit with one scale"),
    COEFFICIENT("quantize_passes", gemm_quantize_passes, 0, 20, "alone: passes over the input before and after, at the datasheet's bandwidth"),
    COEFFICIENT("block_host_ns", gemm_block_host_ns, 0, 1e7, "ns that a host takes to launch a block-scaled product and its quantisation without a graph; 0: in a graph"),
};

static const orr_field attention_fields[] = {
    SHARE("matrix_share", attention_matrix_share, "matrix peak reached in the two products, a share of the datasheet's"),
    SHARE("fp8_matrix_share", attention_fp8_matrix_share, "the same at 8 bit"),
    COEFFICIENT("narrow_cache_gain", attention_narrow_cache_gain, 0, 1, "how far an 8-bit cache lets 16-bit products run at the 8-bit peak: 0 not, 1 fully"),
    COEFFICIENT("softmax_flop", attention_softmax_flop, 0, 1000, "vector FLOP that one score costs: exponential, maximum, rescaling"),
    COEFFICIENT("query_tile", attention_query_tile, 1, 4096, "query rows of a prefill tile"),
    COEFFICIENT("split_limit", attention_split_limit, 1, 64, "ways in which a query tile's context before its chunk is split when cores would idle"),
    CYCLES("prefill_kilocycles", attention_prefill_kilocycles, "fixed time of a prefill attention, in thousands of core cycles"),
    CYCLES("prefill_tile_kilocycles", attention_prefill_tile_kilocycles, "starting a tile of query rows of one head on a core, in thousands of core cycles"),
    COEFFICIENT("query_passes", attention_query_passes, 0, 20, "passes over the bytes of a prefill's queries and outputs, beside the products"),
    COEFFICIENT("key_passes", attention_key_passes, 0, 20, "the same over keys and values"),
    CYCLES("decode_kilocycles", attention_decode_kilocycles, "fixed time of a decode attention, in thousands of core cycles"),
    CYCLES("join_kilocycles", attention_join_kilocycles, "joining the results of contexts cut into parts, in thousands of core cycles"),
    COEFFICIENT("join_tokens", attention_join_tokens, 1, 100000, "mean context at which half of that is due"),
    SHARE("decode_memory_share", attention_decode_memory_share, "memory bandwidth reached on the KV cache, a share of the datasheet's"),
    SHARE("decode_matrix_share", attention_decode_matrix_share, "matrix peak reached in the padded products, a share of the datasheet's"),
    COEFFICIENT("decode_rows", attention_decode_rows, 1, 4096, "query rows that a decode tile is padded to"),
    COEFFICIENT("block_tokens", attention_block_tokens, 0, 4096, "keys that a request reads at the least, and beyond its window"),
    CYCLES("row_kilocycles", attention_row_kilocycles, "a core's time on each query row of a request, in thousands of cycles"),
    COEFFICIENT("cached_share", attention_cached_share, 0, 4, "share of the last-level cache filled by contexts of which a repeating benchmark finds half there"),
    COEFFICIENT("inequality", attention_inequality, 0, 2, "a in time x (1 + a x standard deviation / mean of the contexts)"),
};

static const orr_field mla_fields[] = {
    SHARE("prefill_matrix_share", mla_prefill_matrix_share, "matrix peak reached in the two products of prompts, a share of the datasheet's"),
    CYCLES("prefill_kilocycles", mla_prefill_kilocycles, "fixed time of a prefill attention, in thousands of core cycles"),
    CYCLES("prefill_tile_kilocycles", mla_prefill_tile_kilocycles, "starting a tile of query rows of one head on a core, in thousands of core cycles"),
    COEFFICIENT("prefill_passes", mla_prefill_passes, 0, 20, "passes over the bytes of a prefill's queries, keys, values and outputs, beside the products"),
    CYCLES("quantize_kilocycles", mla_quantize_kilocycles, "kernels that bring those to 8 bit for an 8-bit cache, in thousands of core cycles"),
    COEFFICIENT("quantize_passes", mla_quantize_passes, 0, 20, "their passes, bytes before and after"),
    CYCLES("decode_kilocycles", mla_decode_kilocycles, "fixed time of a decode attention, in thousands of core cycles"),
    CYCLES("parts_kilocycles", mla_parts_kilocycles, "fixed time that cutting contexts into parts adds, in thousands of core cycles"),
    COEFFICIENT("parts_inside", mla_parts_inside, 0, 1, "what of it remains where the kernel itself joins parts (matrix units with a memory of their own)"),
    CYCLES("join_kilocycles", mla_join_kilocycles, "joining the results of contexts cut into many parts, in thousands of core cycles"),
    COEFFICIENT("join_tokens", mla_join_tokens, 1, 1e6, "mean context at which half of that is due"),
    SHARE("decode_memory_share", mla_decode_memory_share, "memory bandwidth reached on the latent cache, a share of the datasheet's"),
    SHARE("decode_matrix_share", mla_decode_matrix_share, "matrix peak reached in absorbed decode, a share of the datasheet's"),
    CYCLES("request_kilocycles", mla_request_kilocycles, "a core's time on a tile of rows of one request, in thousands of cycles"),
    COEFFICIENT("output_passes", mla_output_passes, 0, 20, "passes over the bytes of decoding queries and results"),
    COEFFICIENT("unfit_slowdown", mla_unfit_slowdown, 1, 20, "time of absorbed decode where a core can't hold a tile of queries and two of keys"),
    COEFFICIENT("unfit_serial_share", mla_unfit_serial_share, 0, 4, "there: time of one request's context on its own cores, over all cores' time for as many tokens as cores"),
    SHARE("unfit_prefill_share", mla_unfit_prefill_share, "there: rate of a prompt's products, a factor"),
    CYCLES("absorbed_kilocycles", mla_absorbed_kilocycles, "fixed time of an absorbed product beyond an empty kernel, in thousands of core cycles"),
    SHARE("absorbed_memory_share", mla_absorbed_memory_share, "memory bandwidth reached in absorbed products, a share of the datasheet's"),
    SHARE("absorbed_matrix_share", mla_absorbed_matrix_share, "matrix peak reached in absorbed products, a share of the datasheet's"),
    CYCLES("absorbed_quantize_kilocycles", mla_absorbed_quantize_kilocycles, "what block scales add to an absorbed product, in thousands of core cycles"),
    COEFFICIENT("absorbed_quantize_passes", mla_absorbed_quantize_passes, 0, 20, "their passes over inputs and outputs, at the datasheet's bandwidth"),
    SHARE("indexer_matrix_share", indexer_matrix_share, "matrix peak reached in the sparse indexer's scores, a share of the datasheet's"),
    COEFFICIENT("topk_passes", topk_passes, 0, 100, "passes over the scores to pick the top k"),
};

static const orr_field state_fields[] = {
    COEFFICIENT("element_bytes", state_element_bytes, 1, 8, "bytes of a recurrent state's element, as it is kept"),
    COEFFICIENT("moved_bytes", state_moved_bytes, 1, 16, "bytes an update reads and writes of a recurrent state, an element"),
    SHARE("memory_share", state_memory_share, "memory bandwidth reached on recurrent state, a share of the datasheet's"),
    CYCLES("conv_kilocycles", state_conv_kilocycles, "fixed time of the short convolution, in thousands of core cycles"),
    COEFFICIENT("conv_update_cycles", state_conv_update_cycles, 0, 100, "core cycles on a channel of the convolution of one token"),
    COEFFICIENT("conv_cycles", state_conv_cycles, 0, 100, "core cycles on a channel and token of the convolution of a chunk"),
    COEFFICIENT("conv_tokens", state_conv_tokens, 1, 10000, "tokens that a chunk's convolution counts at the least"),
    CYCLES("update_kilocycles", state_update_kilocycles, "fixed time of a state update, in thousands of core cycles"),
    CYCLES("update_head_kilocycles", state_update_head_kilocycles, "a core's time on the update of a state of 128 x 128 besides its bytes, in thousands of cycles"),
    COEFFICIENT("fused", state_fused, 0, 1, "1: a scan is one kernel, a head a core; 0: several kernels with the pieces side by side"),
    CYCLES("fused_kilocycles", state_fused_kilocycles, "fixed time of a scan in one kernel, in thousands of core cycles"),
    CYCLES("fused_unit_kilocycles", state_fused_unit_kilocycles, "a head's state of 128 x 128 in and out of its core, in thousands of core cycles"),
    CYCLES("fused_piece_kilocycles", state_fused_piece_kilocycles, "a piece of a head of gated delta net on its core, in thousands of core cycles"),
    COEFFICIENT("wave_rounding", state_wave_rounding, 0, 1, "how far the last wave of heads counts as a whole one, in one kernel"),
    CYCLES("scan_kilocycles", state_scan_kilocycles, "fixed time of a scan in several kernels, in thousands of core cycles"),
    CYCLES("unit_kilocycles", state_unit_kilocycles, "a core's time on a head of it, in thousands of cycles"),
    CYCLES("piece_kilocycles", state_piece_kilocycles, "a core's time on a piece of a head of it, in thousands of cycles"),
    CYCLES("chain_kilocycles", state_chain_kilocycles, "one piece of it in the chain through the state, in thousands of core cycles"),
};

static const orr_field moe_fields[] = {
    COEFFICIENT("skew", moe_skew, 0, 0.95, "spread of the experts' popularity (standard deviation / mean)"),
    COEFFICIENT("busiest_sigmas", moe_busiest_sigmas, 0, 10, "how far the busiest rank lies above the mean, over sqrt(2 ln ranks) standard deviations"),
    CYCLES("kilocycles", moe_kilocycles, "fixed time of routing, sorting, permuting, both products' launches and combining, in thousands of core cycles"),
    CYCLES("expert_kilocycles", moe_expert_kilocycles, "the same, for each expert of the model"),
    CYCLES("crowd_kilocycles", moe_crowd_kilocycles, "the same, when rows are many (half of it at 300)"),
    COEFFICIENT("row_slowdown", moe_row_slowdown, 0, 20, "time of moving rows between kernels over that of their bytes at the last-level cache's bandwidth"),
    COEFFICIENT("quantize_passes", moe_quantize_passes, 0, 20, "passes over a product's input to bring it to 8 or 4 bit"),
    COEFFICIENT("foreign_share", moe_foreign_share, 0, 1, "share of other ranks' rows that a rank walks over, when it holds all tokens and some of the experts"),
    CYCLES("idle_tile_kilocycles", moe_idle_tile_kilocycles, "a tile of such rows, in thousands of core cycles"),
    SHARE("compute_share", moe_compute_share, "matrix peak reached in a grouped product, a share of the datasheet's"),
    SHARE("memory_share", moe_memory_share, "memory bandwidth reached on experts' weights, a share of the datasheet's"),
    COEFFICIENT("fill_share", moe_fill_share, 0.005, 5, "rate at which tiles come to the cores, a share of the last-level cache's bandwidth"),
    COEFFICIENT("fill_depth", moe_fill_depth, 0, 10000, "elements of K that filling and draining a tile's pipeline costs"),
    COEFFICIENT("wave_rounding", moe_wave_rounding, 0, 1, "how far the last wave of tiles counts as a whole one: 0 not, 1 fully"),
    COEFFICIENT("block_flop", moe_block_flop, 0, 1000, "vector FLOP for each sum and 128 elements of K, at 8 bit with block scales"),
    COEFFICIENT("unpack_flop", moe_unpack_flop, 0, 1000, "vector FLOP to unpack an element of a weight narrower than the product"),
};

static const orr_field sampler_fields[] = {
    COEFFICIENT("passes", sampler_passes, 0, 100, "passes over the logits in fp32"),
    CYCLES("kilocycles", sampler_kilocycles, "fixed time of sampling, in thousands of core cycles"),
};

static const orr_field collective_fields[] = {
    SHARE("link_share", link_share, "link bandwidth reached in rings, two-shot reductions and all-to-all, a share of the datasheet's"),
    COEFFICIENT("own_part", own_part, 0, 2, "bringing a rank's own part of the buffer to its place, over sending one part"),
    COEFFICIENT("pipelining", pipelining, 0, 4, "what cutting a buffer into pieces costs, in sqrt(latency x bytes / bandwidth)"),
    SHARE("one_shot_share", link_one_shot_share, "link bandwidth reached in one-shot reductions"),
    SHARE("in_network_share", link_in_network_share, "link bandwidth reached with reduction in the switch"),
    SHARE("point_share", link_point_share, "link bandwidth reached point to point"),
    LATENCIES("base_latencies", base_latencies, "floor of a ring, in link latencies"),
    LATENCIES("step_latencies", step_latencies, "one step of a ring, in link latencies"),
    LATENCIES("one_shot_latencies", one_shot_latencies, "floor of a one-shot all-reduce, in link latencies"),
    LATENCIES("two_shot_latencies", two_shot_latencies, "floor of a two-shot all-reduce, in link latencies"),
    LATENCIES("in_network_latencies", in_network_latencies, "floor of a reduction in the switch, in link latencies"),
    LATENCIES("all_to_all_latencies", all_to_all_latencies, "floor of an all-to-all, in link latencies"),
    LATENCIES("point_latencies", point_latencies, "floor of a point-to-point transfer, in link latencies"),
    SHARE("fabric_share", fabric_share, "fabric bandwidth reached, a share of the datasheet's"),
    COEFFICIENT("fabric_software_ns", fabric_software_ns, 0, 1e9, "ns added to the fabric's latency at a crossing"),
};

static const orr_field dispatch_fields[] = {
    LATENCIES("latencies", dispatch_latencies, "floor of the normal mode, in link latencies"),
    COEFFICIENT("row_cycles", dispatch_row_cycles, 0, 100, "core cycles a byte of a row takes through one warp, going out"),
    COEFFICIENT("combine_row_cycles", dispatch_combine_row_cycles, 0, 100, "the same coming back, copies added up"),
    COEFFICIENT("pipelining", dispatch_pipelining, 0, 4, "what cutting rows into pieces costs, in sqrt(latency x growing time)"),
    SHARE("link_share", dispatch_link_share, "link bandwidth reached in the normal mode, a share of the datasheet's"),
    COEFFICIENT("core_bytes_per_cycle", dispatch_core_bytes_per_cycle, 0.1, 1000, "bytes a core moves in a cycle, normal mode"),
    CYCLES("token_kilocycles", dispatch_token_kilocycles, "a core's time on a token besides its bytes, normal mode, in thousands of cycles"),
    COEFFICIENT("cores", dispatch_cores, 1, 1000, "cores an engine gives to the normal mode"),
    LATENCIES("low_latencies", dispatch_low_latencies, "floor of the low-latency mode, in link latencies"),
    LATENCIES("expert_latencies", dispatch_expert_latencies, "added to it for each expert of the model, in link latencies"),
    SHARE("low_link_share", dispatch_low_link_share, "link bandwidth reached in the low-latency mode"),
    CYCLES("low_token_kilocycles", dispatch_low_token_kilocycles, "a core's time on a token sent, low-latency mode, in thousands of cycles"),
    CYCLES("low_copy_kilocycles", dispatch_low_copy_kilocycles, "a core's time on a copy combined, low-latency mode, in thousands of cycles"),
    SHARE("fabric_share", dispatch_fabric_share, "fabric bandwidth reached, a share of the datasheet's"),
    LATENCIES("fabric_latencies", dispatch_fabric_latencies, "what crossing the fabric adds to the floors, in its latencies"),
};

static const orr_field parallel_fields[] = {
    COEFFICIENT("rank_imbalance", rank_imbalance, 0, 10, "tokens of the busiest data-parallel attention rank over the mean, less 1"),
};

static const orr_field energy_fields[] = {
    COEFFICIENT("active_share", energy_active_share, 0, 1, "share of TDP - idle drawn whenever a kernel runs"),
    COEFFICIENT("flop_pj", energy_flop_pj, 0, 100, "pJ a 16-bit FLOP takes on a chip with 1 W of TDP above idle a TFLOP/s of peak"),
    COEFFICIENT("budget_exponent", energy_budget_exponent, 0, 1, "power of that figure which a FLOP's energy follows: 0 the same everywhere, 1 in proportion"),
    COEFFICIENT("width_floor", energy_width_floor, 0, 1, "share of a 16-bit FLOP's energy that narrower numbers do not save"),
    COEFFICIENT("memory_share", energy_memory_share, 0, 3, "share of TDP - idle drawn at the memory bandwidth"),
    COEFFICIENT("vector_factor", energy_vector_factor, 0, 20, "power of the vector units at their rate over that of the matrix units at theirs"),
    COEFFICIENT("link_j_per_byte", energy_link_j_per_byte, 0, 1e-6, "J a byte sent over scale-up links"),
    COEFFICIENT("fabric_j_per_byte", energy_fabric_j_per_byte, 0, 1e-6, "J a byte sent over the fabric, optics included"),
};

#define ERROR(key, text) COEFFICIENT(#key, error_##key, 0, 5, "|log(real / predicted)| that nine of ten keep on a chip left out of the fit: " text)
static const orr_field error_fields[] = {
    ERROR(gemm, "matrix products"), ERROR(prefill_attention, "prefill attention"), ERROR(decode_attention, "decode attention"), ERROR(prefill_mla, "latent attention of prompts"),
    ERROR(decode_mla, "latent attention of decoding"), ERROR(moe, "experts"), ERROR(collective, "collectives"), ERROR(state, "recurrent state"), ERROR(other, "element-wise kernels, sampling, launches"),
    ERROR(host, "host time of an engine"),
    ERROR(power, "board power"),
};

#define QUANTILE(figure, at, index, quantile, text) \
    COEFFICIENT(#figure "_" #quantile, interval[at][index], -50, 50, #quantile " % quantile of log(measured / predicted) over its scale, " text)
#define QUANTILES(figure, at, text) QUANTILE(figure, at, 0, 05, text), QUANTILE(figure, at, 1, 25, text), QUANTILE(figure, at, 2, 75, text), QUANTILE(figure, at, 3, 95, text)
static const orr_field interval_fields[] = {
    QUANTILES(ttft, 0, "TTFT"), QUANTILES(tpot, 1, "TPOT"), QUANTILES(e2el, 2, "E2EL"), QUANTILES(throughput, 3, "throughput"), QUANTILES(power, 4, "power"),
};

static const orr_field memory_fields[] = {
    COEFFICIENT("window_reference_tokens", window_reference_tokens, 1, 1e9, "mean context that the share of sliding-window layers in a block is set for, when traffic tells none"),
};

#define FAMILY(name_, text) static const orr_table name_##_table = {#name_, text, ORR_FIELDS(name_##_fields)}
FAMILY(kernel, "any kernel");
FAMILY(gemm, "matrix products");
FAMILY(attention, "softmax attention, prefill and decode");
FAMILY(mla, "latent and sparse attention");
FAMILY(state, "recurrent layers: gated delta net, Mamba-2");
FAMILY(moe, "mixture of experts");
FAMILY(sampler, "sampling");
FAMILY(collective, "collectives");
FAMILY(dispatch, "dispatch of tokens to experts and back");
FAMILY(parallel, "ranks that share a step");
FAMILY(energy, "energy above idle");
FAMILY(error, "errors of families on chips that were not measured");
FAMILY(interval, "how whole servers, measured, lie about predictions");
FAMILY(memory, "memory");

#define MEMBER(name_) {.name = #name_, .kind = ORR_FIELD_TABLE, .table = &name_##_table, .doc = "coefficients of a family of operators"}
#define HEAD(name_, text) {.name = name_, .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = text}
static const orr_field calibration_fields[] = {
    HEAD("schema", "format and version of the file"),
    HEAD("name", "name in the catalogue"),
    HEAD("title", "name for people"),
    HEAD("aliases", "other names that find it"),
    HEAD("sources", "where the values come from"),
    MEMBER(kernel), MEMBER(gemm), MEMBER(attention), MEMBER(mla), MEMBER(state), MEMBER(moe), MEMBER(sampler), MEMBER(collective), MEMBER(dispatch), MEMBER(parallel), MEMBER(energy), MEMBER(error), MEMBER(interval), MEMBER(memory),
};
const orr_table orr_calibration_table = {"calibration", "universal coefficients: how far real kernels fall short of a datasheet", ORR_FIELDS(calibration_fields)};

bool orr_coefficients_bind(const orr_node *tree, orr_coefficients *coefficients, orr_arena *arena, orr_diags *diags)
{
    orr_binder binder = orr_binder_begin(arena, diags);
    bool good = orr_bind_table(&binder, &orr_calibration_table, tree, coefficients);
    orr_binder_end(&binder);
    return good;
}

static const void *bind_universal(orr_arena *arena, const void *context)
{
    orr_diags *diags = (orr_diags *)(uintptr_t)context;
    orr_node *tree = orr_catalogue_tree(ORR_KIND_CALIBRATION, "universal", (orr_place){0}, arena, diags);
    orr_coefficients *coefficients = ORR_NEW(arena, orr_coefficients);
    return tree && orr_coefficients_bind(tree, coefficients, arena, diags) ? coefficients : NULL;
}

/* The embedded file is bound once, for every thread; where it is wrong each asker is told. */
const orr_coefficients *orr_coefficients_universal(orr_arena *arena, orr_diags *diags)
{
    static orr_keeping universal;
    (void)arena;
    return orr_keep(&universal, bind_universal, diags);
}

const orr_coefficients *orr_coefficients_of_tree(const orr_node *own, orr_arena *arena, orr_diags *diags)
{
    if (own == NULL) return orr_coefficients_universal(arena, diags);
    orr_coefficients *coefficients = ORR_NEW(arena, orr_coefficients);
    return orr_coefficients_bind(own, coefficients, arena, diags) ? coefficients : NULL;
}

static double cited_number(const orr_node *node)
{
    double value = 0;
    const orr_node *leaf = node->kind == ORR_NODE_MAP ? orr_tree_get(node, "value") : node;
    ORR_INVARIANT(leaf != NULL && orr_node_as_double(leaf, &value));      /* an embedded file, tested to bind */
    return value;
}

void orr_coefficients_overlay(const char *kernels, orr_coefficients *coefficients)
{
    const orr_catalogue_entry *entry = kernels != NULL && !orr_text_equal(kernels, "universal") ? orr_catalogue_find(ORR_KIND_CALIBRATION, kernels) : NULL;
    if (entry == NULL) return;
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_CALIBRATION, entry->name, (orr_place){ NULL, 0, 0, 0 }, NULL, NULL);
    for (const orr_node *family = tree->first; family != NULL; family = family->next) {
        const orr_field *section = orr_table_find(&orr_calibration_table, family->key);
        if (section == NULL || section->kind != ORR_FIELD_TABLE) continue;
        for (const orr_node *node = family->first; node != NULL; node = node->next) {
            const orr_field *field = orr_table_find(section->table, node->key);
            ORR_INVARIANT(field != NULL);
            *(double *)(void *)((char *)coefficients + section->offset + field->offset) = cited_number(node);
        }
    }
}
