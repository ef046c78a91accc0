/* The hardware of a study whose fabric says how large a scale-up domain is: the same chips in domains of another size, and what can't be built so. */
#include "spec/bind.h"

#include <inttypes.h>
#include "base/math.h"
#include "spec/study_internal.h"

void orr_study_regroup(orr_binder *binder, orr_hardware *hardware)
{
    const orr_scale_up *domain = &hardware->fabric.domain;
    orr_node_spec *node = &hardware->node;
    if (!orr_fabric_has_domain(&hardware->fabric) || node->chip_count < 1) return;
    const int64_t chips = orr_min_i64(domain->chips, hardware->chip_count);
    if (chips > 0 && chips != node->chip_count) {
        node->chip_count = chips;
        node->name = orr_arena_printf(binder->arena, "%" PRId64 " x %s", chips, hardware->chip.name);
        node->title = orr_arena_printf(binder->arena, "%s of %" PRId64 " chips", hardware->fabric.name, chips);
        hardware->nodes = hardware->chip_count / chips;
    }
    if (domain->bytes_per_s > 0) node->scale_up_bytes_per_s = domain->bytes_per_s;
    if (domain->latency_ns > 0) node->scale_up_latency_ns = domain->latency_ns;
    static const orr_scale_up_topology known_as[] = {[ORR_DOMAIN_AS_NODE] = ORR_SCALE_UP_NONE, [ORR_DOMAIN_SWITCH] = ORR_SCALE_UP_SWITCH, [ORR_DOMAIN_FULL_MESH] = ORR_SCALE_UP_MESH, [ORR_DOMAIN_TORUS] = ORR_SCALE_UP_TORUS3D,
                                                     [ORR_DOMAIN_GRID] = ORR_SCALE_UP_TORUS3D, [ORR_DOMAIN_OPTICAL] = ORR_SCALE_UP_TORUS3D, [ORR_DOMAIN_DRAGONFLY] = ORR_SCALE_UP_SWITCH};
    node->topology = known_as[domain->topology];
    if (node->topology == ORR_SCALE_UP_TORUS3D && domain->dimensions == 2) node->topology = ORR_SCALE_UP_TORUS2D;
    node->in_network_reduction = domain->in_network_reduction;
}

typedef struct checker { orr_binder *binder; orr_study *study; const char *path; } checker;

static orr_diag *fault(checker *c, const char *field, const char *message)
{
    c->study->layout_fault = ORR_LAYOUT_CHIPS;
    c->study->layout_reason = message;
    const orr_place own = orr_binder_place(c->binder, orr_arena_printf(c->binder->arena, "%s.fabric.%s", c->path, field));
    return orr_diag_error(c->binder->diags, own.source ? own : orr_binder_place(c->binder, orr_arena_printf(c->binder->arena, "%s.fabric.name", c->path)), "%s", message);
}

