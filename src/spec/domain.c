/* Domains: {choices: [a, b]} and {range: {min, max, step | factor}} in place of a value.
 *
 * A range is a list written short: min, min + step, ... (or min, min x factor, ...) up to and including max. Values of a range keep the unit of min. */
#include "spec/bind.h"

#include <math.h>
#include <string.h>
#include "base/json.h"

enum { MAX_CHOICES = 10000 };       /* of one domain: a product of two such is beyond any search */

bool orr_node_is_domain(const orr_node *node)
{
    return node && node->kind == ORR_NODE_MAP && (orr_tree_get(node, "choices") || orr_tree_get(node, "range"));
}

static bool check_keys(const orr_node *map, const char *const *keys, size_t count, const char *path, orr_diags *diags)
{
    bool good = true;
    for (const orr_node *child = map->first; child; child = child->next) {
        bool known = false;
        for (size_t i = 0; i < count; i++) known |= strcmp(child->key, keys[i]) == 0;
        if (known) continue;
        orr_diag *diag = orr_diag_error(diags, child->key_place, "unknown key \"%s\" in the domain of %s", child->key, path);
        orr_diag_hint(diag, "A domain is {choices: [a, b, ..]} or {range: {min: .., max: .., step: ..}} (or factor: ..).");
        good = false;
    }
    return good;
}

/* What a label shows of a choice: the scalar, or the name of an inline map. */
static const char *choice_text(orr_arena *arena, const orr_node *node)
{
    if (node->kind == ORR_NODE_SCALAR) return node->scalar;
    const orr_node *name = orr_tree_get(node, "name"), *value = orr_tree_get(node, "value");
    if (name && name->scalar) return name->scalar;
    if (value && value->scalar) return value->scalar;
    orr_text text = {0};
    orr_tree_write_json(node, &text);
    const char *copy = orr_arena_strdup(arena, text.bytes ? text.bytes : "");
    orr_text_free(&text);
    return copy;
}

static bool expand_choices(orr_arena *arena, const char *path, const orr_node *list, orr_domain *domain, orr_diags *diags)
{
    if (list->kind != ORR_NODE_LIST || list->child_count == 0 || list->child_count > MAX_CHOICES) {
        orr_diag *diag = orr_diag_error(diags, list->place, "the choices of %s must be a list of 1 to %d values", path, MAX_CHOICES);
        orr_diag_hint(diag, "Write, for example, {choices: [1, 2, 4]}.");
        return false;
    }
    const char **texts = ORR_NEW_ARRAY(arena, const char *, list->child_count);
    const orr_node **nodes = ORR_NEW_ARRAY(arena, const orr_node *, list->child_count);
    size_t count = 0;
    bool good = true;
    for (const orr_node *child = list->first; child; child = child->next) {
        if (orr_node_is_domain(child)) {
            orr_diag_error(diags, child->place, "%s: a domain inside a domain", path);
            good = false;
            continue;
        }
        const char *text = choice_text(arena, child);
        for (size_t i = 0; i < count && count <= 1000; i++)
            if (strcmp(texts[i], text) == 0) {
                orr_diag *diag = orr_diag_error(diags, child->place, "%s lists the choice %s twice", path, text);
                orr_diag_note(diag, nodes[i]->place, "the first is here");
                good = false;
                break;
            }
        texts[count] = text;
        nodes[count++] = child;
    }
    domain->choices = texts;
    domain->choice_nodes = nodes;
    domain->choice_count = count;
    return good;
}

static bool range_number(orr_arena *arena, const char *path, const orr_field *field, const orr_node *range, const char *key, double *value, orr_diags *diags)
{
    const orr_node *node = orr_tree_get(range, key);
    if (!node) return false;
    orr_unit unit = field->kind == ORR_FIELD_QUANTITY ? field->unit : field->kind == ORR_FIELD_TIME ? ORR_UNIT_NS : ORR_UNIT_NONE;
    bool plain = strcmp(key, "factor") == 0;
    orr_field number = {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = plain ? ORR_UNIT_NONE : unit, .min = -ORR_NO_LIMIT, .max = ORR_NO_LIMIT, .flags = field->flags & ORR_FIELD_BARE};
    orr_binder reader = orr_binder_begin(arena, diags);
    orr_binder_enter(&reader, path);
    orr_binder_enter(&reader, key);
    bool good = orr_bind_value(&reader, &number, node, value);
    orr_binder_end(&reader);
    return good;
}

