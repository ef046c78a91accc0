/* Field tables: look-up, and writing values by them (the reading half is spec/bind.c). */
#include "spec/field.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "base/json.h"
#include "spec/experts.h"
#include "spec/speculation.h"
#include "spec/traffic.h"

static const orr_table *const all_tables[] = {
    &orr_study_table, &orr_model_table, &orr_hardware_table, &orr_chip_table, &orr_node_table, &orr_fabric_table, &orr_store_table, &orr_engine_table, &orr_kv_tier_table, &orr_speculation_table, &orr_eagle_table, &orr_depth_table, &orr_scheduling_table, &orr_experts_table, &orr_attention_ffn_table,
    &orr_routing_table, &orr_door_table, &orr_faults_table, &orr_fault_event_table, &orr_slow_table, &orr_autoscale_table, &orr_architecture_table, &orr_process_table, &orr_memory_technology_table, &orr_link_technology_table, &orr_silicon_costs_table, &orr_ownership_table, &orr_constraints_table,
    &orr_serving_table, &orr_group_table, &orr_prefill_table, &orr_transfer_table, &orr_disaggregation_table, &orr_encoders_table, &orr_traffic_table, &orr_sessions_table, &orr_images_table, &orr_tenant_table, &orr_workload_table, &orr_slo_table, &orr_objective_table, &orr_measure_table,
};

const orr_table *const *orr_tables(size_t *count)
{
    *count = sizeof all_tables / sizeof *all_tables;
    return all_tables;
}

const orr_table *orr_table_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof all_tables / sizeof *all_tables; i++)
        if (orr_text_equal_ignoring_case(all_tables[i]->name, name)) return all_tables[i];
    return NULL;
}

const orr_field *orr_table_find(const orr_table *table, const char *name)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (orr_text_equal(table->fields[i].name, name)) return &table->fields[i];
    return NULL;
}

const char *orr_table_nearest(const orr_table *table, const char *word)
{
    const char *names[128];
    size_t count = 0;
    for (size_t i = 0; i < table->field_count && count < sizeof names / sizeof *names; i++)
        if (!(table->fields[i].flags & ORR_FIELD_HEAD)) names[count++] = table->fields[i].name;
    return orr_text_nearest(word, names, count);
}

static const void *field_at(const orr_field *field, const void *base) { return (const char *)base + field->offset; }

/* The short form first: most values were written by people. None with fewer digits than the value has reads back, but for times, which may have few in minutes. */
void orr_quantity_write(double value, orr_unit unit, orr_text *out)
{
    static const int digits[] = {6, 9, 12, 15, 17};
    const int needed = unit == ORR_UNIT_NS ? 0 : orr_decimal_count(value);
    orr_text try = {0};
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        if (digits[i] < needed && digits[i] < 17) continue;
        double back = 0;
        const char *problem = NULL;
        orr_text_clear(&try);
        orr_unit_format(value, unit, digits[i], &try);
        if (orr_unit_parse(try.bytes, unit, true, &back, &problem) && memcmp(&back, &value, sizeof value) == 0) break;
    }
    orr_text_append(out, try.bytes ? try.bytes : "0");
    orr_text_free(&try);
}

/* YAML's plain scalars can't hold everything a title may: quote when in doubt. */
static bool is_plain(const char *text)
{
    if (!*text || strchr("-?:,[]{}#&*!|>'\"%@` ", *text) || text[strlen(text) - 1] == ' ' || text[strlen(text) - 1] == ':') return false;
    static const char *const words[] = {"null", "~", "true", "false", "yes", "no", "on", "off", "Null", "True", "False", "NULL", "TRUE", "FALSE"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) return false;
    double number;
    const char *problem;
    if (orr_unit_parse(text, ORR_UNIT_NONE, true, &number, &problem)) return false;
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || strchr("{}[],", *c)) return false;
        if ((*c == ':' && c[1] == ' ') || (*c == ' ' && c[1] == '#')) return false;
    }
    return true;
}

