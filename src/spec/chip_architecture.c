/* A chip by its parts: what `architecture` says becomes the values that a datasheet would state.
 *
 * A chip that states none takes them all from its parts. One that states some keeps them. And one that extends another and alters its parts keeps what the other is known to be, times
 * what the alteration makes of it:  value = the base's x parts(altered) / parts(base),  so that a paper chip stands on a real one instead of on absolute models of area and power. */
#include <string.h>
#include "base/json.h"
#include "silicon/silicon.h"
#include "spec/bind.h"
#include "spec/study_internal.h"

#define FROM(path_, unit_, member) {path_, unit_, offsetof(orr_chip_made, member)}
static const struct derived { const char *path; orr_unit unit; size_t offset; } derived[] = {
    FROM("compute.bf16", ORR_UNIT_FLOP_PER_S, silicon.rates.bf16_flop_per_s),     FROM("compute.fp16", ORR_UNIT_FLOP_PER_S, silicon.rates.fp16_flop_per_s),
    FROM("compute.tf32", ORR_UNIT_FLOP_PER_S, silicon.rates.tf32_flop_per_s),     FROM("compute.fp8", ORR_UNIT_FLOP_PER_S, silicon.rates.fp8_flop_per_s),
    FROM("compute.fp4", ORR_UNIT_FLOP_PER_S, silicon.rates.fp4_flop_per_s),       FROM("compute.int8", ORR_UNIT_FLOP_PER_S, silicon.rates.int8_flop_per_s),
    FROM("compute.vector", ORR_UNIT_FLOP_PER_S, silicon.rates.vector_flop_per_s), FROM("core.count", ORR_UNIT_NONE, silicon.rates.core_count),
    FROM("core.clock", ORR_UNIT_HZ, parts.clock_hz),                              FROM("core.sram", ORR_UNIT_BYTES, parts.core.sram_bytes),
    FROM("cache.capacity", ORR_UNIT_BYTES, silicon.rates.cache_bytes),            FROM("cache.bandwidth", ORR_UNIT_BYTES_PER_S, silicon.rates.cache_bytes_per_s),
    FROM("memory.capacity", ORR_UNIT_BYTES, silicon.rates.memory_bytes),          FROM("memory.bandwidth", ORR_UNIT_BYTES_PER_S, silicon.rates.memory_bytes_per_s),
    FROM("memory.latency", ORR_UNIT_NS, parts.memory.technology.latency_ns),      FROM("link.bandwidth", ORR_UNIT_BYTES_PER_S, silicon.rates.link_bytes_per_s),
    FROM("link.latency", ORR_UNIT_NS, parts.link.technology.latency_ns),          FROM("host_link.bandwidth", ORR_UNIT_BYTES_PER_S, silicon.rates.host_link_bytes_per_s),
    FROM("power.tdp", ORR_UNIT_W, silicon.power.tdp_w),                           FROM("power.idle", ORR_UNIT_W, silicon.power.idle_w),
    FROM("silicon.area_mm2", ORR_UNIT_NONE, silicon.area.total),                  FROM("silicon.die_mm2", ORR_UNIT_NONE, silicon.area.compute_die),
    FROM("silicon.die_of_reticle", ORR_UNIT_NONE, silicon.area.die_of_reticle),
    FROM("silicon.yield", ORR_UNIT_NONE, silicon.yield.compute_die),              FROM("silicon.cost", ORR_UNIT_USD, silicon.cost.total_usd),
};
enum { DERIVED_COUNT = sizeof derived / sizeof *derived };

static double value_of(const orr_chip_made *made, const struct derived *d) { return *(const double *)((const char *)made + d->offset); }

static orr_catalogue_kind kind_of(const orr_table *table)
{
    return table == &orr_process_table ? ORR_KIND_PROCESS : table == &orr_memory_technology_table ? ORR_KIND_MEMORY : ORR_KIND_LINK;
}

