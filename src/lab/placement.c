#include "lab/placement.h"

#include "base/math.h"

static const char *sizes_text(const int64_t *sizes, int dimensions, orr_arena *arena)
{
    const char *text = orr_arena_printf(arena, "%lld", (long long)sizes[0]);
    for (int i = 1; i < dimensions; i++) text = orr_arena_printf(arena, "%sx%lld", text, (long long)sizes[i]);
    return text;
}

const char *orr_topology_text(const orr_topology *t, orr_arena *arena)
{
    const long long chips = (long long)t->chips, leaves = t->leaf_chips > 0 ? (long long)orr_ceil_div(t->chips, t->leaf_chips) : 1;
    switch (t->kind) {
    case ORR_TOPOLOGY_SWITCH:
        if (t->levels <= 1) return orr_arena_printf(arena, "%lld behind one level of switches", chips);
        return orr_arena_printf(arena, "%lld behind %d levels of switches, %lld leaves of %lld%s", chips, t->levels, leaves, (long long)t->leaf_chips, t->oversubscription > 1 ? orr_arena_printf(arena, ", oversubscribed %.3g", t->oversubscription) : "");
    case ORR_TOPOLOGY_FULL_MESH: return orr_arena_printf(arena, "full mesh of %lld", chips);
    case ORR_TOPOLOGY_TORUS: return orr_arena_printf(arena, "torus of %s", sizes_text(t->sizes, t->dimensions, arena));
    case ORR_TOPOLOGY_GRID: return orr_arena_printf(arena, "grid of %s", sizes_text(t->sizes, t->dimensions, arena));
    case ORR_TOPOLOGY_OPTICAL: return orr_arena_printf(arena, "torus of %s, blocks of %lld a side behind circuit switches", sizes_text(t->sizes, t->dimensions, arena), (long long)t->block);
    case ORR_TOPOLOGY_DRAGONFLY:
        return orr_arena_printf(arena, "dragonfly of %lld: %lld groups of %lld routers with %lld chips", chips, (long long)t->groups, (long long)t->group_routers, (long long)t->router_chips);
    }
    return "";
}

static const char *box_text(const orr_topology *t, const orr_group_load *load, orr_arena *arena)
{
    if (load->snake) return "a line through the chips: no box has so many";
    int active = 0, closed = 0;
    const char *apart = "";
    for (int i = 0; i < t->dimensions; i++) {
        if (load->box[i] < 2) continue;
        active++;
        closed += load->closed[i];
        if (load->spacing[i] > 1) apart = orr_arena_printf(arena, ", every %lld%s of a side", (long long)load->spacing[i], load->spacing[i] == 2 ? "nd" : load->spacing[i] == 3 ? "rd" : "th");
    }
    const char *rings = closed == active ? "closed" : closed == 0 ? "open" : "closed along some sides";
    return orr_arena_printf(arena, "%s of %s, %s%s", sizes_text(load->box, t->dimensions, arena), sizes_text(t->sizes, t->dimensions, arena), rings, apart);
}

static const char *where_text(const orr_topology *t, const orr_placed *p, const orr_group_load *load, orr_arena *arena)
{
    if (p->local < 2) return "each in a domain of its own";
    switch (t->kind) {
    case ORR_TOPOLOGY_SWITCH: return load->leaves > 1 ? orr_arena_printf(arena, "behind %lld leaves", (long long)load->leaves) : t->levels > 1 ? "behind one leaf" : "behind the switch";
    case ORR_TOPOLOGY_FULL_MESH: return p->local == t->chips ? "all of the mesh" : orr_arena_printf(arena, "%lld of %lld links of a chip", (long long)(p->local - 1), (long long)(t->chips - 1));
    case ORR_TOPOLOGY_DRAGONFLY: return load->leaves > 1 ? orr_arena_printf(arena, "behind %lld routers", (long long)load->leaves) : "behind one router";
    default: return box_text(t, load, arena);
    }
}