static void check_domain(checker *c, const orr_hardware *hardware)
{
    orr_arena *arena = c->binder->arena;
    const orr_scale_up *domain = &hardware->fabric.domain;
    const int64_t chips = orr_max_i64(domain->chips, hardware->node.chip_count);
    if (hardware->nodes * hardware->node.chip_count != hardware->chip_count) {
        const int64_t below = hardware->nodes * domain->chips;
        orr_diag_hint(fault(c, "domain.chips", orr_arena_printf(arena, "%" PRId64 " chips don't make whole domains of %" PRId64, hardware->chip_count, domain->chips)),
                      "Take %" PRId64 " or %" PRId64 " chips, or domains of another size.", below, below + domain->chips);
        return;
    }
    const orr_topology t = orr_fabric_domain(&hardware->fabric, chips);
    if (t.kind == ORR_TOPOLOGY_SWITCH && t.levels == 0) {
        orr_diag_hint(fault(c, "domain.switch.ports", orr_arena_printf(arena, "switches of %.0f ports don't join %" PRId64 " chips in three levels", domain->parts.switches.ports, chips)), "Take switches with more ports, or a smaller domain.");
    }
    if (t.kind == ORR_TOPOLOGY_DRAGONFLY && t.groups > t.group_routers * t.global_links + 1) {
        orr_diag_hint(fault(c, "domain.router_chips", orr_arena_printf(arena, "routers with %" PRId64 " chips make a dragonfly of %" PRId64 " at most, and the domain has %" PRId64, t.router_chips, t.router_chips * t.group_routers * (t.group_routers * t.global_links + 1), chips)),
                      "Leave router_chips out: the fewest that do are taken then.");
    }
    if (t.kind == ORR_TOPOLOGY_FULL_MESH && domain->parts.links > 0 && domain->parts.links < (double)(chips - 1)) {
        orr_diag_hint(fault(c, "domain.links", orr_arena_printf(arena, "in a full mesh of %" PRId64 " a chip has %" PRId64 " neighbours, and it has %.3g links", chips, chips - 1, domain->parts.links)),
                      "Take domains of %.0f chips at most, or another topology; links: 0 lets bandwidth be cut as fine as it takes.", domain->parts.links + 1);
    }
    if (domain->in_network_reduction && domain->topology != ORR_DOMAIN_SWITCH)
        orr_diag_hint(fault(c, "domain.in_network_reduction", orr_arena_printf(arena, "in_network_reduction is done by switches, and the domain is not one of them")), "Write topology: switch, or in_network_reduction: false.");
    if (hardware->node.chip_count > 1 && !(hardware->node.scale_up_bytes_per_s > 0))
        orr_diag_hint(fault(c, "domain.bandwidth", orr_arena_printf(arena, "the domain says no bandwidth, and %s has no links of its own", hardware->chip.name)), "Write domain: {bandwidth: 900 GB/s}.");
}

static void check_network(checker *c, const orr_hardware *hardware)
{
    const orr_topology t = orr_fabric_network(&hardware->fabric, hardware->nodes, hardware->node.chip_count);
    if (t.levels == 0)
        orr_diag_hint(fault(c, "network.switch.ports", orr_arena_printf(c->binder->arena, "switches of %.0f ports don't join %" PRId64 " domains of %" PRId64 " chips in three levels", hardware->fabric.network.parts.switches.ports, t.chips, hardware->node.chip_count)),
                      "Take switches with more ports.");
}

static void check(checker *c, const orr_hardware *hardware)
{
    if (hardware->chip_count < 1 || c->study->layout_fault != ORR_LAYOUT_POSSIBLE) return;
    if (orr_fabric_has_domain(&hardware->fabric)) check_domain(c, hardware);
    if (orr_fabric_has_network(&hardware->fabric) && c->study->layout_fault == ORR_LAYOUT_POSSIBLE) check_network(c, hardware);
}

bool orr_study_check_fabric(orr_binder *binder, orr_study *study)
{
    checker c = {binder, study, "hardware"};
    check(&c, &study->hardware);
    c.path = "serving.prefill.hardware";
    if (orr_prefill_has_hardware(&study->serving.prefill)) check(&c, &study->serving.prefill.hardware);
    c.path = "serving.encoders.hardware";
    if (orr_encoders_have_hardware(&study->serving.encoders)) check(&c, &study->serving.encoders.hardware);
    c.path = "engine.attention_ffn.hardware";
    if (orr_ffn_has_hardware(&study->engine.attention_ffn)) check(&c, &study->engine.attention_ffn.hardware);
    for (int64_t g = 0; g < study->serving.groups.count; g++) {
        c.path = orr_arena_printf(binder->arena, "serving.groups.%s.hardware", study->serving.groups.items[g].name);
        check(&c, &study->serving.groups.items[g].hardware);
    }
    return study->layout_fault == ORR_LAYOUT_POSSIBLE;
}