/* Every domain by its choice, every name by what it names; `map` is the caller's to edit. */
static bool settle(orr_binder *binder, const orr_table *table, orr_node *map)
{
    bool good = true;
    for (orr_node *child = map->first, *next; child; child = next) {
        next = child->next;
        const orr_field *field = orr_table_find(table, child->key);
        if (!field || child->kind == ORR_NODE_NULL || field->kind == ORR_FIELD_ANY) continue;
        const size_t mark = orr_binder_enter(binder, child->key);
        const bool whole = field->kind == ORR_FIELD_TABLE, refers = whole && field->flags & ORR_FIELD_REFERENCE;
        const orr_node *chosen = refers ? orr_reference_tree(binder, kind_of(field->table), child, NULL, (orr_place){0}) : orr_binder_choose(binder, whole ? NULL : field, child);
        if (!chosen) good = false;
        else if (chosen != child) {
            orr_node *copy = orr_tree_copy(binder->arena, chosen);
            copy->next = NULL;
            copy->key = child->key;
            copy->key_place = child->key_place;
            orr_tree_set(binder->arena, map, child->key, copy, binder->diags);
        }
        orr_node *now = orr_tree_get(map, field->name);
        if (chosen && whole && now->kind == ORR_NODE_MAP) good &= settle(binder, field->table, now);
        orr_binder_leave(binder, mark);
    }
    return good;
}

/* As it is kept: values without their citations, parts without the heads of their files. */
static orr_node *plain(orr_binder *binder, const orr_node *node)
{
    static const char *const heads[] = {"schema", "aliases", "sources"};
    if (orr_node_is_cited(node)) node = orr_tree_get(node, "value");
    if (node->kind != ORR_NODE_MAP) {
        orr_node *copy = orr_tree_copy(binder->arena, node);
        copy->next = NULL;
        return copy;
    }
    orr_node *map = orr_tree_new_map(binder->arena, node->place);
    for (const orr_node *child = node->first; child; child = child->next) {
        bool head = false;
        for (size_t i = 0; i < 3; i++) head |= orr_text_equal(child->key, heads[i]);
        if (head) continue;
        orr_node *copy = plain(binder, child);
        copy->key = child->key;
        copy->key_place = child->key_place;
        orr_tree_append(map, copy);
    }
    return map;
}

static const char usual_costs[] = "silicon-2025";

/* NULL: reported, or not to be had. */
static const void *bind_entry_costs(orr_arena *arena, const void *context)
{
    const orr_catalogue_entry *entry = context;
    orr_diags *diags = orr_diags_create();
    orr_binder binder = orr_binder_begin(arena, diags);
    orr_silicon_costs *costs = ORR_NEW(arena, orr_silicon_costs);
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_SILICON, entry->name, (orr_place){0}, arena, diags);
    const bool good = tree && orr_bind_table(&binder, &orr_silicon_costs_table, tree, costs);
    orr_binder_end(&binder);
    orr_diags_destroy(diags);
    return good ? costs : NULL;
}

static bool bind_costs(orr_binder *binder, const orr_node *architecture, orr_silicon_costs *costs)
{
    static orr_keeping places;
    const orr_node *given = orr_tree_get(architecture, "costs");
    const orr_catalogue_entry *entry = given && given->kind != ORR_NODE_NULL ? NULL : orr_catalogue_find(ORR_KIND_SILICON, usual_costs);
    const orr_silicon_costs *known = entry ? orr_catalogue_keep(&places, entry, bind_entry_costs) : NULL;
    if (known) {
        *costs = *known;
        return true;
    }
    const size_t mark = orr_binder_enter(binder, "costs");
    const orr_node *tree = orr_reference_tree(binder, ORR_KIND_SILICON, given, usual_costs, (orr_place){0});
    const bool good = tree && orr_bind_table(binder, &orr_silicon_costs_table, tree, costs);
    orr_binder_leave(binder, mark);
    return good;
}

static orr_diag *fault(orr_binder *binder, const orr_node *architecture, const char *path, const char *text)
{
    const orr_node *at = orr_tree_find(architecture, path);
    return orr_diag_error(binder->diags, at ? at->place : architecture->place, "%s.%s %s", binder->path, path, text);
}

