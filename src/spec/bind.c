/* The binder: one walk over a table and a tree (spec/bind.h says what it promises). */
#include "spec/bind.h"

#include <string.h>
#include "base/math.h"

static const char *const origin_names[] = {"datasheet", "measured", "calibrated", "transferred", "assumed", "study", "default"};
enum { CITABLE_ORIGINS = 5 };      /* the last two are not for users to claim */

const char *orr_origin_name(orr_origin origin) { return origin_names[origin]; }

orr_binder orr_binder_begin(orr_arena *arena, orr_diags *diags)
{
    orr_binder binder;
    memset(&binder, 0, sizeof binder);
    binder.arena = arena;
    binder.diags = diags;
    return binder;
}

void orr_binder_end(orr_binder *binder)
{
    orr_vec_free(&binder->found);
    orr_vec_free(&binder->loaded);
    orr_vec_free(&binder->residuals);
    orr_vec_free(&binder->provenance);
}

size_t orr_binder_enter(orr_binder *binder, const char *name)
{
    size_t mark = binder->path_length, length = strlen(name);
    if (mark + length + 2 > sizeof binder->path) length = sizeof binder->path - mark - 2;     /* depth is bounded by the tables: never cut in practice */
    if (mark) binder->path[binder->path_length++] = '.';
    memcpy(binder->path + binder->path_length, name, length);
    binder->path_length += length;
    binder->path[binder->path_length] = 0;
    return mark;
}

void orr_binder_leave(orr_binder *binder, size_t mark)
{
    binder->path_length = mark;
    binder->path[mark] = 0;
}

bool orr_node_is_cited(const orr_node *node) { return node->kind == ORR_NODE_MAP && orr_tree_get(node, "value"); }

/* --- values --- */

static bool out_of_bounds(orr_binder *binder, const orr_field *field, const orr_node *node, double value, orr_unit unit)
{
    bool below = value < field->min;
    if (!below && value <= field->max) return false;
    orr_text bound = {0};
    orr_unit_format(below ? field->min : field->max, unit, 6, &bound);
    orr_diag *diag = orr_diag_error(binder->diags, node->place, "%s %s is %s %s, the %s it may be", binder->path, node->scalar ? node->scalar : "value",
                                    below ? "below" : "above", bound.bytes, below ? "least" : "most");
    if (field->doc) orr_diag_hint(diag, "%s: %s.", field->name, field->doc);
    orr_text_free(&bound);
    return true;
}

static bool wrong_kind(orr_binder *binder, const orr_field *field, const orr_node *node)
{
    orr_text type = {0};
    orr_field_describe_type(field, &type);
    orr_diag *diag;
    if (node->kind == ORR_NODE_SCALAR) diag = orr_diag_error(binder->diags, node->place, "%s can't be \"%s\"", binder->path, node->scalar);
    else diag = orr_diag_error(binder->diags, node->place, "%s can't be %s", binder->path,
                               node->kind == ORR_NODE_MAP ? "a map" : node->kind == ORR_NODE_LIST ? "a list" : "empty");
    if (field->kind == ORR_FIELD_TABLE) orr_diag_hint(diag, "A map of settings stands here; `orrery show --fields %s` lists them.", field->table->name);
    else orr_diag_hint(diag, "It takes: %s.", type.bytes);
    orr_text_free(&type);
    return false;
}

