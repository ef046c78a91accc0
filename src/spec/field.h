/* The field table: one description of a section's parameters, from which everything else follows.
 *
 * A table lists fields: name, kind, unit, place in a C struct, bounds, default, one sentence. The binder (spec/bind.h) reads a tree by it, the writer
 * (spec/field.c) prints a struct by it, `orrery show --fields` and the JSON Schema print the table itself. A new parameter is one line of a table.
 *
 * Invariants
 *  1. A field's default obeys its own bounds and kind (tested).
 *  2. What orr_field_write prints, the binder reads back to the same bits.
 *  3. Names are unique within a table. */
#ifndef ORR_SPEC_FIELD_H
#define ORR_SPEC_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"
#include "base/units.h"

typedef enum {
    ORR_FIELD_QUANTITY,     /* double in the base unit of `unit`; `names`, where given, are words for 0, 1, ... */
    ORR_FIELD_INT,          /* int64_t (uint64_t where min >= 0) */
    ORR_FIELD_TIME,         /* int64_t of ns, rounded half away from zero */
    ORR_FIELD_BOOL,         /* bool */
    ORR_FIELD_ENUM,         /* a C enum: the index in `names`; a NULL name can't be written here */
    ORR_FIELD_TEXT,         /* const char *; with `names`, one of them */
    ORR_FIELD_QUANTILES,    /* orr_length_quantiles: a list of [p, tokens] */
    ORR_FIELD_RATES,        /* orr_rates: a number within the bounds, or a list of such by position */
    ORR_FIELD_SHARES,       /* orr_shares: a list of numbers within the bounds */
    ORR_FIELD_TABLE,        /* a map, read by `table` into base + offset */
    ORR_FIELD_TABLES,       /* orr_named_items: a map of maps by name, or a list of maps with a name each; each is read by `table`, whose field `name` is the key */
    ORR_FIELD_TREE,         /* const orr_node *: a map kept as it stands, for a higher level to read */
    ORR_FIELD_ANY           /* read elsewhere (sources, config, aliases) */
} orr_field_kind;

enum {
    ORR_FIELD_REQUIRED = 1,
    ORR_FIELD_BARE = 2,         /* a plain number is taken to be in the base unit */
    ORR_FIELD_UNSTORED = 4,     /* known to the language, kept in no struct */
    ORR_FIELD_REFERENCE = 8,    /* TABLE: a catalogue name or a path may stand instead, and `extends:` inside */
    ORR_FIELD_SEARCHABLE = 16,  /* a usual axis of a search (a hint for menus: a domain may stand anywhere) */
    ORR_FIELD_INHERITS = 64,    /* TABLE: what is left open is as in the study's section of that name; bound when that is (study_bind.c) */
    ORR_FIELD_OPTIONAL = 128,   /* TABLE: absent, nothing of it is bound: zeros */
    ORR_FIELD_HEAD = 32         /* the head of a catalogue file (schema, aliases, sources): left out where a section is described to users */
};

#define ORR_NO_LIMIT 1e300

typedef struct orr_table orr_table;

/* What a field of kind TABLES fills: an array in the binder's arena. */
typedef struct orr_named_items { void *items; int64_t count; } orr_named_items;

typedef struct orr_field {
    const char *name;
    orr_field_kind kind;
    orr_unit unit;                  /* QUANTITY */
    size_t offset;                  /* bytes from the base of the enclosing table's struct */
    double min, max;                /* inclusive; base units */
    const char *default_text;       /* as YAML writes it; NULL: none (zero is stored, unless REQUIRED) */
    unsigned flags;
    const char *const *names;       /* ENUM, TEXT, QUANTITY words */
    size_t name_count;
    const orr_table *table;         /* TABLE, TABLES */
    size_t most;                    /* RATES: entries, at most */
    size_t element_bytes;           /* TABLES: of one of the array */
    const char *doc;                /* one sentence */
} orr_field;

struct orr_table {
    const char *name;               /* "engine" */
    const char *doc;
    const orr_field *fields;
    size_t field_count;
};

const orr_field *orr_table_find(const orr_table *table, const char *name);
/* The name nearest to `word`, or NULL when none is near. */
const char *orr_table_nearest(const orr_table *table, const char *word);

/* The value as a YAML scalar (or flow list) that reads back to the same bits. False when the field has nothing to write (TABLE, ANY, unstored, a NULL enum name, a NULL text). */
bool orr_field_write(const orr_field *field, const void *base, orr_text *out);
/* The same for people: four significant digits, "-" for nothing. */
void orr_field_write_short(const orr_field *field, const void *base, orr_text *out);
/* What may stand there: "bytes/s (3.35 TB/s, 600 GB/s), at least 1", "one of a, b". */
void orr_field_describe_type(const orr_field *field, orr_text *out);
/* A double as a scalar that the unit reader takes back to the same bits. */
void orr_quantity_write(double value, orr_unit unit, orr_text *out);

/* Tables by the name a user gives to `show --fields`; NULL when unknown. */
const orr_table *orr_table_by_name(const char *name);
const orr_table *const *orr_tables(size_t *count);

/* name, offset pieces for the tables */
#define ORR_FIELDS(array) (array), sizeof(array) / sizeof *(array)
#define ORR_NAMES(array) (array), sizeof(array) / sizeof *(array)

extern const orr_table orr_routing_table, orr_door_table, orr_faults_table, orr_fault_event_table, orr_slow_table, orr_autoscale_table;
extern const orr_table orr_architecture_table, orr_process_table, orr_memory_technology_table, orr_link_technology_table, orr_silicon_costs_table, orr_ownership_table, orr_constraints_table;
extern const orr_table orr_chip_table, orr_node_table, orr_fabric_table, orr_engine_table, orr_speculation_table, orr_eagle_table, orr_depth_table, orr_scheduling_table, orr_experts_table, orr_attention_ffn_table, orr_workload_table, orr_traffic_table, orr_slo_table,
    orr_serving_table, orr_group_table, orr_prefill_table, orr_prefix_table, orr_load_table, orr_mmpp_table, orr_diurnal_table, orr_spikes_table, orr_window_table, orr_sessions_table, orr_images_table, orr_tools_table, orr_tenant_table, orr_transfer_table, orr_disaggregation_table, orr_encoders_table, orr_objective_table, orr_measure_table, orr_store_table, orr_kv_tier_table, orr_hardware_table, orr_model_table, orr_study_table;
/* The head every catalogue file may have. */
#define ORR_HEAD_FIELDS(type) \
    {.name = "schema", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "format and version of the file"}, \
    {.name = "name", .kind = ORR_FIELD_TEXT, .offset = offsetof(type, name), .flags = ORR_FIELD_REQUIRED, .doc = "name in the catalogue"}, \
    {.name = "title", .kind = ORR_FIELD_TEXT, .offset = offsetof(type, title), .doc = "name for people"}, \
    {.name = "aliases", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "other names that find it"}, \
    {.name = "sources", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "where the values come from: id -> {title, url, date, read}"}

#endif