/* What parts need of one another. */
static bool fits_together(orr_binder *binder, const orr_node *tree, const orr_architecture *a)
{
    bool good = true;
    if (!a->process.name) { orr_diag_hint(fault(binder, tree, "process", "is missing"), "`orrery list process` shows names."); good = false; }
    if (a->io_dies.count > 0 && !a->io_dies.process.name) { orr_diag_hint(fault(binder, tree, "io_dies.process", "is missing"), "`orrery list process` shows names."); good = false; }
    if (a->package == ORR_PACKAGE_STACKED && !(a->io_dies.count > 0)) { orr_diag_hint(fault(binder, tree, "package", "is stacked, and there are no dies to stack on"), "Give io_dies: {count: .., process: ..}."); good = false; }
    static const char *const made_of[] = {"memory", "link", "host_link", "die_to_die"};
    const struct { double count; const char *name; } parts[] = {{a->memory.built, a->memory.technology.name}, {a->link.count, a->link.technology.name}, {a->host_link.count, a->host_link.technology.name}, {a->die_to_die.count, a->die_to_die.technology.name}};
    for (size_t i = 0; i < 4; i++) {
        if (!(parts[i].count > 0) || parts[i].name) continue;
        orr_diag_hint(fault(binder, tree, orr_arena_printf(binder->arena, "%s.technology", made_of[i]), "is missing"), "`orrery list %s` shows names.", i == 0 ? "memory" : "link");
        good = false;
    }
    return good;
}

bool orr_chip_read_parts(orr_binder *binder, orr_node *chip, orr_chip_made *out)
{
    *out = (orr_chip_made){0};
    const orr_node *given = orr_tree_get(chip, "architecture");
    if (given->kind != ORR_NODE_MAP) {
        orr_diag_hint(orr_diag_error(binder->diags, given->place, "%s.architecture is not a map", binder->path), "`orrery show --fields architecture` lists its keys.");
        return false;
    }
    if (given == binder->settled) {
        *out = *binder->made;
        return true;
    }
    orr_node *tree = orr_tree_copy(binder->arena, given);
    tree->next = NULL;
    const orr_node *outer = binder->sources, *sources = orr_tree_get(chip, "sources");
    if (sources) binder->sources = sources;
    const size_t mark = orr_binder_enter(binder, "architecture"), known = binder->provenance.count;
    orr_silicon_costs costs = {0};
    bool good = settle(binder, &orr_architecture_table, tree) && orr_bind_table(binder, &orr_architecture_table, tree, &out->parts);
    good = good && bind_costs(binder, tree, &costs) && fits_together(binder, tree, &out->parts);
    if (good) out->silicon = orr_silicon_make(&out->parts, &costs);
    binder->provenance.count = known;       /* the architecture is kept as it stands */
    orr_binder_leave(binder, mark);
    binder->sources = outer;
    if (!good) return false;
    tree = plain(binder, tree);
    tree->key = "architecture";
    tree->key_place = given->key_place;
    orr_tree_set(binder->arena, chip, "architecture", tree, binder->diags);
    orr_chip_made *made = ORR_NEW(binder->arena, orr_chip_made);
    *made = *out;
    binder->settled = orr_tree_get(chip, "architecture");
    binder->made = made;
    return true;
}

bool orr_chip_has_parts(const orr_node *chip)
{
    const orr_node *parts = orr_tree_get(chip, "architecture");
    return parts && parts->kind != ORR_NODE_NULL;
}

static void state(orr_binder *binder, orr_node *chip, const char *path, const char *text, orr_place place)
{
    orr_node *cited = orr_tree_new_map(binder->arena, place), *value = orr_tree_new_scalar(binder->arena, text, place), *origin = orr_tree_new_scalar(binder->arena, "transferred", place);
    value->key = "value";
    origin->key = "origin";
    value->key_place = origin->key_place = place;
    orr_tree_append(cited, value);
    orr_tree_append(cited, origin);
    orr_tree_set(binder->arena, chip, path, cited, binder->diags);
}

