/* Layout: are there chips for all of it, and how a fault is reported. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "base/math.h"
#include "spec/layout_checks.h"
#include "spec/study_internal.h"

/* A value that a pool inherits stands where the study's own does. */
static orr_place place_of(const orr_layout_checker *c, const char *path)
{
    const char *inner = orr_text_starts_with(path, "serving.") ? path + strlen("serving.") : path;
    const orr_place own = *c->prefix ? orr_binder_place(c->binder, orr_arena_printf(c->binder->arena, "%s%s", c->prefix, inner)) : (orr_place){0};
    return own.source ? own : orr_binder_place(c->binder, path);
}

orr_diag *orr_layout_report(orr_layout_checker *c, orr_layout_fault kind, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = orr_arena_vprintf(c->binder->arena, format, arguments);
    va_end(arguments);
    if (*c->prefix) message = orr_arena_printf(c->binder->arena, "%s: %s", c->whose, message);
    if (c->study->layout_fault == ORR_LAYOUT_POSSIBLE) {
        c->study->layout_fault = kind;
        c->study->layout_reason = message;
    }
    return orr_diag_error(c->binder->diags, place_of(c, path), "%s", message);
}

/* Of nodes that are whole, and chips left of one more, when encoders have taken theirs from the last node on; in groups of `tensor` chips. */
static int64_t groups_beside_encoders(const orr_study *study, int64_t whole, int64_t left, int64_t tensor)
{
    const int64_t in_node = study->hardware.node.chip_count, taken = orr_encoders_have_hardware(&study->serving.encoders) ? 0 : study->serving.encoders.replicas;
    if (taken > whole * in_node) return orr_max_i64(0, left - (taken - whole * in_node)) / tensor;
    const int64_t rest = taken % in_node;
    return (whole - orr_ceil_div(taken, in_node)) * (in_node / tensor) + (rest > 0 ? (in_node - rest) / tensor : 0) + left / tensor;
}

/* Tensor-parallel groups of `tensor` chips that the hardware holds beside prefill engines, which fill nodes from the first one on, and encoders. */
static int64_t groups_beside_others(const orr_study *study, int64_t tensor)
{
    const orr_engine *prefill = &study->serving.prefill.engine;
    const int64_t in_node = study->hardware.node.chip_count, nodes = study->hardware.nodes;
    if (!orr_study_has_pools(study) || orr_prefill_has_hardware(&study->serving.prefill)) return groups_beside_encoders(study, nodes, 0, tensor);
    const int64_t of_node = in_node / prefill->tensor_parallel_size, groups = study->serving.prefill.replicas * prefill->pipeline_parallel_size * prefill->data_parallel_size * orr_engine_context_ranks(prefill);
    const int64_t taken = of_node > 0 ? orr_ceil_div(groups, of_node) : nodes + 1;
    if (taken > nodes) return 0;
    const int64_t left = in_node - (groups - (taken - 1) * of_node) * prefill->tensor_parallel_size;
    return groups_beside_encoders(study, nodes - taken, left, tensor);
}

