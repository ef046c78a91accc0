/* Layout: whether this model can be cut so on this hardware. Each fault names the way out, and is told apart from mistakes of the study by layout_fault. */
#include "spec/bind.h"

#include <inttypes.h>
#include <string.h>
#include "base/math.h"
#include "spec/layout_checks.h"
#include "spec/study_internal.h"

static orr_place config_place(const orr_node *model_tree, const char *key)
{
    static const char *const homes[] = {"config", "config.text_config", "config.llm_config", "config.language_config"};
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        const orr_node *home = model_tree ? orr_tree_find(model_tree, homes[i]) : NULL;
        const orr_node *node = home ? orr_tree_get(home, key) : NULL;
        if (node) return node->place;
    }
    return (orr_place){0};
}

static void check_dies(orr_layout_checker *c)
{
    const orr_chip *chip = &c->study->hardware.chip;
    if (!(chip->die_of_reticle > 1)) return;
    orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIP, "hardware.chip.architecture", "the largest die of %s takes %.3g times what one exposure covers", chip->name, chip->die_of_reticle);
    orr_diag_hint(diag, "More dies (dies, io_dies.count), or less on each; process: {extends: .., reticle_mm2: ..} where dies are stitched.");
}

/* --- tensor parallelism --- */

typedef struct split { int64_t whole; const char *what, *key; bool may_replicate; } split;

/* The first thing that `parts` ranks can't share, or NULL. */
static bool splits(const split *s, int64_t parts) { return s->whole % parts == 0 || (s->may_replicate && s->whole > 0 && parts % s->whole == 0); }

static int splits_of_mixer(const orr_mixer *mixer, split *out)
{
    int n = 0;
    switch (mixer->kind) {
    case ORR_MIXER_NONE: break;
    case ORR_MIXER_GQA:
        out[n++] = (split){mixer->heads, "attention heads", "num_attention_heads", false};
        out[n++] = (split){mixer->kv_heads, "KV heads", "num_key_value_heads", true};
        break;
    case ORR_MIXER_MLA: out[n++] = (split){mixer->heads, "attention heads", "num_attention_heads", false}; break;
    case ORR_MIXER_GDN:
        out[n++] = (split){mixer->state_value_heads, "value heads of linear attention", "linear_num_value_heads", false};
        out[n++] = (split){mixer->state_key_heads, "key heads of linear attention", "linear_num_key_heads", false};
        break;
    case ORR_MIXER_MAMBA2:
        out[n++] = (split){mixer->state_value_heads, "Mamba heads", "mamba_num_heads", false};
        out[n++] = (split){mixer->state_key_heads, "Mamba groups", "n_groups", true};
        break;
    }
    return n;
}

/* Which parts of a layer the ranks in question hold. */
typedef enum { WHOLE_LAYERS, MIXERS, FFNS } held_parts;

/* dp: data-parallel times context ranks, which cut experts with the tensor ranks. */
static bool find_bad_split(const orr_model *model, held_parts held, int64_t tp, int64_t dp, bool expert_parallel, split *bad, int64_t *parts)
{
    static const orr_ffn nothing = {.kind = ORR_FFN_NONE};
    for (int g = 0; g < model->group_count; g++) {
        split all[4];
        const orr_ffn *ffn = held == MIXERS ? &nothing : &model->groups[g].ffn;
        int n = held == FFNS ? 0 : splits_of_mixer(&model->groups[g].mixer, all);
        if (ffn->kind == ORR_FFN_DENSE) all[n++] = (split){ffn->intermediate, "columns of the FFN", "intermediate_size", false};
        if (ffn->kind == ORR_FFN_MOE && ffn->shared_intermediate) all[n++] = (split){ffn->shared_intermediate, "columns of the shared experts", "moe_intermediate_size", false};
        for (int i = 0; i < n; i++)
            if (!splits(&all[i], tp)) { *bad = all[i]; *parts = tp; return true; }
        split experts = {ffn->expert_intermediate, "columns of an expert", "moe_intermediate_size", false};
        if (ffn->kind == ORR_FFN_MOE && !expert_parallel && !splits(&experts, tp * dp)) { *bad = experts; *parts = tp * dp; return true; }
    }
    return false;
}