static void state_quantity(orr_binder *binder, orr_node *chip, const struct derived *d, double value, orr_place place)
{
    orr_text text = {0};
    orr_quantity_write(value, d->unit, &text);
    state(binder, chip, d->path, orr_arena_strdup(binder->arena, text.bytes), place);
    orr_text_free(&text);
}

static bool states(const orr_node *chip, const char *path)
{
    const orr_node *node = orr_tree_find(chip, path);
    return node && node->kind != ORR_NODE_NULL;
}

bool orr_chip_from_parts(orr_binder *binder, orr_node *chip)
{
    orr_chip_made m;
    if (!orr_chip_has_parts(chip)) return true;
    if (!orr_chip_read_parts(binder, chip, &m)) return false;
    const orr_place place = orr_tree_get(chip, "architecture")->place;
    for (size_t i = 0; i < DERIVED_COUNT; i++)
        if (!states(chip, derived[i].path) && value_of(&m, &derived[i]) > 0) state_quantity(binder, chip, &derived[i], value_of(&m, &derived[i]), place);
    const struct { const char *path, *name; } names[] = {{"memory.technology", m.parts.memory.technology.name}, {"link.technology", m.parts.link.technology.name}, {"host_link.technology", m.parts.host_link.technology.name}};
    for (size_t i = 0; i < 3; i++)
        if (names[i].name && !states(chip, names[i].path)) state(binder, chip, names[i].path, names[i].name, place);
    return true;
}

/* A stated value that is altered, and the part that it stands for. */
static const struct carried { const char *path, *part; orr_unit unit; } carried[] = {
    {"memory.bandwidth", "memory.technology.bandwidth", ORR_UNIT_BYTES_PER_S}, {"memory.capacity", "memory.technology.capacity", ORR_UNIT_BYTES}, {"link.bandwidth", "link.count", ORR_UNIT_BYTES_PER_S},
    {"host_link.bandwidth", "host_link.count", ORR_UNIT_BYTES_PER_S}, {"cache.capacity", "cache.capacity", ORR_UNIT_BYTES}, {"core.count", "core.count", ORR_UNIT_NONE}, {"core.clock", "clock", ORR_UNIT_HZ},
    {"core.sram", "core.sram", ORR_UNIT_BYTES},
};
enum { CARRIED_COUNT = sizeof carried / sizeof *carried };

/* The quantity at `path`, by its choice where it is a domain; 0: none, or no quantity (reported when it is bound). */
static double quantity_at(orr_binder *binder, const orr_node *chip, const char *path, orr_unit unit)
{
    const char *dot = strchr(path, '.');
    const orr_table *table = dot ? orr_table_find(&orr_chip_table, orr_arena_strndup(binder->arena, path, (size_t)(dot - path)))->table : &orr_chip_table;
    const orr_node *node = orr_tree_find(chip, path);
    const size_t mark = orr_binder_enter(binder, path);
    if (node) node = orr_binder_choose(binder, orr_table_find(table, dot ? dot + 1 : path), node);
    orr_binder_leave(binder, mark);
    if (node && orr_node_is_cited(node)) node = orr_tree_get(node, "value");
    double value = 0;
    return node && node->kind == ORR_NODE_SCALAR && orr_unit_parse(node->scalar, unit, true, &value, NULL) && value > 0 ? value : 0;
}

