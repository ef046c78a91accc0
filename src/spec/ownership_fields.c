/* The parameters of ownership (data/costs/NAME.yaml, a study's `cost` section), and how it prices the chips of a study. */
#include "silicon/ownership.h"

#include <math.h>
#include "spec/study_internal.h"

#define PLAIN(key, member, least, most, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_ownership, member), .min = least, .max = most, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = text}
#define OF_UNIT(key, unit_, member, most, fallback, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = unit_, .offset = offsetof(orr_ownership, member), .max = most, .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}

static const orr_field ownership_fields[] = {
    ORR_HEAD_FIELDS(orr_ownership),
    OF_UNIT("chip_price", ORR_UNIT_USD, chip_usd, 1e8, "0 USD", "what a buyer pays for a chip; 0 USD: what it costs to make (chip.silicon.cost) times price_over_cost"),
    PLAIN("price_over_cost", price_over_cost, 1, 1000, "price of a chip over what it costs to make"),
    OF_UNIT("server_price", ORR_UNIT_USD, server_usd, 1e8, "0 USD", "a chip's share of host, board and chassis"),
    OF_UNIT("server_power", ORR_UNIT_W, server_w, 1e6, "0 W", "a chip's share of host, fans and switches"),
    OF_UNIT("server_scale_up_price", ORR_UNIT_USD, server_scale_up_usd, 1e8, "0 USD", "of server_price, switches between its chips: left out where fabric.domain says what its parts cost"),
    OF_UNIT("server_scale_up_power", ORR_UNIT_W, server_scale_up_w, 1e6, "0 W", "of server_power, the same"),
    OF_UNIT("server_adapter_price", ORR_UNIT_USD, server_adapter_usd, 1e8, "0 USD", "of server_price, network adapters: left out where fabric.network says what its parts cost"),
    OF_UNIT("server_adapter_power", ORR_UNIT_W, server_adapter_w, 1e6, "0 W", "of server_power, the same"),
    PLAIN("network", network_share, 0, 100, "switches, cables and optics over chip and server, unless fabric.network says what its parts cost"),
    PLAIN("years", years, 0.1, 100, "over which capital is paid off"),
    PLAIN("interest", interest, 0, 1, "cost of capital, a year"),
    PLAIN("residual", residual, 0, 1, "of the capital, what it still fetches at the end"),
    PLAIN("upkeep", upkeep, 0, 1, "repair and spares, a year, of the capital"),
    PLAIN("pue", pue, 1, 10, "power of the place over power of what stands in it"),
    PLAIN("load", load, 0, 1, "mean draw of a chip over its TDP"),
    PLAIN("place_usd_per_kw_month", place_usd_per_kw_month, 0, 1e5, "rent of the place, by power, energy apart"),
    PLAIN("energy_usd_per_kwh", energy_usd_per_kwh, 0, 100, "price of energy"),
    PLAIN("utilization", utilization, 0.01, 1, "share of the hours that serve: the others are paid too"),
};
const orr_table orr_ownership_table = {"cost", "what an hour of a chip costs its owner, in place of a price per hour", ORR_FIELDS(ownership_fields)};

static orr_fabric_cost fabric_cost_of(const orr_hardware *hardware)
{
    const orr_fabric_bill domain = orr_fabric_domain_bill(&hardware->fabric, hardware->node.chip_count), network = orr_fabric_network_bill(&hardware->fabric, hardware->nodes, hardware->node.chip_count);
    return (orr_fabric_cost){.domain_usd = domain.usd, .domain_w = domain.power_w, .network_usd = network.usd, .network_w = network.power_w};
}

/* `path`: of the hardware. */
static bool price(orr_binder *binder, const orr_ownership *ownership, const char *path, orr_hardware *hardware)
{
    orr_chip *chip = &hardware->chip;
    const orr_fabric_cost fabric = fabric_cost_of(hardware);
    const orr_hour_cost hour = orr_ownership_hour(ownership, &fabric, chip->silicon_usd, chip->tdp_w);
    if (!(hour.total_usd_per_h > 0)) {
        orr_diag *diag = orr_diag_error(binder->diags, orr_binder_place(binder, "cost.price_over_cost"), "nobody knows what a %s costs to make", chip->name);
        orr_diag_hint(diag, "Give cost.chip_price, or %s.chip.silicon.cost, or the chip's architecture; without the cost section %s.chip.price.per_hour serves.", path, path);
        return false;
    }
    chip->price_usd_per_h = hour.total_usd_per_h;
    chip->all_in_w = hour.provided_kw * 1e3;
    return true;
}

bool orr_study_bind_cost(orr_binder *binder, orr_study *study)
{
    if (!study->cost.name) return true;
    orr_prefill *prefill = &study->serving.prefill;
    orr_attention_ffn *apart = &study->engine.attention_ffn;
    bool good = true;
    for (int64_t g = 0; g < study->serving.groups.count; g++) {
        orr_group *group = &study->serving.groups.items[g];
        good &= price(binder, &study->cost, group->own_hardware ? orr_arena_printf(binder->arena, "serving.groups.%s.hardware", group->name) : "hardware", &group->hardware);
    }
    if (orr_study_has_groups(study)) study->hardware = study->serving.groups.items[0].hardware;
    else good = price(binder, &study->cost, "hardware", &study->hardware);
    if (orr_prefill_has_hardware(prefill)) good &= price(binder, &study->cost, "serving.prefill.hardware", &prefill->hardware);
    orr_encoders *encoders = &study->serving.encoders;
    if (orr_encoders_have_hardware(encoders)) good &= price(binder, &study->cost, "serving.encoders.hardware", &encoders->hardware);
    if (orr_ffn_has_hardware(apart)) good &= price(binder, &study->cost, "engine.attention_ffn.hardware", &apart->hardware);
    return good;
}
