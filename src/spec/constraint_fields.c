/* The constraints of a study: their parameters, and the first that a system breaks. Each is on every chip of the deployment, or on all of them together. */
#include "base/units.h"
#include "spec/study_internal.h"

#define MOST(key, unit_, member, most, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = unit_, .offset = offsetof(orr_constraints, member), .max = most, .default_text = "0", .doc = text "; 0: any"}

static const orr_field constraint_fields[] = {
    MOST("chip_area_mm2", ORR_UNIT_NONE, chip_mm2, 1e7, "dies of a chip, together, mm2 at most"),
    MOST("die_area_mm2", ORR_UNIT_NONE, die_mm2, 1e7, "largest die of a chip, mm2 at most"),
    MOST("chip_tdp", ORR_UNIT_W, chip_tdp_w, 1e7, "TDP of a chip, at most"),
    MOST("chip_cost", ORR_UNIT_USD, chip_usd, 1e9, "what a chip costs to make, at most"),
    MOST("gpus", ORR_UNIT_NONE, gpus, 1e9, "chips of the deployment, at most"),
    MOST("power", ORR_UNIT_W, power_w, 1e12, "power that the place must provide for the deployment (chip.power.all_in), at most"),
    MOST("usd_per_h", ORR_UNIT_NONE, usd_per_h, 1e12, "price of the deployment, USD/h at most"),
};
const orr_table orr_constraints_table = {"constraints", "upper limits that a system must keep to", ORR_FIELDS(constraint_fields)};

/* NULL: kept. `value`: 0 or NaN where nobody knows it. */
static const char *over(const char *key, const char *what, double value, double limit, orr_unit unit, orr_arena *arena)
{
    if (!(limit > 0) || (value > 0 && value <= limit)) return NULL;
    const char *allowed = orr_unit_text(limit, unit, 4, arena);
    if (!(value > 0)) return orr_arena_printf(arena, "nobody knows its %s, and constraints.%s allows %s", what, key, allowed);
    return orr_arena_printf(arena, "its %s is %s; constraints.%s allows %s", what, orr_unit_text(value, unit, 4, arena), key, allowed);
}

const char *orr_study_broken_constraint(const orr_study *study, orr_arena *arena)
{
    const orr_constraints *c = &study->constraints;
    orr_chips chips[ORR_MOST_CHIP_KINDS];
    const int count = orr_study_chips(study, chips);
    const char *broken = NULL;
    for (int i = 0; i < count && !broken; i++) {
        const orr_chip *chip = chips[i].chip;
        broken = over("chip_area_mm2", "dies' area in mm2", chip->silicon_mm2, c->chip_mm2, ORR_UNIT_NONE, arena);
        if (!broken) broken = over("die_area_mm2", "largest die in mm2", chip->die_mm2, c->die_mm2, ORR_UNIT_NONE, arena);
        if (!broken) broken = over("chip_tdp", "chip's TDP", chip->tdp_w, c->chip_tdp_w, ORR_UNIT_W, arena);
        if (!broken) broken = over("chip_cost", "chip's cost to make", chip->silicon_usd, c->chip_usd, ORR_UNIT_USD, arena);
    }
    if (!broken) broken = over("gpus", "number of chips", (double)orr_study_gpus(study), c->gpus, ORR_UNIT_NONE, arena);
    if (!broken) broken = over("power", "power, all in,", orr_study_all_in_w(study), c->power_w, ORR_UNIT_W, arena);
    if (!broken) broken = over("usd_per_h", "price in USD/h", orr_study_usd_per_h(study), c->usd_per_h, ORR_UNIT_NONE, arena);
    return broken;
}