static void place(orr_fabric_view *view, const char *group, int64_t ranks, int64_t stride, orr_arena *arena)
{
    const int64_t chips = view->hardware->node.chip_count;
    if (ranks < 2 || view->placed_count == ORR_MOST_PLACED) return;
    orr_placed *p = &view->placed[view->placed_count++];
    *p = (orr_placed){.group = group, .ranks = ranks, .stride = stride, .local = orr_min_i64(ranks, orr_max_i64(chips / stride, 1)), .ring = 1, .direct = 1, .fabric_ring = 1, .fabric_direct = 1, .where = ""};
    p->domains = orr_ceil_div(ranks, p->local);
    if (view->has_domain) {
        const orr_group_load load = orr_topology_load(&view->domain, (orr_chip_group){p->local, orr_min_i64(stride, orr_max_i64(view->domain.chips / p->local, 1))});
        p->where = where_text(&view->domain, p, &load, arena);
        p->ring = load.ring;
        p->direct = load.direct;
        p->hops = p->local > 1 ? load.direct_hops + 1 : 0;
    }
    if (view->has_network && p->domains > 1) {
        const orr_group_load load = orr_topology_load(&view->network, (orr_chip_group){orr_min_i64(p->domains, view->network.chips), orr_min_i64(orr_max_i64(stride / chips, 1), orr_max_i64(view->network.chips / p->domains, 1))});
        p->fabric_ring = load.ring;
        p->fabric_direct = load.direct;
    }
}

static orr_fabric_view view_of(const orr_study *pool, const char *name, orr_arena *arena)
{
    const orr_hardware *h = &pool->hardware;
    const orr_engine *e = &pool->engine;
    orr_fabric_view view = {.pool = name, .hardware = h, .has_domain = orr_fabric_has_domain(&h->fabric), .has_network = orr_fabric_has_network(&h->fabric)};
    if (view.has_domain) view.domain = orr_fabric_domain(&h->fabric, orr_max_i64(h->fabric.domain.chips, h->node.chip_count));
    if (view.has_network) view.network = orr_fabric_network(&h->fabric, h->nodes, h->node.chip_count);
    view.domain_bill = orr_fabric_domain_bill(&h->fabric, h->node.chip_count);
    view.network_bill = orr_fabric_network_bill(&h->fabric, h->nodes, h->node.chip_count);
    const int64_t tensor = orr_max_i64(e->tensor_parallel_size, 1), context = orr_engine_context_ranks(e), stage = tensor * context * orr_max_i64(e->data_parallel_size, 1);
    place(&view, "tensor", tensor, 1, arena);
    place(&view, "context", context, tensor, arena);
    if (stage > tensor) place(&view, e->enable_expert_parallel ? "experts" : "stage", stage, 1, arena);
    place(&view, "pipeline", orr_max_i64(e->pipeline_parallel_size, 1), stage, arena);
    return view;
}

int orr_fabric_views(const orr_study *study, orr_arena *arena, const orr_fabric_view **views)
{
    const int pools = orr_study_pools(study);
    orr_fabric_view *found = ORR_NEW_ARRAY(arena, orr_fabric_view, pools);
    int count = 0;
    for (int i = 0; i < pools; i++) {
        orr_study *pool = ORR_NEW(arena, orr_study);
        orr_study_pool_view(study, i, arena, pool);
        if (!orr_fabric_has_domain(&pool->hardware.fabric) && !orr_fabric_has_network(&pool->hardware.fabric)) continue;
        found[count++] = view_of(pool, pools > 1 ? orr_study_pool_name(study, i, arena) : "", arena);
    }
    *views = found;
    return count;
}

const char *orr_fabric_worst(const orr_fabric_view *view, orr_arena *arena)
{
    const orr_placed *worst = NULL;
    double most = 1.005;
    for (int i = 0; i < view->placed_count; i++) {
        const orr_placed *p = &view->placed[i];
        const double meets = orr_max(orr_max(p->ring, p->direct), orr_max(p->fabric_ring, p->fabric_direct));
        if (meets > most) { most = meets; worst = p; }
    }
    if (!worst) return NULL;
    const bool outside = orr_max(worst->fabric_ring, worst->fabric_direct) > orr_max(worst->ring, worst->direct), direct = outside ? worst->fabric_direct > worst->fabric_ring : worst->direct > worst->ring;
    return orr_arena_printf(arena, "Of %s ranks, %s take %.2f times as long a byte as links of the same speed that nobody shares, %s.", worst->group, direct ? "exchanges of all pairs" : "rings", most,
                            outside ? "over the network" : orr_arena_printf(arena, "in %s", orr_topology_text(&view->domain, arena)));
}