static void write_text(const char *text, orr_text *out)
{
    if (is_plain(text)) { orr_text_append(out, text); return; }
    orr_json json = orr_json_begin(out, false);      /* a JSON string is a YAML double-quoted scalar */
    orr_json_string(&json, text);
}

static void write_quantiles(const orr_length_quantiles *quantiles, orr_text *out)
{
    char p[32], tokens[32];
    orr_text_append(out, "[");
    for (int i = 0; i < quantiles->knot_count; i++)
        orr_text_printf(out, "%s[%s, %s]", i ? ", " : "", orr_double_shortest(quantiles->p[i], p), orr_double_shortest(quantiles->tokens[i], tokens));
    orr_text_append(out, "]");
}

static void write_rates(const orr_rates *rates, orr_text *out)
{
    char buffer[32];
    if (!rates->same) orr_text_append(out, "[");
    for (int i = 0; i < rates->count; i++) orr_text_printf(out, "%s%s", i ? ", " : "", orr_double_shortest(rates->values[i], buffer));
    if (!rates->same) orr_text_append(out, "]");
}

static void write_shares(const orr_shares *shares, orr_text *out)
{
    char buffer[32];
    for (int64_t i = 0; i < shares->count; i++) orr_text_printf(out, "%s%s", i ? ", " : "[", orr_double_shortest(shares->values[i], buffer));
    orr_text_append(out, "]");
}

bool orr_field_write(const orr_field *field, const void *base, orr_text *out)
{
    if (field->flags & ORR_FIELD_UNSTORED) return false;
    const void *at = field_at(field, base);
    double number;
    int64_t whole;
    bool flag;
    int index;
    const char *text;
    switch (field->kind) {
    case ORR_FIELD_QUANTITY:
        memcpy(&number, at, sizeof number);
        for (size_t i = 0; i < field->name_count; i++)
            if (!(number < (double)i) && !(number > (double)i)) { orr_text_append(out, field->names[i]); return true; }
        orr_quantity_write(number, field->unit, out);
        return true;
    case ORR_FIELD_INT:
        memcpy(&whole, at, sizeof whole);
        orr_text_printf(out, "%" PRId64, whole);
        return true;
    case ORR_FIELD_TIME:
        memcpy(&whole, at, sizeof whole);
        orr_quantity_write((double)whole, ORR_UNIT_NS, out);
        return true;
    case ORR_FIELD_BOOL:
        memcpy(&flag, at, sizeof flag);
        orr_text_append(out, flag ? "true" : "false");
        return true;
    case ORR_FIELD_ENUM:
        memcpy(&index, at, sizeof index);
        if (index < 0 || (size_t)index >= field->name_count || !field->names[index]) return false;
        orr_text_append(out, field->names[index]);
        return true;
    case ORR_FIELD_TEXT:
        memcpy(&text, at, sizeof text);
        if (!text) return false;
        write_text(text, out);
        return true;
    case ORR_FIELD_QUANTILES:
        if (!((const orr_length_quantiles *)at)->knot_count) return false;
        write_quantiles(at, out);
        return true;
    case ORR_FIELD_RATES:
        if (!((const orr_rates *)at)->count) return false;
        write_rates(at, out);
        return true;
    case ORR_FIELD_SHARES:
        if (!((const orr_shares *)at)->count) return false;
        write_shares(at, out);
        return true;
    case ORR_FIELD_TABLE:
    case ORR_FIELD_TABLES:
    case ORR_FIELD_TREE:
    case ORR_FIELD_ANY: break;
    }
    return false;
}

