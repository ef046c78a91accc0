/* Cuts, and what makes one impossible: every cut must be whole, every dtype must multiply somewhere on the chip, every group must be joined by links.
 *
 * Tensor parallelism cuts heads, feed-forward width and vocabulary; KV heads fewer than the ranks are replicated. Pipeline parallelism gives stages whole layers.
 * Data-parallel ranks hold whole attention layers (cut by their own tensor ranks) for their share of the requests; experts belong to all ranks of a stage.
 * A request lives on one of d data ranks. Of many, the busiest rank has (1 + rank_imbalance)/d; of few, it has no less than one whole request: that share of
 *   decode attention is max((1 + rank_imbalance)/d, 1/count), at the mean context; of a step's prefill attention max((1 + rank_imbalance)/d, longest chunk's time / time of all);
 *   of its tokens max((1 + rank_imbalance)/d of all, largest chunk + 1/d of the decoding requests).
 * A model whose experts alone are quantised keeps the rest in its 16-bit dtype as long as the engine stores weights as published. */
#include "perf/layout.h"

#include "base/math.h"

static const orr_place nowhere = { NULL, 0, 0, 0 };

int64_t orr_layout_stage_layers(int64_t layers, int64_t stages, int64_t stage)
{
    int64_t even = layers / stages, left = layers % stages;
    bool takes_one = stage < stages - 1 && stage >= stages - 1 - left;
    return even + (takes_one ? 1 : 0);
}

/* A whole cut, or a report. */
static bool divides(int64_t whole, int64_t parts, const char *what, const char *setting, const orr_model *model, orr_diags *diags)
{
    if (whole % parts == 0) return true;
    if (diags != NULL) {
        orr_diag *diag = orr_diag_error(diags, nowhere, "%s %lld does not divide the %lld %s of %s", setting, (long long)parts, (long long)whole, what, model->name);
        int64_t below = parts, above = parts;
        while (below > 1 && whole % below != 0) below--;
        while (above < whole && whole % above != 0) above++;
        orr_diag_hint(diag, "The nearest that fit are %lld and %lld.", (long long)below, (long long)above);
    }
    return false;
}

static bool check_mixer(const orr_mixer *mixer, int64_t tensor, const orr_model *model, orr_diags *diags)
{
    const char *setting = "tensor_parallel_size";
    switch (mixer->kind) {
    case ORR_MIXER_GQA:
        if (!divides(mixer->heads, tensor, "attention heads", setting, model, diags)) return false;
        return tensor > mixer->kv_heads ? divides(tensor, mixer->kv_heads, "tensor-parallel ranks", "the KV head count", model, diags)
                                        : divides(mixer->kv_heads, tensor, "KV heads", setting, model, diags);
    case ORR_MIXER_MLA: return divides(mixer->heads, tensor, "attention heads", setting, model, diags);
    case ORR_MIXER_GDN: case ORR_MIXER_MAMBA2: return divides(mixer->state_value_heads, tensor, "state heads", setting, model, diags);
    default: return true;
    }
}

/* Ranks of the tensor-parallel group and context ranks that hold the same keys and values may cut them along the tokens. */
static bool check_context(const orr_mixer *mixer, const orr_layout *layout, const orr_model *model, orr_diags *diags)
{
    if (layout->context > 1 && orr_mixer_is_recurrent(mixer)) {
        if (diags != NULL) orr_diag_error(diags, nowhere, "prefill_context_parallel_size is %lld, and %s has recurrent layers", (long long)layout->context, model->name);
        return false;
    }
    const int64_t copies = orr_mixer_kv_copies(mixer, layout->tensor);
    if (copies == 0 || orr_context_cuts_copies(copies, layout->context, layout->decode_context)) return true;
    if (diags != NULL) orr_diag_error(diags, nowhere, "decode_context_parallel_size %lld does not cut the %lld copies of the KV cache of %s", (long long)layout->decode_context, (long long)(copies * layout->context), model->name);
    return false;
}

static bool check_ffn(const orr_ffn *ffn, const orr_layout *layout, const orr_model *model, orr_diags *diags)
{
    if (ffn->kind == ORR_FFN_DENSE) return divides(ffn->intermediate, layout->tensor, "feed-forward columns", "tensor_parallel_size", model, diags);
    if (ffn->kind != ORR_FFN_MOE) return true;
    if (ffn->shared_intermediate > 0 && !divides(ffn->shared_intermediate, layout->tensor, "shared-expert columns", "tensor_parallel_size", model, diags)) return false;
    if (!layout->spread_experts)
        return divides(ffn->expert_intermediate, layout->stage_ranks, "columns of an expert", layout->context > 1 ? "tensor_parallel_size x prefill_context_parallel_size x data_parallel_size" : "tensor_parallel_size x data_parallel_size", model, diags);
    if (layout->stage_ranks <= ffn->experts) return true;
    if (diags != NULL) orr_diag_error(diags, nowhere, "%lld expert-parallel ranks are more than the %lld experts of %s", (long long)layout->stage_ranks, (long long)ffn->experts, model->name);
    return false;
}

static bool check_dtype(const orr_machine *machine, orr_dtype dtype, const orr_study *study, orr_diags *diags)
{
    if (machine->matrix_flop_per_ns[dtype] > 0) return true;
    if (diags != NULL) orr_diag_error(diags, nowhere, "%s has no matrix unit for %s", study->hardware.chip.name, orr_dtype_name(dtype));
    return false;
}