static bool bind_quantity(orr_binder *binder, const orr_field *field, const orr_node *node, orr_unit unit, double *value)
{
    const char *problem = NULL;
    if (node->kind != ORR_NODE_SCALAR) return wrong_kind(binder, field, node);
    for (size_t i = 0; i < field->name_count; i++)
        if (orr_text_equal(node->scalar, field->names[i])) { *value = (double)i; return true; }
    bool bare = unit == ORR_UNIT_NONE || (field->flags & ORR_FIELD_BARE);
    if (!orr_unit_parse(node->scalar, unit, bare, value, &problem)) {
        double zero = 1;
        if (orr_node_as_double(node, &zero) && !(zero < 0) && !(zero > 0)) *value = 0;      /* zero is zero in any unit */
        else {
            orr_diag *diag = orr_diag_error(binder->diags, node->place, "%s can't be \"%s\": %s", binder->path, node->scalar, problem ? problem : "not a quantity");
            double factor = 0;
            if (orr_relative_read(node->scalar, &factor)) {
                orr_diag_hint(diag, "\"%s\" changes what is stated beneath it, and nothing is: write the value itself, such as %s.", node->scalar, orr_unit_examples(unit));
            } else if (field->name_count) {
                orr_text type = {0};
                orr_field_describe_type(field, &type);
                orr_diag_hint(diag, "It takes: %s.", type.bytes);
                orr_text_free(&type);
            } else if (unit == ORR_UNIT_NONE) orr_diag_hint(diag, "Write a number, such as 0.9.");
            else orr_diag_hint(diag, "Write it in %s, such as %s.", orr_unit_name(unit), orr_unit_examples(unit));
            return false;
        }
    }
    return !out_of_bounds(binder, field, node, *value, unit);
}

static bool bind_name(orr_binder *binder, const orr_field *field, const orr_node *node, size_t *index)
{
    if (node->kind != ORR_NODE_SCALAR) return wrong_kind(binder, field, node);
    for (size_t i = 0; i < field->name_count; i++)
        if (field->names[i] && orr_text_equal_ignoring_case(field->names[i], node->scalar)) { *index = i; return true; }
    const char *candidates[32];
    size_t count = 0;
    for (size_t i = 0; i < field->name_count && count < 32; i++)
        if (field->names[i]) candidates[count++] = field->names[i];
    const char *near = orr_text_nearest(node->scalar, candidates, count);
    orr_text list = {0};
    orr_field_describe_type(field, &list);
    orr_diag *diag = orr_diag_error(binder->diags, node->place, "%s can't be \"%s\"", binder->path, node->scalar);
    if (near) orr_diag_hint(diag, "Did you mean \"%s\"? It takes: %s.", near, list.bytes);
    else orr_diag_hint(diag, "It takes: %s.", list.bytes);
    orr_text_free(&list);
    return false;
}

static bool bind_quantiles(orr_binder *binder, const orr_field *field, const orr_node *node, orr_length_quantiles *out)
{
    double same = 0;
    memset(out, 0, sizeof *out);
    if (node->kind == ORR_NODE_SCALAR && orr_node_as_double(node, &same) && same >= 1 && same <= 1e9) {
        *out = (orr_length_quantiles){2, {0, 1}, {same, same}};
        return true;
    }
    if (node->kind != ORR_NODE_LIST) return wrong_kind(binder, field, node);
    for (const orr_node *pair = node->first; pair; pair = pair->next) {
        double p = 0, tokens = 0;
        if (out->knot_count == ORR_QUANTILE_KNOTS) {
            orr_diag_error(binder->diags, pair->place, "%s has %zu knots, and %d is the most", binder->path, node->child_count, ORR_QUANTILE_KNOTS);
            return false;
        }
        if (pair->kind != ORR_NODE_LIST || pair->child_count != 2 || !orr_node_as_double(pair->first, &p) || !orr_node_as_double(pair->last, &tokens)) {
            orr_diag *diag = orr_diag_error(binder->diags, pair->place, "%s: a knot is a pair [p, tokens]", binder->path);
            orr_diag_hint(diag, "Write, for example, [[0, 3], [0.5, 1020], [1, 14050]].");
            return false;
        }
        int k = out->knot_count;
        bool rises = k == 0 || (p > out->p[k - 1] && tokens >= out->tokens[k - 1]);
        if (!rises || !(p >= 0 && p <= 1) || !(tokens >= 1 && tokens <= 1e9)) {
            orr_diag *diag = orr_diag_error(binder->diags, pair->place, "%s: knot [%g, %g] breaks the order", binder->path, p, tokens);
            orr_diag_hint(diag, "p rises from 0 to 1, and tokens are from 1 on and never fall.");
            return false;
        }
        out->p[k] = p;
        out->tokens[k] = tokens;
        out->knot_count = k + 1;
    }
    if (out->knot_count < 2 || out->p[0] > 0 || out->p[out->knot_count - 1] < 1) {
        orr_diag_error(binder->diags, node->place, "%s: the first knot is at p = 0 and the last at p = 1", binder->path);
        return false;
    }
    return true;
}