static void check_split(orr_layout_checker *c, const orr_model *model)
{
    const orr_engine *engine = &c->study->engine;
    const held_parts held = engine->attention_ffn.ffn_devices > 0 ? MIXERS : WHOLE_LAYERS;
    const int64_t cutters = engine->data_parallel_size * orr_engine_context_ranks(engine);
    const char *context = orr_engine_context_ranks(engine) > 1 ? " x prefill_context_parallel_size" : "";
    split bad;
    int64_t parts = 0;
    if (!find_bad_split(model, held, engine->tensor_parallel_size, cutters, engine->enable_expert_parallel, &bad, &parts)) return;
    orr_diag *diag;
    if (parts == engine->tensor_parallel_size)
        diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.tensor_parallel_size", "tensor_parallel_size %" PRId64 " does not divide the %" PRId64 " %s of %s", parts, bad.whole, bad.what, model->name);
    else
        diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.tensor_parallel_size", "tensor_parallel_size%s x data_parallel_size is %" PRId64 ", which does not divide the %" PRId64 " %s of %s",
                                 context, parts, bad.whole, bad.what, model->name);
    orr_place place = config_place(model == &c->study->model ? c->study->model_tree : c->study->draft_tree, bad.key);
    if (place.source) orr_diag_note(diag, place, "%s is here", bad.key);
    orr_text fits = {0};
    int64_t most = orr_min_i64(c->study->hardware.node.chip_count, 1024);
    for (int64_t tp = 1; tp <= most; tp++) {
        split ignored;
        if (!find_bad_split(model, held, tp, cutters, engine->enable_expert_parallel, &ignored, &parts)) orr_text_printf(&fits, "%s%" PRId64, fits.length_bytes ? ", " : "", tp);
    }
    if (fits.length_bytes) orr_diag_hint(diag, "The tensor-parallel sizes that fit are %s.", fits.bytes);
    else orr_diag_hint(diag, "None fits with data_parallel_size%s %" PRId64 "; enable_expert_parallel keeps experts whole.", context, cutters);
    orr_text_free(&fits);
}

/* Context ranks cut prompts, whose tokens recurrent layers take one after another; a cache is cut over ranks that would hold the same. */
static void check_context(orr_layout_checker *c, const orr_model *model)
{
    const orr_engine *engine = &c->study->engine;
    const int64_t tensor = engine->tensor_parallel_size, context = orr_engine_context_ranks(engine), decode = engine->decode_context_parallel_size;
    int64_t copies = 0;
    bool recurrent = false;
    for (int g = 0; g < model->group_count; g++) {
        const orr_mixer *mixer = &model->groups[g].mixer;
        const int64_t of_layer = orr_mixer_kv_copies(mixer, tensor);
        recurrent = recurrent || orr_mixer_is_recurrent(mixer);
        if (of_layer > 0 && (copies == 0 || of_layer < copies)) copies = of_layer;
    }
    if (recurrent && context > 1) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.prefill_context_parallel_size", "prefill_context_parallel_size is %" PRId64 ", and %s has recurrent layers, which take a prompt's tokens one after another", context, model->name);
        orr_diag_hint(diag, "Write 1, and cut by tensor_parallel_size or pipeline_parallel_size.");
    }
    if (decode <= 1 || (copies > 0 && orr_context_cuts_copies(copies, context, decode))) return;
    const int64_t all = copies * context;
    orr_diag *diag;
    if (copies == 0) diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.decode_context_parallel_size", "decode_context_parallel_size is %" PRId64 ", and %s keeps no keys and values", decode, model->name);
    else if (context > 1) diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.decode_context_parallel_size", "decode_context_parallel_size is %" PRId64 ", and TP %" PRId64 " x PCP %" PRId64 " ranks hold each key and value of %s %" PRId64 " time%s", decode, tensor, context, model->name, all, all == 1 ? "" : "s");
    else diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.decode_context_parallel_size", "decode_context_parallel_size is %" PRId64 ", and %" PRId64 " tensor-parallel %s each key and value of %s %" PRId64 " time%s", decode, tensor, tensor == 1 ? "rank holds" : "ranks hold", model->name, all, all == 1 ? "" : "s");
    orr_text fits = {0};
    for (int64_t size = 1; size <= all; size++)
        if (orr_context_cuts_copies(copies, context, size)) orr_text_printf(&fits, "%s%" PRId64, fits.length_bytes ? ", " : "", size);
    if (all > 1) orr_diag_hint(diag, "It cuts what would be held more than once, over all context ranks or none: the sizes that fit are %s.", fits.bytes);
    else orr_diag_hint(diag, "It cuts what would be held more than once: take it out, or more tensor-parallel ranks than KV heads.");
    orr_text_free(&fits);
}