void orr_field_write_short(const orr_field *field, const void *base, orr_text *out)
{
    const void *at = field_at(field, base);
    double number;
    int64_t whole;
    if (field->kind == ORR_FIELD_QUANTITY && !field->names && !(field->flags & ORR_FIELD_UNSTORED)) {
        memcpy(&number, at, sizeof number);
        if (field->unit == ORR_UNIT_NONE) orr_quantity_write(number, field->unit, out);      /* a count of parameters is not for rounding */
        else orr_unit_format(number, field->unit, 4, out);
    } else if (field->kind == ORR_FIELD_TIME) {
        memcpy(&whole, at, sizeof whole);
        orr_unit_format((double)whole, ORR_UNIT_NS, 4, out);
    } else if (field->kind == ORR_FIELD_TEXT && !(field->flags & ORR_FIELD_UNSTORED)) {
        const char *text;
        memcpy(&text, at, sizeof text);
        orr_text_append(out, text ? text : "-");
    } else if (field->kind == ORR_FIELD_QUANTILES) {
        const orr_length_quantiles *q = at;
        if (q->knot_count) orr_text_printf(out, "%.0f to %.0f, %d knots", q->tokens[0], q->tokens[q->knot_count - 1], q->knot_count);
        else orr_text_append(out, "-");
    } else if (!orr_field_write(field, base, out)) {
        orr_text_append(out, "-");
    }
}

static void describe_bounds(const orr_field *field, orr_text *out)
{
    orr_unit unit = field->kind == ORR_FIELD_QUANTITY ? field->unit : field->kind == ORR_FIELD_TIME ? ORR_UNIT_NS : ORR_UNIT_NONE;
    bool below = field->min > -ORR_NO_LIMIT, above = field->max < ORR_NO_LIMIT;
    if (below) { orr_text_append(out, above ? ", " : ", at least "); orr_unit_format(field->min, unit, 6, out); }
    if (above) { orr_text_append(out, below ? " to " : ", at most "); orr_unit_format(field->max, unit, 6, out); }
}

void orr_field_describe_type(const orr_field *field, orr_text *out)
{
    switch (field->kind) {
    case ORR_FIELD_QUANTITY:
    case ORR_FIELD_TIME:
        if (field->kind == ORR_FIELD_QUANTITY && field->unit == ORR_UNIT_NONE) orr_text_append(out, "number");
        else {
            orr_unit unit = field->kind == ORR_FIELD_TIME ? ORR_UNIT_NS : field->unit;
            orr_text_printf(out, "%s (%s)", orr_unit_name(unit), orr_unit_examples(unit));
        }
        for (size_t i = 0; i < field->name_count; i++) orr_text_printf(out, " or %s", field->names[i]);
        if (!field->name_count) describe_bounds(field, out);
        break;
    case ORR_FIELD_INT: orr_text_append(out, "whole number"); describe_bounds(field, out); break;
    case ORR_FIELD_BOOL: orr_text_append(out, "true or false"); break;
    case ORR_FIELD_ENUM:
    case ORR_FIELD_TEXT: {
        if (!field->names) { orr_text_append(out, "text"); break; }
        const char *separator = "";
        for (size_t i = 0; i < field->name_count; i++)
            if (field->names[i]) { orr_text_printf(out, "%s%s", separator, field->names[i]); separator = " | "; }
        break;
    }
    case ORR_FIELD_QUANTILES: orr_text_append(out, "number, or list of [p, number], p from 0 to 1"); break;
    case ORR_FIELD_SHARES: orr_text_append(out, "list of numbers"); describe_bounds(field, out); break;
    case ORR_FIELD_RATES: orr_text_append(out, "number or list of numbers"); describe_bounds(field, out); break;
    case ORR_FIELD_TABLE:
        if (field->flags & ORR_FIELD_REFERENCE) orr_text_append(out, "name, path, {extends: ..} or ");
        orr_text_printf(out, "map: %s", field->table->name);
        break;
    case ORR_FIELD_TABLES: orr_text_printf(out, "map by name, or list with names, of map: %s", field->table->name); break;
    case ORR_FIELD_TREE: orr_text_append(out, field->flags & ORR_FIELD_REFERENCE ? "path, {extends: ..} or map" : "map"); break;
    case ORR_FIELD_ANY: orr_text_append(out, "any"); break;
    }
}