static bool bind_rates(orr_binder *binder, const orr_field *field, const orr_node *node, orr_rates *out)
{
    memset(out, 0, sizeof *out);
    if (node->kind == ORR_NODE_LIST && (node->child_count == 0 || node->child_count > field->most)) {
        orr_diag *diag = orr_diag_error(binder->diags, node->place, "%s has %zu entries", binder->path, node->child_count);
        orr_diag_hint(diag, "It takes one number, or 1 to %zu by position.", field->most);
        return false;
    }
    if (node->kind == ORR_NODE_MAP) return wrong_kind(binder, field, node);
    out->same = node->kind == ORR_NODE_SCALAR;
    for (const orr_node *entry = out->same ? node : node->first; entry; entry = out->same ? NULL : entry->next)
        if (!bind_quantity(binder, field, entry, ORR_UNIT_NONE, &out->values[out->count++])) return false;
    return true;
}

static bool bind_shares(orr_binder *binder, const orr_field *field, const orr_node *node, orr_shares *out)
{
    if (node->kind != ORR_NODE_LIST) return wrong_kind(binder, field, node);
    if (node->child_count == 0 || node->child_count > ORR_MOST_SHARES) {
        orr_diag_error(binder->diags, node->place, "%s has %zu entries, and takes 1 to %d", binder->path, node->child_count, ORR_MOST_SHARES);
        return false;
    }
    double *values = ORR_NEW_ARRAY(binder->arena, double, node->child_count);
    *out = (orr_shares){0, values};
    for (const orr_node *entry = node->first; entry; entry = entry->next)
        if (!bind_quantity(binder, field, entry, ORR_UNIT_NONE, &values[out->count++])) return false;
    return true;
}

bool orr_bind_value(orr_binder *binder, const orr_field *field, const orr_node *node, void *base)
{
    char *at = (char *)base + field->offset;
    bool stored = !(field->flags & ORR_FIELD_UNSTORED);
    double number = 0;
    long long whole = 0;
    bool flag = false;
    size_t index = 0;
    switch (field->kind) {
    case ORR_FIELD_QUANTITY:
        if (!bind_quantity(binder, field, node, field->unit, &number)) return false;
        if (stored) memcpy(at, &number, sizeof number);
        return true;
    case ORR_FIELD_TIME: {
        if (!bind_quantity(binder, field, node, ORR_UNIT_NS, &number)) return false;
        int64_t ns = orr_round_i64(number);
        if (stored) memcpy(at, &ns, sizeof ns);
        return true;
    }
    case ORR_FIELD_INT: {
        if (!orr_node_as_int(node, &whole)) return wrong_kind(binder, field, node);
        if (out_of_bounds(binder, field, node, (double)whole, ORR_UNIT_NONE)) return false;
        int64_t value = whole;
        if (stored) memcpy(at, &value, sizeof value);
        return true;
    }
    case ORR_FIELD_BOOL:
        if (!orr_node_as_bool(node, &flag)) return wrong_kind(binder, field, node);
        if (stored) memcpy(at, &flag, sizeof flag);
        return true;
    case ORR_FIELD_ENUM: {
        if (!bind_name(binder, field, node, &index)) return false;
        int value = (int)index;
        if (stored) memcpy(at, &value, sizeof value);
        return true;
    }
    case ORR_FIELD_TEXT: {
        if (node->kind != ORR_NODE_SCALAR) return wrong_kind(binder, field, node);
        const char *text = node->scalar;
        if (field->names) {
            if (!bind_name(binder, field, node, &index)) return false;
            text = field->names[index];
        }
        if (stored) memcpy(at, &text, sizeof text);
        return true;
    }
    case ORR_FIELD_QUANTILES: {
        orr_length_quantiles quantiles;
        if (!bind_quantiles(binder, field, node, &quantiles)) return false;
        if (stored) memcpy(at, &quantiles, sizeof quantiles);
        return true;
    }
    case ORR_FIELD_RATES: {
        orr_rates rates;
        if (!bind_rates(binder, field, node, &rates)) return false;
        if (stored) memcpy(at, &rates, sizeof rates);
        return true;
    }
    case ORR_FIELD_SHARES: {
        orr_shares shares;
        if (!bind_shares(binder, field, node, &shares)) return false;
        if (stored) memcpy(at, &shares, sizeof shares);
        return true;
    }
    case ORR_FIELD_TREE:
        if (node->kind != ORR_NODE_MAP) return wrong_kind(binder, field, node);
        if (stored) memcpy(at, &node, sizeof node);
        return true;
    case ORR_FIELD_TABLE:
    case ORR_FIELD_TABLES:
    case ORR_FIELD_ANY: break;
    }
    return true;
}

