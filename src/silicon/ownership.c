#include "silicon/ownership.h"

#include <stdbool.h>
#include "base/math.h"

static const double hours_of_year = 8766, hours_of_month = 730.5;

orr_hour_cost orr_ownership_hour(const orr_ownership *o, const orr_fabric_cost *fabric, double made_usd, double tdp_w)
{
    orr_hour_cost hour = {.chip_usd = o->chip_usd > 0 ? o->chip_usd : made_usd * o->price_over_cost};
    if (!(hour.chip_usd > 0)) return (orr_hour_cost){0};
    const double discounted = orr_pow(1 + o->interest, -o->years), annuity = o->interest > 0 ? o->interest / (1 - discounted) : 1 / o->years;
    const bool domain = fabric->domain_usd > 0, network = fabric->network_usd > 0;
    const double server_usd = orr_max(o->server_usd - (domain ? o->server_scale_up_usd : 0) - (network ? o->server_adapter_usd : 0), 0);
    const double server_w = orr_max(o->server_w - (fabric->domain_w > 0 ? o->server_scale_up_w : 0) - (fabric->network_w > 0 ? o->server_adapter_w : 0), 0) + fabric->domain_w + fabric->network_w;
    hour.fabric_usd = fabric->domain_usd + fabric->network_usd;
    hour.capital_usd = (hour.chip_usd + server_usd) * (1 + (network ? 0 : o->network_share)) + hour.fabric_usd;
    hour.capital_usd_per_h = hour.capital_usd * ((1 - o->residual * discounted) * annuity + o->upkeep) / hours_of_year / o->utilization;
    hour.power_kw = (tdp_w * o->load + server_w) * 1e-3 * o->pue;
    hour.provided_kw = (tdp_w + server_w) * 1e-3 * o->pue;
    hour.place_usd_per_h = hour.provided_kw * o->place_usd_per_kw_month / hours_of_month / o->utilization;
    hour.energy_usd_per_h = hour.power_kw * o->energy_usd_per_kwh / o->utilization;
    hour.total_usd_per_h = hour.capital_usd_per_h + hour.place_usd_per_h + hour.energy_usd_per_h;
    return hour;
}
