/* Where groups of ranks stand on a fabric given by its parts, what they meet, and what a GPU's share of it draws and costs. Nothing where no fabric is. */
#include "lab/placement.h"
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

static const char *times(double contention, orr_arena *arena) { return orr_figure_fixed(contention, 2, arena); }

static const char *bill_text(const char *of, const orr_fabric_bill *b, orr_arena *a)
{
    return orr_arena_printf(a, "%s: %s switches, %s cables, %s long links; %s W, %s", of, orr_figure_number(b->switches, 2, a), orr_figure_number(b->cables, 3, a), orr_figure_number(b->optics, 3, a), orr_figure_number(b->power_w, 3, a),
                            orr_figure_usd(b->usd, a));
}

static void put_view(const orr_fabric_view *view, orr_arena *a, orr_text *out)
{
    orr_text_printf(out, "\nWhere groups of ranks stand%s%s\n", *view->pool ? ", " : "", view->pool);
    if (view->has_domain) orr_text_printf(out, "  domain: %s; bisection %s of what half of the GPUs send\n", orr_topology_text(&view->domain, a), orr_figure_percent(orr_topology_bisection(&view->domain), 0, a));
    if (view->has_network) orr_text_printf(out, "  network of %s: %s\n", view->hardware->fabric.network.topology == ORR_NETWORK_RAILS ? "domains, on each rail" : "domains", orr_topology_text(&view->network, a));
    if (view->placed_count > 0) {
        orr_grid *grid = orr_grid_begin(a, "lrrrlrrr", 2);
        ORR_GRID_ROW(grid, "group", "ranks", "apart", "domains", "where", "rings", "all pairs", "hops");
        orr_grid_rule(grid);
        for (int i = 0; i < view->placed_count; i++) {
            const orr_placed *p = &view->placed[i];
            ORR_GRID_ROW(grid, p->group, orr_figure_count(p->ranks, a), orr_figure_count(p->stride, a), orr_figure_count(p->domains, a), p->where, p->local > 1 ? times(p->ring, a) : "", p->local > 1 ? times(p->direct, a) : "",
                         p->hops > 0 ? orr_figure_number(p->hops, 3, a) : "");
            if (p->domains > 1 && view->has_network) ORR_GRID_ROW(grid, "", "", "", "", "  over the network", times(p->fabric_ring, a), times(p->fabric_direct, a), "");
        }
        orr_grid_write(grid, out);
        orr_text_append(out, "  rings, all pairs: time a byte, over that of links of the same speed that nobody shares; everybody at once\n");
    }
    if (view->domain_bill.power_w + view->domain_bill.usd > 0) orr_text_printf(out, "  %s\n", bill_text("of the domain, a GPU", &view->domain_bill, a));
    if (view->network_bill.power_w + view->network_bill.usd > 0) orr_text_printf(out, "  %s\n", bill_text("of the network, a GPU", &view->network_bill, a));
}

void orr_text_put_fabric(const orr_study *study, orr_arena *arena, orr_text *out)
{
    const orr_fabric_view *views;
    const int count = orr_fabric_views(study, arena, &views);
    for (int i = 0; i < count; i++) put_view(&views[i], arena, out);
}

void orr_text_put_fabric_row(const orr_study *study, orr_arena *arena, orr_grid *grid)
{
    const orr_fabric_view *views;
    const int count = orr_fabric_views(study, arena, &views);
    for (int i = 0; i < count; i++) {
        const orr_fabric_view *v = &views[i];
        const double power_w = v->domain_bill.power_w + v->network_bill.power_w, usd = v->domain_bill.usd + v->network_bill.usd;
        if (!(power_w + usd > 0)) continue;
        ORR_GRID_ROW(grid, i == 0 ? "Fabric" : "", orr_arena_printf(arena, "%s%sa GPU's share draws %s W, in the mean above, and costs %s%s", v->pool, *v->pool ? ": " : "", orr_figure_number(power_w, 3, arena), usd > 0 ? orr_figure_usd(usd, arena) : "what nobody has said",
                                                                    study->cost.name || !(usd > 0) ? "" : ", which the price per hour does not know of"));
    }
}
