/* The parameters of how tokens come to experts, and of where experts are. */
#include "spec/experts.h"

#include "spec/field.h"

static const char *const popularity_names[] = {"drawn", "even", "power_law", "histogram"};

static const orr_field experts_fields[] = {
    {.name = "popularity", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_experts, popularity), .default_text = "drawn", .names = popularity_names, .name_count = 4, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "how experts differ in popularity; drawn: as little as in the measurements that the model is fitted to, nobody knows which (coefficient moe.skew)"},
    {.name = "exponent", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NONE, .offset = offsetof(orr_experts, exponent), .max = 4, .default_text = "0", .flags = ORR_FIELD_BARE | ORR_FIELD_SEARCHABLE,
     .doc = "power_law: the i-th most popular expert is as popular as i^-exponent; which number it has is drawn"},
    {.name = "histogram", .kind = ORR_FIELD_SHARES, .offset = offsetof(orr_experts, histogram), .max = 1e18, .doc = "histogram: how often each expert was chosen, by number, in any unit"},
    {.name = "redundant", .kind = ORR_FIELD_INT, .offset = offsetof(orr_experts, redundant), .max = 4096, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "further copies over all ranks of an engine, of the experts that are busiest a copy; they take memory"},
    {.name = "balanced", .kind = ORR_FIELD_BOOL, .offset = offsetof(orr_experts, balanced), .default_text = "false", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "experts are put on ranks by their loads, the busiest first to the rank with the least (as expert-parallel load balancers do); else by number"},
};
const orr_table orr_experts_table = {"experts", "how tokens come to experts, and where experts are", ORR_FIELDS(experts_fields)};