/* Ranks of a tensor-parallel group stay in one node; groups fill nodes. Gives `replicas` its value when it is left open. */
void orr_layout_check_chips(orr_layout_checker *c)
{
    const orr_engine *engine = &c->study->engine;
    const orr_hardware *hardware = &c->study->hardware;
    const bool shared = orr_study_has_pools(c->study) && !orr_prefill_has_hardware(&c->study->serving.prefill);
    int64_t tp = engine->tensor_parallel_size, in_node = hardware->node.chip_count;
    if (tp > in_node) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, "engine.tensor_parallel_size", "tensor_parallel_size is %" PRId64 ", and %s has %" PRId64 " chips", tp, hardware->node.name, in_node);
        orr_diag_hint(diag, "Keep tensor_parallel_size within a node and spread over nodes with pipeline_parallel_size or data_parallel_size.");
        return;
    }
    const int64_t beside = orr_engine_own_chips(engine) - orr_engine_attention_chips(engine);     /* FFN devices on the same hardware */
    int64_t groups = groups_beside_others(c->study, tp), of_replica = engine->pipeline_parallel_size * engine->data_parallel_size * orr_engine_context_ranks(engine) + orr_ceil_div(beside, tp);
    const int64_t own = orr_engine_own_chips(engine), whole_in_node = orr_fabric_has_domain(&hardware->fabric) && own <= in_node ? in_node / own * hardware->nodes : groups;      /* by parts, none that fits in a domain is cut in two */
    int64_t held = orr_min_i64(groups / of_replica, whole_in_node), wanted = c->study->serving.replicas;
    const int64_t encoders = orr_encoders_have_hardware(&c->study->serving.encoders) ? 0 : c->study->serving.encoders.replicas;
    if (held == 0 && encoders > 0) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, "serving.encoders.replicas", "encoders take %" PRId64 " chips, and of %" PRId64 " too few are left for an engine of %" PRId64, encoders, hardware->chip_count, orr_engine_own_chips(engine));
        orr_diag_hint(diag, "Add nodes, take fewer encoders, or give them hardware of their own (serving.encoders.hardware).");
    } else if (held == 0 && shared) {
        const int64_t prefill_chips = orr_study_prefill_chips(c->study);
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, "serving.prefill.replicas", "prefill engines take %" PRId64 " chips and one that decodes %" PRId64 ", and the hardware has %" PRId64, prefill_chips, orr_engine_own_chips(engine), hardware->chip_count);
        orr_diag_hint(diag, "Add nodes (hardware.nodes: %" PRId64 " would do), or give the prefill engines hardware of their own (serving.prefill.hardware).",
                      orr_ceil_div(prefill_chips, in_node) + orr_ceil_div(of_replica, in_node / tp));
    } else if (held == 0) {
        const char *context = orr_engine_context_ranks(engine) > 1 ? orr_arena_printf(c->binder->arena, " x PCP %" PRId64, orr_engine_context_ranks(engine)) : "";
        const char *ffn = beside > 0 ? orr_arena_printf(c->binder->arena, " for attention and %" PRId64 " for FFN", beside) : "";
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, "engine.tensor_parallel_size", "one replica takes %" PRId64 " chips (TP %" PRId64 "%s x PP %" PRId64 " x DP %" PRId64 "%s), and the hardware has %" PRId64,
                               orr_engine_own_chips(engine), tp, context, engine->pipeline_parallel_size, engine->data_parallel_size, ffn, hardware->chip_count);
        orr_diag_hint(diag, "Add nodes (hardware.nodes: %" PRId64 " would do) or cut the layout down.", orr_ceil_div(of_replica, in_node / tp));
    } else if (wanted > held) {
        orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, "serving.replicas", "%" PRId64 " replicas of %" PRId64 " chips are asked for, and %" PRId64 " chips hold %" PRId64 "%s", wanted, orr_engine_own_chips(engine), hardware->chip_count, held,
                               shared ? " beside the prefill engines" : encoders > 0 ? " beside the encoders" : "");
        const int64_t more = orr_ceil_div(wanted * of_replica - groups, in_node / tp);
        orr_diag_hint(diag, "Write replicas: %" PRId64 ", or hardware.nodes: %" PRId64 ".", held, hardware->nodes + more);
    } else if (wanted == 0) {
        const int64_t ffn_holds = orr_ffn_has_hardware(&engine->attention_ffn) ? engine->attention_ffn.hardware.chip_count / engine->attention_ffn.ffn_devices : held;
        c->study->serving.replicas = orr_max_i64(1, orr_min_i64(held, ffn_holds));
    }
}

/* FFN devices of hardware of their own, of all replicas. */
void orr_layout_check_ffn_chips(orr_layout_checker *c)
{
    const orr_attention_ffn *apart = &c->study->engine.attention_ffn;
    const int64_t replicas = c->study->serving.replicas, wanted = apart->ffn_devices * replicas, there = apart->hardware.chip_count;
    if (!orr_ffn_has_hardware(apart) || wanted <= there) return;
    orr_diag *diag = orr_layout_report(c, ORR_LAYOUT_CHIPS, "engine.attention_ffn.ffn_devices", "%" PRId64 " FFN devices for each of %" PRId64 " replica%s are asked for, and their hardware has %" PRId64, apart->ffn_devices, replicas, replicas == 1 ? "" : "s", there);
    if (apart->ffn_devices <= there) orr_diag_hint(diag, "Write serving.replicas: %" PRId64 ", or engine.attention_ffn.hardware.nodes: %" PRId64 ".", there / apart->ffn_devices, orr_ceil_div(wanted, apart->hardware.node.chip_count));
    else orr_diag_hint(diag, "Write engine.attention_ffn.hardware.nodes: %" PRId64 ".", orr_ceil_div(wanted, apart->hardware.node.chip_count));
}