static void check_experts(orr_layout_checker *c)
{
    const orr_engine *engine = &c->study->engine;
    const orr_model *model = &c->study->model;
    const bool apart = engine->attention_ffn.ffn_devices > 0;
    int64_t experts = 0, ranks = apart ? engine->attention_ffn.ffn_devices : engine->tensor_parallel_size * orr_engine_context_ranks(engine) * engine->data_parallel_size;
    const char *context = orr_engine_context_ranks(engine) > 1 ? " x prefill_context_parallel_size" : "";
    for (int g = 0; g < model->group_count; g++) experts = orr_max_i64(experts, model->groups[g].ffn.experts);
    if (engine->enable_expert_parallel && experts == 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.enable_expert_parallel", "enable_expert_parallel is set, and %s has no experts", model->name);
        orr_diag_hint(diag, "Take it out: tensor_parallel_size cuts a dense model.");
    } else if (engine->enable_expert_parallel && ranks > experts) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, apart ? "engine.attention_ffn.ffn_devices" : "engine.enable_expert_parallel", "%s%s%s is %" PRId64 ", and %s has %" PRId64 " experts to spread",
                               apart ? "ffn_devices" : "tensor_parallel_size", apart ? "" : context, apart ? "" : " x data_parallel_size", ranks, model->name, experts);
        orr_diag_hint(diag, "At most %" PRId64 " ranks hold an expert each.", experts);
    }
    if (engine->data_parallel_size > 1 && experts == 0 && !apart) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.data_parallel_size", "data_parallel_size is %" PRId64 ", and %s has no experts to share", engine->data_parallel_size, model->name);
        orr_diag_hint(diag, "Write serving.replicas: %" PRId64 " for whole copies of a dense model.", engine->data_parallel_size);
    }
}

/* FFN devices: what their ranks cut, what they multiply, and the way to them. */
static void check_attention_ffn(orr_layout_checker *c)
{
    const orr_engine *engine = &c->study->engine;
    const orr_attention_ffn *apart = &engine->attention_ffn;
    const orr_model *model = &c->study->model;
    const char *cut = apart->ffn_tensor_parallel_size > 0 ? "engine.attention_ffn.ffn_tensor_parallel_size" : "engine.attention_ffn.ffn_devices";
    if (engine->pipeline_parallel_size > 1) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_APART, "engine.pipeline_parallel_size", "pipeline_parallel_size is %" PRId64 ", and attention and FFN stand apart", engine->pipeline_parallel_size);
        orr_diag_hint(diag, "Micro-batches already fill a pipeline of two kinds of devices: take it out, and give more of either (data_parallel_size, ffn_devices).");
    }
    if (orr_engine_context_ranks(engine) > 1) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_APART, "engine.prefill_context_parallel_size", "prefill_context_parallel_size is %" PRId64 ", and attention and FFN stand apart", engine->prefill_context_parallel_size);
        orr_diag_hint(diag, "Context ranks all compute what decodes, and FFN devices once: take it out here; engines that compute prompts may have it (serving.prefill.engine). decode_context_parallel_size cuts the cache.");
    }
    if (apart->ffn_tensor_parallel_size > 0 && apart->ffn_devices % apart->ffn_tensor_parallel_size != 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_APART, cut, "ffn_tensor_parallel_size %" PRId64 " does not divide the %" PRId64 " FFN devices", apart->ffn_tensor_parallel_size, apart->ffn_devices);
        orr_diag_hint(diag, "Leave it out: one where experts are spread, else all.");
        return;
    }
    if (apart->micro_batches > engine->max_num_seqs) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_APART, "engine.attention_ffn.micro_batches", "micro_batches is %" PRId64 ", and max_num_seqs %" PRId64, apart->micro_batches, engine->max_num_seqs);
        orr_diag_hint(diag, "A micro-batch holds a request at least.");
    }
    orr_study *view = ORR_NEW(c->binder->arena, orr_study);
    orr_study_ffn_view(c->study, c->binder->arena, view);
    const int64_t tp = view->engine.tensor_parallel_size, in_node = view->hardware.node.chip_count;
    split bad;
    int64_t parts = 0;
    if (find_bad_split(model, FFNS, tp, view->engine.data_parallel_size, engine->enable_expert_parallel, &bad, &parts)) {
        const bool experts = parts != tp;
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, experts ? "engine.attention_ffn.ffn_devices" : cut, "%" PRId64 " FFN devices can't cut the %" PRId64 " %s of %s evenly", parts, bad.whole, bad.what, model->name);
        const orr_place place = config_place(c->study->model_tree, bad.key);
        if (place.source) orr_diag_note(diag, place, "%s is here", bad.key);
        if (experts) orr_diag_hint(diag, "enable_expert_parallel spreads whole experts over them.");
        else orr_diag_hint(diag, "Write ffn_tensor_parallel_size: a size that divides both it and ffn_devices; 1 always does.");
    }
    if (tp > in_node) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, cut, "%" PRId64 " FFN devices cut matrices together, and %s has %" PRId64 " chips", tp, view->hardware.node.name, in_node);
        orr_diag_hint(diag, "Write ffn_tensor_parallel_size: at most %" PRId64 ".", in_node);
    }
    if (!(orr_chip_rate(&view->hardware.chip, view->engine.compute_dtype) > 0)) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_DTYPE, "engine.attention_ffn.hardware", "%s multiplies neither bf16 nor fp16", view->hardware.chip.name);
        orr_diag_hint(diag, "Give the chip a compute rate it has: compute: {bf16: ..}.");
    }
    const bool together = orr_study_ffn_shares_node(c->study);
    const bool joined = together ? c->study->hardware.node.scale_up_bytes_per_s > 0 : c->study->hardware.fabric.bytes_per_s > 0 || view->hardware.fabric.bytes_per_s > 0;
    if (!joined && !(apart->link.bytes_per_s > 0)) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_APART, "engine.attention_ffn.ffn_devices", "no link joins attention and FFN devices");
        orr_diag_hint(diag, "Name the fabric (hardware.fabric), or write engine.attention_ffn.link.bandwidth.");
    }
}