static const char *range_text(orr_arena *arena, const orr_field *field, double value)
{
    orr_text text = {0};
    char buffer[32];
    if (field->kind == ORR_FIELD_QUANTITY && field->unit != ORR_UNIT_NONE) orr_quantity_write(value, field->unit, &text);
    else if (field->kind == ORR_FIELD_TIME) orr_quantity_write(value, ORR_UNIT_NS, &text);
    else orr_text_append(&text, orr_double_shortest(value, buffer));
    if (field->kind == ORR_FIELD_INT) { orr_text_clear(&text); orr_text_printf(&text, "%.0f", value); }
    const char *copy = orr_arena_strdup(arena, text.bytes);
    orr_text_free(&text);
    return copy;
}

static bool expand_range(orr_arena *arena, const char *path, const orr_field *field, const orr_node *range, orr_domain *domain, orr_diags *diags)
{
    static const char *const keys[] = {"min", "max", "step", "factor"};
    if (!field || (field->kind != ORR_FIELD_INT && field->kind != ORR_FIELD_QUANTITY && field->kind != ORR_FIELD_TIME && field->kind != ORR_FIELD_RATES)) {
        orr_diag *diag = orr_diag_error(diags, range->place, "%s is not a number: a range can't stand here", path);
        orr_diag_hint(diag, "Write {choices: [..]}.");
        return false;
    }
    if (range->kind != ORR_NODE_MAP) {
        orr_diag *diag = orr_diag_error(diags, range->place, "the range of %s must be a map", path);
        orr_diag_hint(diag, "Write {range: {min: 1, max: 16, step: 1}} or {range: {min: 16, max: 512, factor: 2}}.");
        return false;
    }
    if (!check_keys(range, keys, 4, path, diags)) return false;
    bool has_step = orr_tree_get(range, "step"), has_factor = orr_tree_get(range, "factor");
    double min = 0, max = 0, step = 1, factor = 2;
    if (!orr_tree_get(range, "min") || !orr_tree_get(range, "max") || (has_step && has_factor) || (!has_step && !has_factor && field->kind != ORR_FIELD_INT)) {
        orr_diag *diag = orr_diag_error(diags, range->place, "the range of %s needs min, max and one of step, factor", path);
        orr_diag_hint(diag, "Write {range: {min: 1, max: 16, step: 1}} or {range: {min: 16, max: 512, factor: 2}}.");
        return false;
    }
    bool good = range_number(arena, path, field, range, "min", &min, diags);
    good &= range_number(arena, path, field, range, "max", &max, diags);
    if (has_step) good &= range_number(arena, path, field, range, "step", &step, diags);
    if (has_factor) good &= range_number(arena, path, field, range, "factor", &factor, diags);
    if (!good) return false;
    if (!(min <= max) || (has_factor ? !(factor > 1) || !(min > 0) : !(step > 0)) || !isfinite(max)) {
        orr_diag *diag = orr_diag_error(diags, range->place, "the range of %s is empty or has no end", path);
        orr_diag_hint(diag, "min is at most max, step is above 0, factor is above 1 and then min above 0.");
        return false;
    }
    if (field->kind == ORR_FIELD_INT && (floor(min) < min || floor(step) < step)) {
        orr_diag_error(diags, range->place, "%s is a whole number, and so are min and step of its range", path);
        return false;
    }
    size_t count = 0;
    double previous = 0, slack = 1 + 1e-12;
    const char **texts = ORR_NEW_ARRAY(arena, const char *, MAX_CHOICES);
    const orr_node **nodes = ORR_NEW_ARRAY(arena, const orr_node *, MAX_CHOICES);
    double grown = min;
    for (size_t i = 0;; i++, grown *= factor) {
        double value = has_factor ? grown : min + (double)i * step;
        if (field->kind == ORR_FIELD_INT) value = floor(value + 0.5);
        if (value > max * (max > 0 ? slack : 1)) break;
        if (count && !(value > previous)) continue;      /* a factor near 1 on whole numbers */
        if (count == MAX_CHOICES) {
            orr_diag_error(diags, range->place, "the range of %s has more than %d values", path, MAX_CHOICES);
            return false;
        }
        texts[count] = range_text(arena, field, value);
        nodes[count] = orr_tree_new_scalar(arena, texts[count], range->place);
        count++;
        previous = value;
    }
    domain->choices = texts;
    domain->choice_nodes = nodes;
    domain->choice_count = count;
    return true;
}