void orr_binder_mark_broken(orr_binder *binder, const char *path)
{
    if (binder->broken_count < sizeof binder->broken / sizeof *binder->broken) binder->broken[binder->broken_count++] = path;
}

bool orr_binder_is_broken(const orr_binder *binder, const char *path)
{
    for (size_t i = 0; i < binder->broken_count; i++)
        if (orr_text_equal(binder->broken[i], path)) return true;
    return false;
}

orr_place orr_binder_place(const orr_binder *binder, const char *path)
{
    for (size_t i = 0; i < binder->provenance.count; i++)
        if (orr_text_equal(binder->provenance.items[i].path, path)) return binder->provenance.items[i].place;
    return (orr_place){0};
}

/* --- citations --- */

static bool read_source(orr_binder *binder, const orr_node *id, orr_provenance *provenance)
{
    const orr_node *entry = id->kind == ORR_NODE_SCALAR && binder->sources ? orr_tree_get(binder->sources, id->scalar) : NULL;
    if (!entry && id->kind == ORR_NODE_SCALAR && binder->root_sources) entry = orr_tree_get(binder->root_sources, id->scalar);
    if (!entry) {
        const char *names[64];
        size_t count = 0;
        for (const orr_node *s = binder->sources ? binder->sources->first : NULL; s && count < 64; s = s->next) names[count++] = s->key;
        const char *shown = id->kind == ORR_NODE_SCALAR ? id->scalar : "this";
        const char *near = orr_text_nearest(shown, names, count);
        orr_diag *diag = orr_diag_error(binder->diags, id->place, "%s cites \"%s\", which is not in the file's sources", binder->path, shown);
        if (near) orr_diag_hint(diag, "Did you mean \"%s\"?", near);
        else orr_diag_hint(diag, "Add it under `sources:` as id: {title, url, date, read}.");
        return false;
    }
    const orr_node *title = orr_tree_get(entry, "title"), *url = orr_tree_get(entry, "url"), *date = orr_tree_get(entry, "date");
    provenance->source_title = title ? title->scalar : NULL;
    provenance->source_url = url ? url->scalar : NULL;
    provenance->source_date = date ? date->scalar : NULL;
    return true;
}

/* Takes a cited value apart: its value, and where it comes from. */
static const orr_node *read_citation(orr_binder *binder, const orr_node *node, orr_provenance *provenance)
{
    static const char *const keys[] = {"value", "source", "origin", "note"};
    bool good = true;
    provenance->origin = ORR_ORIGIN_STUDY;
    for (const orr_node *child = node->first; child; child = child->next) {
        if (orr_text_equal(child->key, "source")) {
            if (provenance->origin == ORR_ORIGIN_STUDY) provenance->origin = ORR_ORIGIN_DATASHEET;
            good &= read_source(binder, child, provenance);
        } else if (orr_text_equal(child->key, "origin")) {
            orr_field field = {.name = "origin", .kind = ORR_FIELD_ENUM, .names = origin_names, .name_count = CITABLE_ORIGINS};
            int origin = 0;
            good &= orr_bind_value(binder, &field, child, &origin);
            provenance->origin = (orr_origin)origin;
        } else if (orr_text_equal(child->key, "note")) {
            provenance->note = child->scalar;
        } else if (!orr_text_equal(child->key, "value")) {
            orr_diag *diag = orr_diag_error(binder->diags, child->key_place, "unknown key \"%s\" in the cited value of %s", child->key, binder->path);
            const char *near = orr_text_nearest(child->key, keys, 4);
            if (near) orr_diag_hint(diag, "Did you mean \"%s\"?", near);
            else orr_diag_hint(diag, "A cited value has: value, source, origin, note.");
            good = false;
        }
    }
    return good ? orr_tree_get(node, "value") : NULL;
}