/* Copies and places need to know who is popular; a histogram must be this model's. */
static void check_popularity(orr_layout_checker *c)
{
    const orr_experts *e = &c->study->engine.experts;
    const orr_model *model = &c->study->model;
    int64_t experts = 0, chosen = 0, counted = 0;
    for (int g = 0; g < model->group_count; g++)
        if (model->groups[g].ffn.experts > 0) { experts = model->groups[g].ffn.experts; chosen = model->groups[g].ffn.experts_per_token; }
    for (int64_t i = 0; i < e->histogram.count; i++) counted += e->histogram.values[i] > 0;
    if (e->popularity != ORR_POPULARITY_DRAWN && experts == 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.experts.popularity", "popularity of experts is given, and %s has no experts", model->name);
        orr_diag_hint(diag, "Take it out, or study a mixture of experts.");
    } else if (e->popularity == ORR_POPULARITY_HISTOGRAM && e->histogram.count != experts) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.experts.popularity", "the histogram has %" PRId64 " entries, and %s has %" PRId64 " experts", e->histogram.count, model->name, experts);
        orr_diag_hint(diag, "Write experts: {popularity: histogram, histogram: [..]} with a count for each expert.");
    } else if (e->popularity == ORR_POPULARITY_HISTOGRAM && counted < chosen) {
        orr_layout_report(c, ORR_LAYOUT_SPLIT, "engine.experts.histogram", "%" PRId64 " experts were ever chosen, and each token chooses %" PRId64, counted, chosen);
    }
    if (e->popularity == ORR_POPULARITY_DRAWN && (e->redundant > 0 || e->balanced)) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, e->redundant > 0 ? "engine.experts.redundant" : "engine.experts.balanced", "copies and places of experts go by their popularity, and that is drawn");
        orr_diag_hint(diag, "Say how popular they are: experts: {popularity: power_law, exponent: 0.5}, even, or a histogram.");
    } else if ((e->redundant > 0 || e->balanced) && !c->study->engine.enable_expert_parallel) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPLIT, e->redundant > 0 ? "engine.experts.redundant" : "engine.experts.balanced", "experts are cut over the ranks, so that none has a place of its own");
        orr_diag_hint(diag, "Set enable_expert_parallel: true.");
    }
}

