/* results.json: a fabric given by its parts, where groups of ranks stand on it, and a chip's share of what it draws and costs. Nothing where no fabric is. */
#include "lab/placement.h"
#include "report/results_json.h"

static void put_part(orr_json *json, const char *key, const orr_topology *t, const orr_fabric_bill *bill, orr_arena *arena)
{
    orr_json_key(json, key);
    orr_json_object(json);
    orr_json_put_string(json, "topology", orr_topology_text(t, arena));
    orr_json_put_double(json, "bisection_share", orr_topology_bisection(t));
    orr_json_put_double(json, "most_hops", orr_topology_diameter(t));
    const struct { const char *key; double value; } shares[] = {{"switches_per_gpu", bill->switches}, {"cables_per_gpu", bill->cables}, {"optics_per_gpu", bill->optics}, {"power_w_per_gpu", bill->power_w}, {"usd_per_gpu", bill->usd}};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) orr_json_put_double(json, shares[i].key, shares[i].value);
    orr_json_object_end(json);
}

static void put_placed(orr_json *json, const orr_fabric_view *view, const orr_placed *p)
{
    orr_json_object(json);
    orr_json_put_string(json, "group", p->group);
    orr_json_put_int(json, "ranks", p->ranks);
    orr_json_put_int(json, "stride", p->stride);
    orr_json_put_int(json, "domains", p->domains);
    if (view->has_domain) {
        orr_json_put_string(json, "where", p->where);
        orr_json_put_double(json, "ring_contention", p->ring);
        orr_json_put_double(json, "all_pairs_contention", p->direct);
        orr_json_put_double(json, "hops", p->hops);
    }
    if (view->has_network && p->domains > 1) {
        orr_json_put_double(json, "network_ring_contention", p->fabric_ring);
        orr_json_put_double(json, "network_all_pairs_contention", p->fabric_direct);
    }
    orr_json_object_end(json);
}

void orr_results_put_fabric(orr_json *json, const orr_study *study, orr_arena *arena)
{
    const orr_fabric_view *views;
    const int count = orr_fabric_views(study, arena, &views);
    if (count == 0) return;
    orr_json_key(json, "fabrics");
    orr_json_array(json);
    for (int i = 0; i < count; i++) {
        const orr_fabric_view *v = &views[i];
        orr_json_object(json);
        orr_json_put_string(json, "pool", *v->pool ? v->pool : NULL);
        orr_json_put_string(json, "name", v->hardware->fabric.name);
        orr_json_put_int(json, "domains", v->hardware->nodes);
        orr_json_put_int(json, "gpus_per_domain", v->hardware->node.chip_count);
        if (v->has_domain) put_part(json, "domain", &v->domain, &v->domain_bill, arena);
        if (v->has_network) put_part(json, "network", &v->network, &v->network_bill, arena);
        orr_json_key(json, "placement");
        orr_json_array(json);
        for (int k = 0; k < v->placed_count; k++) put_placed(json, v, &v->placed[k]);
        orr_json_array_end(json);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}