bool orr_bind_chosen(orr_binder *binder, const orr_field *field, const orr_node *value, void *base, orr_provenance *provenance)
{
    *provenance = (orr_provenance){.origin = ORR_ORIGIN_STUDY};
    if (orr_node_is_cited(value) && !(value = read_citation(binder, value, provenance))) return false;
    provenance->place = value->place;
    return orr_bind_value(binder, field, value, base);
}

static void keep_provenance(orr_binder *binder, orr_provenance provenance)
{
    provenance.path = orr_arena_strndup(binder->arena, binder->path, binder->path_length);
    orr_vec_push(&binder->provenance, provenance);
}

/* --- the walk --- */

static bool bind_default(orr_binder *binder, const orr_field *field, void *base)
{
    orr_node scalar;
    memset(&scalar, 0, sizeof scalar);
    scalar.kind = ORR_NODE_SCALAR;
    scalar.scalar = field->default_text;
    if (!orr_bind_value(binder, field, &scalar, base)) return false;
    keep_provenance(binder, (orr_provenance){.origin = ORR_ORIGIN_DEFAULT});
    return true;
}

static bool bind_leaf(orr_binder *binder, const orr_field *field, const orr_node *node, void *base)
{
    const orr_node *value = orr_binder_choose(binder, field, node);
    orr_provenance provenance;
    if (binder->recording && orr_node_is_domain(node)) orr_bound_table_note_leaf(binder, field, base);
    if (!value) return false;
    if (value->kind == ORR_NODE_MAP && !orr_node_is_cited(node) && !orr_node_is_cited(value) && orr_node_is_domain(value)) {
        orr_diag_error(binder->diags, value->place, "%s: a domain inside a domain", binder->path);
        return false;
    }
    if (!orr_bind_chosen(binder, field, value, base, &provenance)) return false;
    if (!(field->flags & ORR_FIELD_UNSTORED)) keep_provenance(binder, provenance);
    return true;
}

/* The keys are the names (study_expand.c has seen to that, where a list was given). */
static bool bind_tables(orr_binder *binder, const orr_field *field, const orr_node *map, void *base)
{
    if (map->child_count > field->most) {
        orr_diag_error(binder->diags, map->place, "%s has %zu entries, and %zu is the most", binder->path, map->child_count, field->most);
        return false;
    }
    orr_named_items all = {orr_arena_alloc(binder->arena, (map->child_count + 1) * field->element_bytes), (int64_t)map->child_count};
    char *item = all.items;
    bool good = true;
    memset(item, 0, (map->child_count + 1) * field->element_bytes);
    for (const orr_node *child = map->first; child; child = child->next, item += field->element_bytes) {
        const size_t mark = orr_binder_enter(binder, child->key);
        if (child->kind == ORR_NODE_MAP) good &= orr_bind_table(binder, field->table, child, item);
        else good = wrong_kind(binder, &(orr_field){.name = child->key, .kind = ORR_FIELD_TABLE, .table = field->table}, child);
        orr_binder_leave(binder, mark);
    }
    memcpy((char *)base + field->offset, &all, sizeof all);
    return good;
}

/* A map, or the one that a domain decides on; NULL: reported, or none. */
static const orr_node *choose_section(orr_binder *binder, const orr_node *node)
{
    if (!node) return NULL;
    if (binder->recording && orr_node_is_domain(node)) orr_bound_table_refuse(binder);
    return orr_binder_choose(binder, NULL, node);
}