static void check_stages(orr_layout_checker *c)
{
    int64_t stages = c->study->engine.pipeline_parallel_size, layers = c->study->model.layer_count;
    if (stages <= layers) return;
    orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_STAGES, "engine.pipeline_parallel_size", "pipeline_parallel_size is %" PRId64 ", and %s has %" PRId64 " layers", stages, c->study->model.name, layers);
    orr_diag_hint(diag, "A stage holds at least one layer.");
}

static void check_scheduler(orr_layout_checker *c)
{
    const orr_engine *engine = &c->study->engine;
    int64_t longest = c->study->model.max_context_tokens;
    if (engine->max_model_len > longest && longest > 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CONTEXT, "engine.max_model_len", "max_model_len is %" PRId64 ", and the context of %s is %" PRId64, engine->max_model_len, c->study->model.name, longest);
        orr_diag_hint(diag, "Write at most %" PRId64 ", or alter the model's max_position_embeddings.", longest);
    }
    if (engine->max_model_len > 0) longest = engine->max_model_len;
    const int64_t drafts = orr_speculation_drafts(&engine->speculation), decodes = engine->max_num_seqs * (1 + drafts);
    if (engine->max_num_batched_tokens < decodes && drafts > 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.max_num_batched_tokens", "max_num_batched_tokens %" PRId64 " is below max_num_seqs %" PRId64 " x (1 + %" PRId64 " drafts)", engine->max_num_batched_tokens,
                               engine->max_num_seqs, drafts);
        orr_diag_hint(diag, "Every running request takes that many tokens a step: write at least %" PRId64 ", or fewer max_num_seqs.", decodes);
    } else if (engine->max_num_batched_tokens < engine->max_num_seqs) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.max_num_batched_tokens", "max_num_batched_tokens %" PRId64 " is below max_num_seqs %" PRId64, engine->max_num_batched_tokens, engine->max_num_seqs);
        orr_diag_hint(diag, "Every running request takes a token a step: write at least %" PRId64 ".", engine->max_num_seqs);
    }
    if (!engine->enable_chunked_prefill && engine->max_num_batched_tokens < longest) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.max_num_batched_tokens", "max_num_batched_tokens %" PRId64 " is below the context of %" PRId64 ", and chunked prefill is off", engine->max_num_batched_tokens, longest);
        orr_diag_hint(diag, "Set enable_chunked_prefill, write max_num_batched_tokens: %" PRId64 ", or a smaller max_model_len.", longest);
    }
}

static int64_t tier_called(const orr_engine *engine, const char *name)
{
    int64_t i = 0;
    while (i < engine->kv_tiers.count && !orr_text_equal(engine->kv_tiers.items[i].store.name, name)) i++;
    return i;
}

/* Tiers that make no graph: a link is crossed on the way to a slower tier, which as many share at least. */
static void check_tiers(orr_layout_checker *c)
{
    const orr_engine *engine = &c->study->engine;
    for (int64_t i = 0; i < engine->kv_tiers.count; i++) {
        const orr_kv_tier_spec *tier = &engine->kv_tiers.items[i];
        const char *path = orr_arena_printf(c->binder->arena, "engine.kv_tiers.%s", tier->store.name);
        if (tier->exclusive && tier->write != ORR_WRITE_ON_EVICT) {
            orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CACHE, orr_arena_printf(c->binder->arena, "%s.exclusive", path), "tier %s is exclusive, and not written on_evict", tier->store.name);
            orr_diag_hint(diag, "Exclusive content comes to a tier when the one above loses it: write: on_evict.");
        }
        if (!tier->via) continue;
        const int64_t other = tier_called(engine, tier->via);
        const char *via = orr_arena_printf(c->binder->arena, "%s.via", path);
        if (other >= i) {
            orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CACHE, via, "tier %s goes via \"%s\", which is no tier before it", tier->store.name, tier->via);
            orr_diag_hint(diag, "Name a tier that stands before it, the faster ones first.");
        } else if (engine->kv_tiers.items[other].shared > tier->shared) {
            orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CACHE, via, "tier %s goes via %s, which more engines share", tier->store.name, tier->via);
            orr_diag_hint(diag, "A link on the way is shared by as many at the most: give %s `shared` as wide as that of %s.", tier->store.name, tier->via);
        }
    }
}

