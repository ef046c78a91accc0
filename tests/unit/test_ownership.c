/* What an hour of a chip costs its owner: the sum by hand, its limits, and a study that is priced by it. */
#include <math.h>

#include "silicon/ownership.h"
#include "spec_support.h"

#define SET(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

static const orr_ownership plain = {.name = "plain", .price_over_cost = 5, .server_usd = 10000, .server_w = 500, .network_share = 0.1, .years = 4, .interest = 0, .residual = 0, .upkeep = 0, .pue = 1.2, .load = 0.5,
                                    .place_usd_per_kw_month = 146.1, .energy_usd_per_kwh = 0.1, .utilization = 0.5};

static const orr_fabric_cost flat = {0};

static void near(double is, double wanted) { assert_true(fabs(is - wanted) <= 1e-9 * fabs(wanted)); }

static void test_an_hour_by_hand(void **state)
{
    (void)state;
    const orr_hour_cost hour = orr_ownership_hour(&plain, &flat, 4000, 1000);
    near(hour.chip_usd, 20000);
    near(hour.capital_usd, 33000);
    near(hour.capital_usd_per_h, 33000 / (4 * 8766 * 0.5));
    near(hour.power_kw, 1.2);
    near(hour.provided_kw, 1.8);
    near(hour.place_usd_per_h, 1.8 * 0.2 / 0.5);
    near(hour.energy_usd_per_h, 1.2 * 0.1 / 0.5);
    near(hour.total_usd_per_h, hour.capital_usd_per_h + hour.place_usd_per_h + hour.energy_usd_per_h);
}

/* Yearly payments of an annuity, discounted, are the capital less what is left of it at the end, discounted. */
static void test_payments_are_worth_the_capital(void **state)
{
    (void)state;
    orr_ownership o = plain;
    o.interest = 0.08;
    o.residual = 0.3;
    const orr_hour_cost hour = orr_ownership_hour(&o, &flat, 4000, 1000);
    const double a_year = hour.capital_usd_per_h * 8766 * o.utilization;
    double worth = 0;
    for (int year = 1; year <= 4; year++) worth += a_year / pow(1.08, year);
    near(worth, 33000 * (1 - 0.3 / pow(1.08, 4)));
    o.interest = 1e-9;
    o.residual = 0;
    assert_true(fabs(orr_ownership_hour(&o, &flat, 4000, 1000).capital_usd_per_h / orr_ownership_hour(&plain, &flat, 4000, 1000).capital_usd_per_h - 1) < 1e-6);
}

static void test_a_price_stands_before_what_it_cost_to_make(void **state)
{
    (void)state;
    orr_ownership o = plain;
    o.chip_usd = 30000;
    near(orr_ownership_hour(&o, &flat, 4000, 1000).capital_usd, 44000);
    near(orr_ownership_hour(&o, &flat, 0, 1000).chip_usd, 30000);
    near(orr_ownership_hour(&plain, &flat, 0, 1000).total_usd_per_h + 1, 1);      /* nobody knows */
}

/* A fabric by its parts takes the place of the network's share and of what a server has of it; the rest stands. */
static void test_a_fabric_by_parts_by_hand(void **state)
{
    (void)state;
    orr_ownership o = plain;
    o.server_scale_up_usd = 2000;
    o.server_scale_up_w = 60;
    o.server_adapter_usd = 1000;
    o.server_adapter_w = 40;
    near(orr_ownership_hour(&o, &flat, 4000, 1000).capital_usd, 33000);
    const orr_hour_cost domain = orr_ownership_hour(&o, &(orr_fabric_cost){.domain_usd = 3000, .domain_w = 100}, 4000, 1000);
    near(domain.capital_usd, 28000 * 1.1 + 3000);
    near(domain.provided_kw, 1.2 * 1.540);
    near(domain.power_kw, 1.2 * 1.040);
    const orr_hour_cost both = orr_ownership_hour(&o, &(orr_fabric_cost){3000, 100, 5000, 50}, 4000, 1000);
    near(both.capital_usd, 27000 + 8000);
    near(both.fabric_usd, 8000);
    near(both.provided_kw, 1.2 * (1 + 0.5 - 0.1 + 0.15));
}

/* A study with a cost section: its chips have the price and the power of it; what comes from parts moves with them. */
static void test_studies_are_priced(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study *by_price = spec_bind(&f, spec_small_study, NULL, 0);
    const orr_study *owned = spec_bind(&f, spec_small_study, SET("cost=neocloud-2026"));
    const orr_study *cheaper = spec_bind(&f, spec_small_study, SET("cost={extends: neocloud-2026, chip_price: 10000 USD}"));
    const orr_study *larger = spec_bind(&f, spec_small_study, SET("cost=neocloud-2026", "hardware.chip.silicon.cost=6000 USD"));
    const orr_hour_cost hour = orr_ownership_hour(&owned->cost, &flat, owned->hardware.chip.silicon_usd, owned->hardware.chip.tdp_w);
    near(owned->hardware.chip.price_usd_per_h, hour.total_usd_per_h);
    near(owned->hardware.chip.all_in_w, 1e3 * hour.provided_kw);
    assert_true(owned->hardware.chip.price_usd_per_h != by_price->hardware.chip.price_usd_per_h);
    assert_true(cheaper->hardware.chip.price_usd_per_h < owned->hardware.chip.price_usd_per_h && owned->hardware.chip.price_usd_per_h < larger->hardware.chip.price_usd_per_h);
    spec_end(&f);
}

/* Each group of replicas is priced by its own chips; a setting opens the set of assumptions that is named. */
static void test_groups_are_priced(void **state)
{
    (void)state;
    static const char text[] = "schema: orrery/v1\nmodel: qwen3-8b\nhardware: {node: dgx-h100, nodes: 1}\nengine: {profile: vllm}\n"
        "serving: {groups: {old: {replicas: 1}, new: {replicas: 1, hardware: {node: dgx-b200, nodes: 1}}}}\n"
        "traffic: {source: fixed, input_tokens: 100, output_tokens: 10, load: {concurrency: 4}, stop: {requests: 8}}\ncost: neocloud-2026\nseed: 1\n";
    spec_fixture f = spec_begin();
    const orr_study *s = spec_bind(&f, text, NULL, 0), *cheap = spec_bind(&f, text, SET("cost.chip_price=1000 USD"));
    const orr_group *groups = s->serving.groups.items;
    for (int g = 0; g < 2; g++) near(groups[g].hardware.chip.price_usd_per_h, orr_ownership_hour(&s->cost, &flat, groups[g].hardware.chip.silicon_usd, groups[g].hardware.chip.tdp_w).total_usd_per_h);
    assert_true(groups[1].hardware.chip.price_usd_per_h > groups[0].hardware.chip.price_usd_per_h);
    near(s->hardware.chip.price_usd_per_h, groups[0].hardware.chip.price_usd_per_h);
    assert_true(orr_study_usd_per_h(cheap) < 0.7 * orr_study_usd_per_h(s));
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_an_hour_by_hand), cmocka_unit_test(test_payments_are_worth_the_capital), cmocka_unit_test(test_a_price_stands_before_what_it_cost_to_make), cmocka_unit_test(test_a_fabric_by_parts_by_hand),
        cmocka_unit_test(test_studies_are_priced), cmocka_unit_test(test_groups_are_priced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
