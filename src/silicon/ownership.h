/* What an hour of a chip costs whoever owns it: capital, the place it stands in, power.
 *
 *   capital   = (chip + server) (1 + network)                                  USD a chip
 *   a year    = capital x annuity(rate, years) - residual x annuity(..) discounted + capital x upkeep
 *   power     = (TDP x load + server) x PUE; provided: the same at load 1      kW a chip
 *   an hour   = (a year / hours of a year + provided x place + power x energy) / utilization
 *   annuity(r, n) = r / (1 - (1 + r)^-n);  1 / n at r = 0
 * A fabric whose parts are known (src/fabric/bill.h) takes the place of what stands for it above: its price of the network's share and of what a server has of it, its power of the server's:
 *   capital   = (chip + server - replaced) (1 + network, unless the network is known) + fabric,   server power - replaced + fabric, drawn whatever the load
 * Sources and values: data/costs. Range: years > 0, utilization in (0, 1]. Revenue, staff and software are not in it. */
#ifndef ORR_SILICON_OWNERSHIP_H
#define ORR_SILICON_OWNERSHIP_H

typedef struct orr_ownership {
    const char *name, *title;
    double chip_usd;                /* price of a chip; 0: what it costs to make, times the next */
    double price_over_cost;         /* of a chip: what a buyer pays over what it costs to make */
    double server_usd, server_w;    /* a chip's share of host, board, chassis, fans */
    double server_scale_up_usd, server_scale_up_w, server_adapter_usd, server_adapter_w;       /* of these, switches between its chips; network adapters */
    double network_share;           /* of chip and server: switches, cables, optics */
    double years, interest, residual, upkeep;       /* shares a year, but residual: of the capital, at the end */
    double pue, load;               /* load: mean draw over TDP */
    double place_usd_per_kw_month, energy_usd_per_kwh;
    double utilization;             /* of the hours that are paid */
} orr_ownership;

/* A chip's share of a fabric by its parts; 0: not known, and the flat figures stand. */
typedef struct orr_fabric_cost { double domain_usd, domain_w, network_usd, network_w; } orr_fabric_cost;

typedef struct orr_hour_cost { double chip_usd, fabric_usd /* of the capital */, capital_usd, capital_usd_per_h, power_kw /* drawn in the mean */, provided_kw /* for the most it draws */, place_usd_per_h, energy_usd_per_h, total_usd_per_h; } orr_hour_cost;

/* `made_usd`: what the chip costs to make; 0 with no chip_usd: nothing is known, and the total is 0. */
orr_hour_cost orr_ownership_hour(const orr_ownership *ownership, const orr_fabric_cost *fabric, double made_usd, double tdp_w);

#endif