/* What is kept and what goes first says nothing where nothing is kept. */
static void check_cache(orr_layout_checker *c)
{
    const orr_engine *engine = &c->study->engine;
    check_tiers(c);
    if (engine->enable_prefix_caching) return;
    const char *path = engine->cache != ORR_CACHE_BLOCKS ? "engine.cache" : engine->cache_eviction != ORR_EVICT_LRU ? "engine.cache_eviction" : engine->kv_tiers.count > 0 ? "engine.kv_tiers" : NULL;
    if (path == NULL) return;
    orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CACHE, path, "%s is given, and enable_prefix_caching is off", path);
    orr_diag_hint(diag, "Without prefix caching nothing is kept: take it out, or set engine.enable_prefix_caching: true.");
}

/* A scheduler's parts need settings that go with them. */
static void check_scheduling(orr_layout_checker *c)
{
    const orr_engine *engine = &c->study->engine;
    const char *name = orr_scheduler_name(engine->scheduler);
    const orr_scheduling_parts parts = orr_scheduling_resolve(engine->scheduler, &engine->scheduling);
    const bool whole = engine->scheduler == ORR_SCHEDULER_ORCA, chunked = engine->scheduler == ORR_SCHEDULER_SARATHI;
    if (whole && engine->enable_chunked_prefill) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.scheduler", "scheduler orca computes whole prompts, and enable_chunked_prefill is set");
        orr_diag_hint(diag, "Write enable_chunked_prefill: false, and max_num_batched_tokens: the longest context.");
    }
    if (chunked && !engine->enable_chunked_prefill) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.scheduler", "scheduler sarathi computes prompts in chunks, and enable_chunked_prefill is off");
        orr_diag_hint(diag, "Write enable_chunked_prefill: true.");
    }
    if ((whole || chunked) && !engine->enable_mixed_chunk) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.scheduler", "scheduler %s computes prompts beside decodes, and enable_mixed_chunk is off", name);
        orr_diag_hint(diag, "Write enable_mixed_chunk: true.");
    }
    if (parts.admission == ORR_ADMISSION_STATIC && engine->enable_mixed_chunk) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.scheduler", "a static batch decodes when all its prompts are computed, and enable_mixed_chunk is set");
        orr_diag_hint(diag, "Write enable_mixed_chunk: false.");
    }
    if (parts.admission == ORR_ADMISSION_STATIC && orr_study_has_pools(c->study)) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "serving.mode", "static batches compute prompts where they decode, and serving is disaggregated");
        orr_diag_hint(diag, "Write mode: aggregated, or another scheduler.");
    }
    if (parts.order == ORR_QUEUE_PREFIX && !engine->enable_prefix_caching) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SCHEDULER, "engine.scheduling.order", "the order is by prefixes in the cache, and enable_prefix_caching is off");
        orr_diag_hint(diag, "Write enable_prefix_caching: true, or order: fcfs.");
    }
}