static bool bind_field(orr_binder *binder, const orr_field *field, const orr_node *node, const orr_node *map, const orr_table *table, void *base)
{
    if (node && node->kind == ORR_NODE_NULL && field->kind != ORR_FIELD_ANY) node = NULL;      /* `key:` alone is as good as absent */
    if (!node && binder->overlaying) return true;
    if (field->kind == ORR_FIELD_TABLE) {
        if (field->flags & ORR_FIELD_INHERITS) return true;      /* bound when what it inherits from is */
        if (!node && (field->flags & ORR_FIELD_REQUIRED)) goto missing;
        if (!node && (field->flags & (ORR_FIELD_REFERENCE | ORR_FIELD_OPTIONAL))) return true;      /* nothing referred to, or wanted: zeros */
        node = choose_section(binder, node);
        if (node && node->kind != ORR_NODE_MAP) return wrong_kind(binder, field, node);
        const bool overlaying = binder->overlaying;
        if (field->flags & ORR_FIELD_REFERENCE) binder->overlaying = false;
        const bool good = orr_bind_table(binder, field->table, node, (char *)base + field->offset);
        binder->overlaying = overlaying;
        return good;
    }
    if (field->kind == ORR_FIELD_TABLES) {
        node = choose_section(binder, node);
        if (node && node->kind != ORR_NODE_MAP) return wrong_kind(binder, field, node);
        const bool overlaying = binder->overlaying;
        binder->overlaying = false;
        const bool good = node ? bind_tables(binder, field, node, base) : true;
        binder->overlaying = overlaying;
        if (node && binder->recording) orr_bound_table_note_items(binder, field, base);
        return good;
    }
    if (node) return field->kind == ORR_FIELD_ANY ? true : bind_leaf(binder, field, node, base);
    if (field->flags & ORR_FIELD_REQUIRED) goto missing;
    return field->default_text ? bind_default(binder, field, base) : true;

missing:
    if (orr_binder_is_broken(binder, binder->path)) return false;
    orr_place place = map ? (map->key ? map->key_place : map->place) : (orr_place){0};
    orr_diag *diag = orr_diag_error(binder->diags, place, "%s is missing%s%s", binder->path, map && map->key ? " in " : "", map && map->key ? map->key : "");
    orr_text type = {0};
    orr_field_describe_type(field, &type);
    orr_diag_hint(diag, "%s: %s. It takes: %s.", field->name, field->doc ? field->doc : table->name, type.bytes);
    orr_text_free(&type);
    return false;
}

static bool report_unknown_keys(orr_binder *binder, const orr_table *table, const orr_node *map)
{
    bool good = true;
    for (const orr_node *child = map->first; child; child = child->next) {
        if (orr_table_find(table, child->key)) continue;
        const char *near = orr_table_nearest(table, child->key);
        orr_diag *diag = orr_diag_error(binder->diags, child->key_place, "unknown key \"%s\" in %s", child->key, binder->path_length ? binder->path : table->name);
        if (near) orr_diag_hint(diag, "Did you mean \"%s\"?", near);
        else {
            orr_text list = {0};
            for (size_t i = 0; i < table->field_count; i++)
                if (!(table->fields[i].flags & ORR_FIELD_HEAD)) orr_text_printf(&list, "%s%s", list.length_bytes ? ", " : "", table->fields[i].name);
            orr_diag_hint(diag, "Its keys are: %s.", list.bytes);
            orr_text_free(&list);
        }
        good = false;
    }
    return good;
}

bool orr_bind_table(orr_binder *binder, const orr_table *table, const orr_node *map, void *base)
{
    bool good = true;
    const orr_node *outer_sources = binder->sources, *sources = map ? orr_tree_get(map, "sources") : NULL;
    if (sources) binder->sources = sources;
    if (sources && !binder->path_length) binder->root_sources = sources;
    if (map && !binder->expanded) good &= report_unknown_keys(binder, table, map);
    for (size_t i = 0; i < table->field_count; i++) {
        const orr_field *field = &table->fields[i];
        size_t mark = orr_binder_enter(binder, field->name);
        good &= bind_field(binder, field, map ? orr_tree_get(map, field->name) : NULL, map, table, base);
        orr_binder_leave(binder, mark);
    }
    binder->sources = outer_sources;
    return good;
}

bool orr_bind_overlay(orr_binder *binder, const orr_table *table, const orr_node *map, void *base)
{
    binder->overlaying = true;
    const bool good = orr_bind_table(binder, table, map, base);
    binder->overlaying = false;
    return good;
}
