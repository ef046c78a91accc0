/* The JSON Schema (draft 2020-12) of a study file, written from the tables that parse it, for editors.
 *
 * Each table is a definition; a leaf is its own kind of value, or a cited value, or a domain. */
#include <string.h>
#include "base/json.h"
#include "spec/field.h"
#include "spec/study.h"

static void put_ref(orr_json *json, const char *definition)
{
    orr_text path = {0};
    orr_text_printf(&path, "#/$defs/%s", definition);
    orr_json_object(json);
    orr_json_put_string(json, "$ref", path.bytes);
    orr_json_object_end(json);
    orr_text_free(&path);
}

static void put_type(orr_json *json, const char *type)
{
    orr_json_object(json);
    orr_json_put_string(json, "type", type);
    orr_json_object_end(json);
}

static void put_names(orr_json *json, const orr_field *field)
{
    orr_json_object(json);
    orr_json_key(json, "enum");
    orr_json_array(json);
    for (size_t i = 0; i < field->name_count; i++)
        if (field->names[i]) orr_json_string(json, field->names[i]);
    orr_json_array_end(json);
    orr_json_object_end(json);
}

static void put_number(orr_json *json, const orr_field *field, const char *type)
{
    orr_json_object(json);
    orr_json_put_string(json, "type", type);
    if (field->min > -ORR_NO_LIMIT) orr_json_put_double(json, "minimum", field->min);
    if (field->max < ORR_NO_LIMIT) orr_json_put_double(json, "maximum", field->max);
    orr_json_object_end(json);
}

/* The alternatives of one field, inside an anyOf. */
static void put_alternatives(orr_json *json, const orr_field *field)
{
    switch (field->kind) {
    case ORR_FIELD_QUANTITY:
        if (field->names) put_names(json, field);
        if (field->unit == ORR_UNIT_NONE || (field->flags & ORR_FIELD_BARE)) put_number(json, field, "number");
        if (field->unit != ORR_UNIT_NONE || !field->names) put_type(json, "string");
        break;
    case ORR_FIELD_TIME: put_type(json, "string"); break;
    case ORR_FIELD_INT: put_number(json, field, "integer"); break;
    case ORR_FIELD_BOOL: put_type(json, "boolean"); break;
    case ORR_FIELD_ENUM: put_names(json, field); break;
    case ORR_FIELD_TEXT:
        if (field->names) put_names(json, field);
        else put_type(json, "string");
        break;
    case ORR_FIELD_QUANTILES: put_type(json, "number"); put_type(json, "array"); break;
    case ORR_FIELD_SHARES: put_type(json, "array"); break;
    case ORR_FIELD_RATES: put_number(json, field, "number"); put_type(json, "array"); break;
    case ORR_FIELD_TABLE:
        put_ref(json, field->table->name);
        if (field->flags & ORR_FIELD_REFERENCE) put_type(json, "string");
        break;
    case ORR_FIELD_TABLES:
        orr_json_object(json);
        orr_json_put_string(json, "type", "array");
        orr_json_key(json, "items");
        put_ref(json, field->table->name);
        orr_json_object_end(json);
        orr_json_object(json);
        orr_json_put_string(json, "type", "object");
        orr_json_key(json, "additionalProperties");
        put_ref(json, field->table->name);
        orr_json_object_end(json);
        break;
    case ORR_FIELD_TREE:
        put_type(json, "object");
        if (field->flags & ORR_FIELD_REFERENCE) put_type(json, "string");
        break;
    case ORR_FIELD_ANY: break;
    }
    if (field->kind != ORR_FIELD_TABLE && field->kind != ORR_FIELD_TABLES) put_ref(json, "cited");
    put_ref(json, "domain");
}