/* A study that speculates has something to draft with, and says how often drafts are accepted. */
static void check_speculation(orr_layout_checker *c)
{
    orr_speculation *s = &c->study->engine.speculation;
    const orr_model *model = &c->study->model, *draft = &s->draft_model;
    if (s->trace.path) {
        /* read, and right (speculation_bind.c) */
    } else if (s->acceptance.count == 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.method", "speculation by %s, and no acceptance is given", orr_speculation_name(s->method));
        orr_diag_hint(diag, "It is an input: write speculation: {acceptance: 0.8}, or a list by position, as measured on your traffic.");
    } else if (!s->acceptance.same && s->acceptance.count < s->tokens) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.acceptance", "acceptance is given for %d drafts, and tokens is %" PRId64, s->acceptance.count, s->tokens);
        orr_diag_hint(diag, "Give %" PRId64 " rates, or one number for all positions.", s->tokens);
    }
    if (s->method == ORR_SPECULATION_MTP && orr_speculation_mtp_layers(s, model) == 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.method", "%s ships no MTP layers", model->name);
        orr_diag_hint(diag, "Write mtp_layers: 1 to suppose one of its last layer's shape, or draft by another method (draft, ngram).");
    }
    for (int i = 0; s->depth.policy == ORR_DEPTH_BATCH && i < s->depth.drafts.count; i++) {
        if (s->depth.drafts.values[i] <= (double)s->tokens) continue;
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.depth.drafts", "a depth of %g drafts is given, and tokens is %" PRId64, s->depth.drafts.values[i], s->tokens);
        orr_diag_hint(diag, "tokens is the deepest: write tokens: %g, or smaller depths.", s->depth.drafts.values[i]);
        break;
    }
    const orr_model eagle = orr_model_eagle(model, &s->eagle);
    if (s->method == ORR_SPECULATION_EAGLE && orr_mixer_is_recurrent(&eagle.groups[0].mixer)) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.method", "no layer of %s has attention, which an EAGLE head is made of", model->name);
        orr_diag_hint(diag, "Draft by another method (draft, ngram).");
    }
    if (s->method == ORR_SPECULATION_EAGLE) draft = &eagle;
    else if (s->method != ORR_SPECULATION_DRAFT) return;
    else if (!draft->name) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.method", "speculation by a draft model, and none is named");
        orr_diag_hint(diag, "Write speculation: {draft_model: NAME}; `orrery list model` shows names.");
        return;
    }
    if (s->method == ORR_SPECULATION_EAGLE && s->eagle.vocab_size > model->vocab_size) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.eagle.vocab_size", "drafts from a vocabulary of %" PRId64 ", and %s has one of %" PRId64, s->eagle.vocab_size, model->name, model->vocab_size);
        orr_diag_hint(diag, "Write a part of it, or 0 for all of it.");
    }
    if (s->method == ORR_SPECULATION_DRAFT && draft->vocab_size != model->vocab_size) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_SPECULATION, "engine.speculation.draft_model.name", "%s has a vocabulary of %" PRId64 ", and %s one of %" PRId64, draft->name, draft->vocab_size, model->name, model->vocab_size);
        orr_diag_hint(diag, "Drafts are verified token by token: take a draft model of the same family.");
    }
    if (s->method == ORR_SPECULATION_DRAFT) {
        check_split(c, draft);
        check_context(c, draft);
    }
    orr_engine as_published = c->study->engine;
    as_published.quantization = "none";
    orr_engine_resolve_dtypes(draft, &c->study->hardware.chip, &as_published);
    s->draft_weight_dtype = as_published.weight_dtype;
    s->draft_compute_dtype = as_published.compute_dtype;
}

static void check_engines(orr_layout_checker *c)
{
    orr_study *study = c->study;
    if (!orr_engine_resolve_dtypes(&study->model, &study->hardware.chip, &study->engine)) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_DTYPE, "engine.quantization", "%s multiplies neither bf16 nor fp16", study->hardware.chip.name);
        orr_diag_hint(diag, "Give the chip a compute rate it has: compute: {bf16: ..}.");
    }
    check_dies(c);
    check_split(c, &study->model);
    check_context(c, &study->model);
    if (study->engine.speculation.method != ORR_SPECULATION_NONE) check_speculation(c);
    check_experts(c);
    check_popularity(c);
    check_stages(c);
    if (study->engine.attention_ffn.ffn_devices > 0) check_attention_ffn(c);
    orr_layout_check_chips(c);
    orr_layout_check_ffn_chips(c);
    check_scheduler(c);
    check_scheduling(c);
    check_cache(c);
}

/* The prefill engines by themselves; and what they make must be what the others take, and have a way there. */
static void check_prefill(orr_layout_checker *c)
{
    orr_study *study = c->study, *view = ORR_NEW(c->binder->arena, orr_study);
    orr_study_prefill_view(study, c->binder->arena, view);
    orr_layout_checker prefill = {c->binder, view, "serving.prefill.", "prefill engines"};
    check_engines(&prefill);
    study->serving.prefill.engine = view->engine;
    study->layout_fault = view->layout_fault;
    study->layout_reason = view->layout_reason;
    if (view->engine.kv_cache_dtype != study->engine.kv_cache_dtype) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_POOLS, "serving.prefill.engine.kv_cache_dtype", "prefill engines keep keys and values in %s, and those that decode in %s", orr_dtype_name(view->engine.kv_cache_dtype),
                               orr_dtype_name(study->engine.kv_cache_dtype));
        orr_diag_hint(diag, "They are shipped as they are: give both engines one kv_cache_dtype.");
    }
    if (study->serving.transfer.bytes_per_s > 0) return;
    const bool joined = orr_study_pools_share_node(study) ? study->hardware.node.scale_up_bytes_per_s > 0 : view->hardware.fabric.bytes_per_s > 0 || study->hardware.fabric.bytes_per_s > 0;
    if (joined) return;
    orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_POOLS, "serving.mode", "no link joins prefill and decode engines");
    orr_diag_hint(diag, "Name the fabric (hardware.fabric), or write serving.transfer.bandwidth.");
}