static bool check_links(const orr_study *study, const orr_machine *machine, const orr_layout *layout, orr_diags *diags)
{
    int64_t chips = layout->stage_ranks * layout->pipeline;
    if (study->hardware.chip_count > 0 && chips > study->hardware.chip_count) {
        if (diags != NULL) orr_diag_error(diags, nowhere, "the engine takes %lld chips, the hardware has %lld", (long long)chips, (long long)study->hardware.chip_count);
        return false;
    }
    bool inside = (double)chips <= machine->chips_per_node;
    bool joined = chips == 1 || (machine->chips_per_node <= 1 || machine->link_bytes_per_ns > 0) ;
    if (joined && (inside || machine->fabric_bytes_per_ns > 0)) return true;
    if (diags != NULL) orr_diag_error(diags, nowhere, "an engine of %lld chips spans nodes of %.0f, and no fabric joins them", (long long)chips, machine->chips_per_node);
    return false;
}

static orr_dtype product_dtype(orr_dtype weight, const orr_engine *engine)
{
    return weight == ORR_DTYPE_FP8_BLOCK && engine->compute_dtype == ORR_DTYPE_FP8 ? ORR_DTYPE_FP8_BLOCK : engine->compute_dtype;
}

static void set_dtypes(const orr_study *study, orr_layout *layout)
{
    const orr_model *model = &study->model;
    const orr_engine *engine = &study->engine;
    bool only_experts = model->quantize_experts_only && engine->weight_dtype == model->weight_dtype;
    layout->half_dtype = model->other_dtype == ORR_DTYPE_FP16 ? ORR_DTYPE_FP16 : ORR_DTYPE_BF16;
    layout->other_dtype = model->other_dtype;
    layout->expert_dtype = engine->weight_dtype;
    layout->expert_compute = product_dtype(engine->weight_dtype, engine);
    layout->linear_dtype = only_experts ? model->other_dtype : engine->weight_dtype;
    layout->linear_compute = only_experts ? layout->half_dtype : layout->expert_compute;
}

static void set_stages(const orr_model *model, const orr_machine *machine, orr_layout *layout)
{
    layout->layers = model->layer_count;
    layout->layers_first = orr_layout_stage_layers(layout->layers, layout->pipeline, 0);
    layout->layers_last = orr_layout_stage_layers(layout->layers, layout->pipeline, layout->pipeline - 1);
    layout->layers_most = orr_max_i64(orr_ceil_div(layout->layers, layout->pipeline), layout->layers_first);
    int64_t per_node = (int64_t)machine->chips_per_node;
    layout->crossings = 0;
    for (int64_t stage = 1; stage < layout->pipeline; stage++)
        if ((stage - 1) * layout->stage_ranks / per_node != stage * layout->stage_ranks / per_node) layout->crossings++;
}

bool orr_layout_prepare(const orr_study *study, orr_held_part held, const orr_machine *machine, orr_layout *layout, orr_diags *diags)
{
    const orr_engine *engine = &study->engine;
    const orr_model *model = &study->model;
    *layout = (orr_layout){ .tensor = orr_max_i64(engine->tensor_parallel_size, 1), .pipeline = orr_max_i64(engine->pipeline_parallel_size, 1), .data = orr_max_i64(engine->data_parallel_size, 1) };
    layout->context = orr_engine_context_ranks(engine);
    layout->decode_context = orr_max_i64(engine->decode_context_parallel_size, 1);
    layout->decode_tensor = orr_max_i64(layout->decode_context / layout->context, 1);
    layout->stage_ranks = layout->tensor * layout->context * layout->data;
    layout->micro_batches = held == ORR_HOLDS_ALL ? 1 : (double)orr_max_i64(engine->attention_ffn.micro_batches, 1);
    layout->spread_experts = engine->enable_expert_parallel && layout->stage_ranks > 1;
    double excess = layout->data > 1 && held != ORR_HOLDS_FFN /* dealt out evenly */ ? 1 + machine->coefficients->rank_imbalance : 1;
    excess = orr_min(excess, (double)layout->data);
    layout->busiest_share = excess / (double)layout->data;
    set_dtypes(study, layout);
    bool good = check_links(study, machine, layout, diags);
    if (layout->pipeline > model->layer_count) {
        if (diags != NULL) orr_diag_error(diags, nowhere, "pipeline_parallel_size %lld is more than the %lld layers of %s", (long long)layout->pipeline, (long long)model->layer_count, model->name);
        return false;
    }
    for (int i = 0; i < model->group_count && good; i++) {
        good = held == ORR_HOLDS_FFN || check_mixer(&model->groups[i].mixer, layout->tensor, model, diags);
        good = (held == ORR_HOLDS_FFN || check_context(&model->groups[i].mixer, layout, model, diags)) && good;
        good = (held == ORR_HOLDS_ATTENTION || check_ffn(&model->groups[i].ffn, layout, model, diags)) && good;
    }
    good = check_dtype(machine, layout->half_dtype, study, diags) && good;
    good = check_dtype(machine, layout->linear_compute, study, diags) && good;
    good = (held == ORR_HOLDS_ATTENTION || check_dtype(machine, layout->expert_compute, study, diags)) && good;
    if (good) set_stages(model, machine, layout);
    return good;
}