bool orr_domain_expand(orr_arena *arena, const char *path, const orr_field *field, const orr_node *node, orr_domain *domain, orr_diags *diags)
{
    static const char *const keys[] = {"choices", "range"};
    memset(domain, 0, sizeof *domain);
    domain->path = orr_arena_strdup(arena, path);
    domain->place = node->place;
    if (!check_keys(node, keys, 2, path, diags)) return false;
    const orr_node *choices = orr_tree_get(node, "choices"), *range = orr_tree_get(node, "range");
    if (choices && range) {
        orr_diag_error(diags, node->place, "the domain of %s has both choices and a range", path);
        return false;
    }
    return choices ? expand_choices(arena, path, choices, domain, diags) : expand_range(arena, path, field, range, domain, diags);
}

/* Collecting: remembers the domain, checks every choice against the field, and stands for the first. */
static const orr_node *collect(orr_binder *binder, const orr_field *field, const orr_node *node)
{
    orr_domain domain;
    for (size_t i = 0; i < binder->found.count; i++)        /* met already: a reference is looked at twice */
        if (strcmp(binder->found.items[i].path, binder->path) == 0) return binder->found.items[i].choice_nodes[0];
    if (!orr_domain_expand(binder->arena, binder->path, field, node, &domain, binder->diags)) return NULL;
    bool good = true;
    if (field && field->kind != ORR_FIELD_ANY) {
        void *scratch = orr_arena_alloc(binder->arena, sizeof(orr_length_quantiles));
        orr_field alone = *field;
        alone.offset = 0;
        for (size_t i = 1; i < domain.choice_count; i++) {
            const orr_node *value = domain.choice_nodes[i];
            if (orr_node_is_cited(value)) value = orr_tree_get(value, "value");
            good &= orr_bind_value(binder, &alone, value, scratch);
        }
    }
    orr_vec_push(&binder->found, domain);
    return good ? domain.choice_nodes[0] : NULL;
}

const orr_node *orr_binder_choose(orr_binder *binder, const orr_field *field, const orr_node *node)
{
    if (!orr_node_is_domain(node)) return node;
    if (binder->expanding) binder->expansion_varies = true;
    if (binder->collecting) return collect(binder, field, node);
    for (size_t i = 0; i < binder->domain_count; i++) {
        const orr_domain *domain = &binder->domains[i];
        if (strcmp(domain->path, binder->path) != 0) continue;
        if (binder->choice_index) return domain->choice_nodes[binder->choice_index[i]];
        orr_diag *diag = orr_diag_error(binder->diags, node->place, "%s is a domain of %zu choices, and one system is asked for", binder->path, domain->choice_count);
        orr_diag_hint(diag, "Give one value (--set %s=%s); `orrery recommend` searches domains.", binder->path, domain->choices[0]);
        return NULL;
    }
    orr_diag *diag = orr_diag_error(binder->diags, node->place, "%s can't be a domain here", binder->path);
    orr_diag_hint(diag, "Domains belong in a study file, not in what it refers to.");
    return NULL;
}

const char *orr_domain_setting(const orr_domain *domain, size_t choice, orr_arena *arena)
{
    const char *value = domain->choices[choice];
    if (orr_looks_like_path(value) && value[0] != '/') value = orr_path_beside(arena, domain->choice_nodes[choice] ? domain->choice_nodes[choice]->place : domain->place, value);
    return orr_arena_printf(arena, "%s=%s", domain->path, value);
}