/* Encoders have a way to the engines, and chips. */
static void check_encoders(orr_layout_checker *c)
{
    const orr_study *study = c->study;
    const orr_encoders *encoders = &study->serving.encoders;
    const orr_hardware *own = orr_study_encoder_hardware(study), *prompts = orr_study_prompt_hardware(study);
    if (encoders->replicas > own->chip_count) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, "serving.encoders.replicas", "%" PRId64 " encoders are asked for, and their hardware has %" PRId64 " chip%s", encoders->replicas, own->chip_count, own->chip_count == 1 ? "" : "s");
        orr_diag_hint(diag, "Each takes one: write replicas: %" PRId64 ", or more nodes.", own->chip_count);
    }
    if (encoders->bytes_per_s > 0) return;
    const bool joined = orr_study_encoders_share_node(study) ? study->hardware.node.scale_up_bytes_per_s > 0 : own->fabric.bytes_per_s > 0 || prompts->fabric.bytes_per_s > 0;
    if (joined) return;
    orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_POOLS, "serving.encoders", "no link joins encoders and engines");
    orr_diag_hint(diag, "Name the fabric (hardware.fabric), or write serving.encoders.bandwidth.");
}

/* Groups on the study's hardware share it. */
static void check_shared_hardware(orr_layout_checker *c)
{
    const orr_groups *groups = &c->study->serving.groups;
    const orr_group *last = NULL;
    int64_t sharing = 0, chips = 0;
    for (int64_t g = 0; g < groups->count; g++) {
        if (groups->items[g].own_hardware) continue;
        last = &groups->items[g];
        sharing++;
        chips += orr_group_chips(last);
    }
    if (sharing < 2 || chips <= last->hardware.chip_count) return;
    orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, orr_arena_printf(c->binder->arena, "serving.groups.%s.replicas", last->name), "the %" PRId64 " groups on the study's hardware take %" PRId64 " chips, and it has %" PRId64, sharing, chips, last->hardware.chip_count);
    orr_diag_hint(diag, "Say how many replicas each of them has, add nodes (hardware.nodes: %" PRId64 " would do), or give a group hardware of its own.", orr_ceil_div(chips, orr_max_i64(1, last->hardware.node.chip_count)));
}

/* Each group by itself. */
static void check_groups(orr_layout_checker *c)
{
    orr_study *study = c->study, *view = ORR_NEW(c->binder->arena, orr_study);
    orr_groups *groups = &study->serving.groups;
    if (study->serving.replicas > 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_FLEET, "serving.replicas", "serving.replicas is given, and groups of replicas are");
        orr_diag_hint(diag, "Each group says how many it has: take serving.replicas out.");
        return;
    }
    study->serving.replicas = 0;
    for (int64_t g = 0; g < groups->count; g++) {
        orr_group *group = &groups->items[g];
        orr_study_group_view(study, group, c->binder->arena, view);
        view->layout_fault = ORR_LAYOUT_POSSIBLE;
        orr_layout_checker one = {c->binder, view, orr_arena_printf(c->binder->arena, "serving.groups.%s.", group->name), orr_arena_printf(c->binder->arena, "group %s", group->name)};
        check_engines(&one);
        if (study->layout_fault == ORR_LAYOUT_POSSIBLE) {
            study->layout_fault = view->layout_fault;
            study->layout_reason = view->layout_reason;
        }
        group->engine = view->engine;
        group->replicas = view->serving.replicas;
        study->serving.replicas += group->replicas;
    }
    if (study->layout_fault == ORR_LAYOUT_POSSIBLE) check_shared_hardware(c);
    study->engine = groups->items[0].engine;
}

bool orr_study_check_layout(orr_binder *binder, orr_study *study)
{
    orr_layout_checker c = {binder, study, "", ""};
    if (orr_study_has_groups(study)) check_groups(&c);
    else check_engines(&c);
    if (orr_study_has_pools(study) && study->layout_fault == ORR_LAYOUT_POSSIBLE) check_prefill(&c);     /* else what both have in common would be said twice */
    if (orr_study_has_encoders(study) && study->layout_fault == ORR_LAYOUT_POSSIBLE) check_encoders(&c);
    return study->layout_fault == ORR_LAYOUT_POSSIBLE;
}
