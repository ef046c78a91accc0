/* What an hour of a chip costs whoever owns it: capital, the place it stands in, power.
 *
 *   capital   = (chip + server) (1 + network)                                  USD a chip
 *   a year    = capital x annuity(rate, years) - residual x annuity(..) discounted + capital x upkeep
 *   power     = (TDP x load + server) x PUE; provided: the same at load 1      kW a chip
 *   an hour   = (a year / hours of a year + provided x place + power x energy) / utilization
 *   annuity(r, n) = r / (1 - (1 + r)^-n);  1 / n at r = 0
 * Sources and values: data/costs. Range: years > 0, utilization in (0, 1]. Revenue, staff and software are not in it. */
#ifndef ORR_SILICON_OWNERSHIP_H
#define ORR_SILICON_OWNERSHIP_H

typedef struct orr_ownership {
    const char *name, *title;
    double chip_usd;                /* price of a chip; 0: what it costs to make, times the next */
    double price_over_cost;         /* of a chip: what a buyer pays over what it costs to make */
    double server_usd, server_w;    /* a chip's share of host, board, chassis, fans */
    double network_share;           /* of chip and server: switches, cables, optics */
    double years, interest, residual, upkeep;       /* shares a year, but residual: of the capital, at the end */
    double pue, load;               /* load: mean draw over TDP */
    double place_usd_per_kw_month, energy_usd_per_kwh;
    double utilization;             /* of the hours that are paid */
} orr_ownership;

typedef struct orr_hour_cost { double chip_usd, capital_usd, capital_usd_per_h, power_kw /* drawn in the mean */, provided_kw /* for the most it draws */, place_usd_per_h, energy_usd_per_h, total_usd_per_h; } orr_hour_cost;

/* `made_usd`: what the chip costs to make; 0 with no chip_usd: nothing is known, and the total is 0. */
orr_hour_cost orr_ownership_hour(const orr_ownership *ownership, double made_usd, double tdp_w);

#endif