static void put_field(orr_json *json, const orr_field *field)
{
    orr_text type = {0};
    orr_json_key(json, field->name);
    orr_json_object(json);
    if (field->doc) orr_json_put_string(json, "description", field->doc);
    orr_field_describe_type(field, &type);
    orr_json_put_string(json, "$comment", type.bytes);
    orr_text_free(&type);
    if (field->default_text) {
        double number = 0;
        const char *problem = NULL;
        if (field->kind == ORR_FIELD_BOOL) orr_json_put_bool(json, "default", strcmp(field->default_text, "true") == 0);
        else if ((field->kind == ORR_FIELD_INT || field->kind == ORR_FIELD_QUANTITY) && field->unit == ORR_UNIT_NONE && orr_unit_parse(field->default_text, ORR_UNIT_NONE, true, &number, &problem))
            orr_json_put_double(json, "default", number);
        else orr_json_put_string(json, "default", field->default_text);
    }
    if (field->kind != ORR_FIELD_ANY) {
        orr_json_key(json, "anyOf");
        orr_json_array(json);
        put_alternatives(json, field);
        orr_json_array_end(json);
    }
    orr_json_object_end(json);
}

/* Keys of a table. A reference may leave anything out (`extends` has it), and so may the engine (its profile has it): only the study itself requires. */
static void put_table(orr_json *json, const orr_table *table, bool root)
{
    orr_json_put_string(json, "type", "object");
    orr_json_put_string(json, "description", table->doc);
    orr_json_put_bool(json, "additionalProperties", false);
    orr_json_key(json, "properties");
    orr_json_object(json);
    for (size_t i = 0; i < table->field_count; i++) put_field(json, &table->fields[i]);
    orr_json_key(json, "extends");
    orr_json_object(json);
    orr_json_put_string(json, "description", root ? "path of a study that this one alters" : "name or path of what this alters");
    orr_json_put_string(json, "type", "string");
    orr_json_object_end(json);
    orr_json_object_end(json);
}

enum { MOST_TABLES = 160 };
typedef struct seen { const orr_table *tables[MOST_TABLES]; size_t count; } seen;

static void put_definitions(orr_json *json, const orr_table *table, seen *done)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const orr_table *inner = table->fields[i].table;
        bool known = inner == NULL;
        for (size_t k = 0; k < done->count; k++) known |= done->tables[k] == inner;
        if (known || done->count == sizeof done->tables / sizeof *done->tables) continue;
        done->tables[done->count++] = inner;
        orr_json_key(json, inner->name);
        orr_json_object(json);
        put_table(json, inner, false);
        orr_json_object_end(json);
        put_definitions(json, inner, done);
    }
}

static void put_common_definitions(orr_json *json)
{
    orr_json_key(json, "cited");
    orr_json_object(json);
    orr_json_put_string(json, "type", "object");
    orr_json_put_string(json, "description", "a value and where it comes from");
    orr_json_key(json, "required");
    orr_json_array(json);
    orr_json_string(json, "value");
    orr_json_array_end(json);
    orr_json_key(json, "properties");
    orr_json_object(json);
    static const char *const keys[] = {"value", "source", "origin", "note"};
    for (size_t i = 0; i < 4; i++) { orr_json_key(json, keys[i]); orr_json_object(json); orr_json_object_end(json); }
    orr_json_object_end(json);
    orr_json_put_bool(json, "additionalProperties", false);
    orr_json_object_end(json);

    orr_json_key(json, "domain");
    orr_json_object(json);
    orr_json_put_string(json, "type", "object");
    orr_json_put_string(json, "description", "values to search: {choices: [..]} or {range: {min, max, step or factor}}");
    orr_json_key(json, "properties");
    orr_json_object(json);
    orr_json_key(json, "choices");
    put_type(json, "array");
    orr_json_key(json, "range");
    put_type(json, "object");
    orr_json_object_end(json);
    orr_json_put_int(json, "minProperties", 1);
    orr_json_put_int(json, "maxProperties", 1);
    orr_json_put_bool(json, "additionalProperties", false);
    orr_json_object_end(json);
}

void orr_study_json_schema(orr_text *out)
{
    orr_json json = orr_json_begin(out, true);
    seen done = {0};
    orr_json_object(&json);
    orr_json_put_string(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    orr_json_put_string(&json, "$id", "orrery/v1");
    orr_json_put_string(&json, "title", "Orrery study");
    put_table(&json, &orr_study_table, true);
    orr_json_key(&json, "$defs");
    orr_json_object(&json);
    put_common_definitions(&json);
    put_definitions(&json, &orr_study_table, &done);
    orr_json_object_end(&json);
    orr_json_object_end(&json);
    orr_text_append(out, "\n");
}
