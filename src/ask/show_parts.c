#include "ask/show_parts.h"

#include "base/math.h"
#include "lab/placement.h"
#include "report/columns.h"

static const char *amount(orr_arena *arena, double value, const char *unit) { return orr_arena_printf(arena, "%.4g %s", value, unit); }

static const char *beside(orr_arena *arena, double parts, double stated, const char *unit)
{
    return stated > 0 ? orr_arena_printf(arena, "%.4g %s stated, %+.1f %%", stated, unit, 100 * (parts / stated - 1)) : NULL;
}

static void row(orr_columns *columns, orr_arena *arena, const char *what, double value, const char *unit, const char *note)
{
    if (value > 0) orr_columns_row(columns, what, amount(arena, value, unit), note);
}

static void areas(orr_columns *columns, orr_arena *arena, const orr_chip_made *made, const orr_chip *stated)
{
    const orr_silicon_area *a = &made->silicon.area;
    const orr_architecture *parts = &made->parts;
    row(columns, arena, "a core", a->core, "mm2", orr_arena_printf(arena, "matrix %.3g, vector %.3g, control %.3g, registers %.3g, SRAM %.3g, fabric %.3g", a->matrix, a->vector, a->control, a->registers, a->sram, a->fabric));
    row(columns, arena, "cores", a->cores, "mm2", orr_arena_printf(arena, "%.6g built, %.6g in use", parts->core.built, made->silicon.rates.core_count));
    row(columns, arena, "cache", a->cache, "mm2", NULL);
    row(columns, arena, "memory interfaces", a->memory_phys, "mm2", orr_arena_printf(arena, "%.6g x %s", parts->memory.built, parts->memory.technology.name));
    row(columns, arena, "links", a->links, "mm2", NULL);
    row(columns, arena, "die to die", a->die_to_die, "mm2", NULL);
    row(columns, arena, "compute die", a->compute_die, "mm2", orr_arena_printf(arena, "%.6g of them, with what is not counted; %.0f %% of the reticle; yield %.0f %%", parts->dies, 100 * a->compute_die / parts->process.reticle_mm2, 100 * made->silicon.yield.compute_die));
    if (parts->io_dies.count > 0) row(columns, arena, "I/O die", a->io_die, "mm2", orr_arena_printf(arena, "%.6g of them; yield %.0f %%", parts->io_dies.count, 100 * made->silicon.yield.io_die));
    row(columns, arena, "all dies", a->total, "mm2", beside(arena, a->total, stated->silicon_mm2, "mm2"));
}

void orr_show_parts(const orr_chip_made *made, const orr_chip *stated, orr_arena *arena, orr_text *out)
{
    const orr_silicon_power *p = &made->silicon.power;
    const orr_silicon_cost *c = &made->silicon.cost;
    orr_columns *columns = orr_columns_begin(arena, 3);
    orr_text_append(out, "\nBy its parts\n");
    areas(columns, arena, made, stated);
    row(columns, arena, "TDP", p->tdp_w, "W", beside(arena, p->tdp_w, stated->tdp_w, "W"));
    orr_columns_row(columns, "", "", orr_arena_printf(arena, "static %.3g, matrix %.3g, other logic %.3g, memory %.3g, links %.3g W", p->static_w, p->matrix_w, p->logic_w, p->memory_w, p->links_w));
    row(columns, arena, "idle", p->idle_w, "W", beside(arena, p->idle_w, stated->idle_w, "W"));
    row(columns, arena, "cost to make", c->total_usd, "USD", orr_arena_printf(arena, "dies %.4g, memory %.4g, package %.4g, test and assembly %.4g USD", c->dies_usd, c->memory_usd, c->package_usd, c->test_usd));
    orr_columns_write(columns, out);
}

static void fabric_part(orr_columns *columns, orr_arena *arena, const char *what, const orr_topology *t, const orr_fabric_bill *bill)
{
    orr_columns_row(columns, what, orr_topology_text(t, arena), orr_arena_printf(arena, "bisection %.0f %% of what half of its ends send; at most %.0f hops", 100 * orr_topology_bisection(t), orr_topology_diameter(t)));
    orr_columns_row(columns, "", "a chip's share", orr_arena_printf(arena, "%.3g switches, %.3g cables, %.3g long links: %.4g W, %.5g USD", bill->switches, bill->cables, bill->optics, bill->power_w, bill->usd));
}

void orr_show_fabric(const orr_fabric *fabric, orr_arena *arena, orr_text *out)
{
    const int64_t chips = orr_max_i64(fabric->domain.chips, 1), nodes = orr_max_i64(fabric->network.chips / chips, 1);
    orr_columns *columns = orr_columns_begin(arena, 3);
    if (orr_fabric_has_domain(fabric) && chips > 1) {
        const orr_topology domain = orr_fabric_domain(fabric, chips);
        const orr_fabric_bill bill = orr_fabric_domain_bill(fabric, chips);
        fabric_part(columns, arena, "domain", &domain, &bill);
    }
    if (orr_fabric_has_network(fabric) && fabric->network.chips > 0) {
        const orr_topology network = orr_fabric_network(fabric, nodes, chips);
        const orr_fabric_bill bill = orr_fabric_network_bill(fabric, nodes, chips);
        fabric_part(columns, arena, fabric->network.topology == ORR_NETWORK_RAILS ? "network, of domains on a rail" : "network, of domains", &network, &bill);
    }
    if (!orr_fabric_has_domain(fabric) && !orr_fabric_has_network(fabric)) return;
    orr_text_append(out, "\nBy its parts\n");
    orr_columns_write(columns, out);
}