/* Parts in proportion to the stated values that `over` alters. True: there are any. */
static bool carry(orr_binder *binder, const orr_node *base, const orr_node *over, orr_node *altered)
{
    bool any = false;
    for (size_t i = 0; i < CARRIED_COUNT; i++) {
        const struct carried *c = &carried[i];
        const char *part = orr_arena_printf(binder->arena, "architecture.%s", c->part);
        const orr_node *is = orr_tree_find(altered, part);
        if (!states(over, c->path) || states(over, part) || !is || is->kind != ORR_NODE_SCALAR) continue;
        const double before = quantity_at(binder, base, c->path, c->unit), after = quantity_at(binder, altered, c->path, c->unit);
        if (!(before > 0) || !(after > 0) || !(before > after || before < after)) continue;
        char factor[40] = "x";
        orr_node *scaled = orr_relative_apply(binder->arena, is, orr_tree_new_scalar(binder->arena, (orr_double_shortest(after / before, factor + 1), factor), orr_tree_find(over, c->path)->place));
        if (scaled) any |= orr_tree_set(binder->arena, altered, part, scaled, binder->diags);
    }
    return any;
}

/* A chip that others extend: what its parts make, and its architecture as it is kept. */
typedef struct read_base { orr_chip_made made; const orr_node *architecture; } read_base;

static bool read_copy(orr_binder *binder, const orr_node *base, read_base *out)
{
    orr_node *copy = orr_tree_copy(binder->arena, base);
    copy->next = NULL;
    if (!orr_chip_read_parts(binder, copy, &out->made)) return false;
    out->architecture = orr_tree_get(copy, "architecture");
    return true;
}

static const void *read_entry(orr_arena *arena, const void *context)
{
    const orr_catalogue_entry *entry = context;
    orr_diags *diags = orr_diags_create();
    orr_binder binder = orr_binder_begin(arena, diags);
    read_base *read = ORR_NEW(arena, read_base);
    const bool good = read_copy(&binder, orr_catalogue_tree(ORR_KIND_CHIP, entry->name, (orr_place){0}, arena, diags), read);
    orr_binder_end(&binder);
    orr_diags_destroy(diags);
    return good ? read : NULL;
}

/* Those of the catalogue are read once. */
static bool read_base_parts(orr_binder *binder, const orr_node *base, read_base *out)
{
    static orr_keeping places;
    const orr_catalogue_entry *entry = orr_catalogue_entry_of(ORR_KIND_CHIP, base);
    const read_base *known = entry ? orr_catalogue_keep(&places, entry, read_entry) : NULL;
    if (!known) return read_copy(binder, base, out);
    *out = *known;
    return true;
}

bool orr_chip_follow_parts(orr_binder *binder, const orr_node *base, const orr_node *over, orr_node *altered)
{
    bool concerned = orr_chip_has_parts(over);
    for (size_t i = 0; i < CARRIED_COUNT; i++) concerned |= states(over, carried[i].path);
    if (!orr_chip_has_parts(base) || !concerned) return true;
    read_base before;
    orr_chip_made is;
    if (!read_base_parts(binder, base, &before)) return false;
    if (!orr_chip_has_parts(over)) {        /* the same parts so far, settled already */
        orr_node *same = orr_tree_copy(binder->arena, before.architecture);
        same->next = NULL;
        orr_tree_set(binder->arena, altered, "architecture", same, binder->diags);
        is = before.made;
    } else if (!orr_chip_read_parts(binder, altered, &is)) {
        return false;
    }
    if (carry(binder, base, over, altered)) {
        binder->settled = NULL;             /* edited since */
        if (!orr_chip_read_parts(binder, altered, &is)) return false;
    }
    const orr_place place = over->place;
    for (size_t i = 0; i < DERIVED_COUNT; i++) {
        const struct derived *d = &derived[i];
        const double a = value_of(&before.made, d), b = value_of(&is, d);
        const orr_node *known = orr_tree_find(base, d->path);
        if (!known || known->kind == ORR_NODE_NULL || states(over, d->path) || !(a > b || a < b)) continue;
        if (orr_node_is_cited(known)) known = orr_tree_get(known, "value");
        double value = 0;
        if (!known || known->kind != ORR_NODE_SCALAR || !orr_unit_parse(known->scalar, d->unit, true, &value, NULL)) continue;      /* reported when it is bound */
        state_quantity(binder, altered, d, a > 0 && value > 0 ? value * (b / a) : b, place);
    }
    return true;
}
