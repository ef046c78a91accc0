/* What a result of the C ABI gives: texts, and tables by column. */
#include <string.h>
#include "library/handles.h"

void orrery_result_free(orrery_result *result)
{
    if (!result) return;
    orr_text *const texts[] = {&result->json, &result->text, &result->resolved, &result->diagnostics, &result->diagnostics_json};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) orr_text_free(texts[i]);
    for (size_t i = 0; i < result->table_count; i++) orr_columnar_free(&result->tables[i]);
    orr_diags_destroy(result->diags);
    orr_arena_destroy(result->arena);
}

static const char *give(const orr_text *text, size_t *length_bytes)
{
    if (length_bytes) *length_bytes = text->length_bytes;
    return text->bytes ? text->bytes : "";
}

orrery_status orrery_result_status(const orrery_result *result) { return result->status; }
const char *orrery_result_json(const orrery_result *result, size_t *length_bytes) { return give(&result->json, length_bytes); }
const char *orrery_result_text(const orrery_result *result, size_t *length_bytes) { return give(&result->text, length_bytes); }
const char *orrery_result_resolved(const orrery_result *result, size_t *length_bytes) { return give(&result->resolved, length_bytes); }
const char *orrery_result_diagnostics(const orrery_result *result) { return give(&result->diagnostics, NULL); }
const char *orrery_result_diagnostics_json(const orrery_result *result) { return give(&result->diagnostics_json, NULL); }

/* --- tables --- */

static const orr_columnar *table_of(const orrery_result *result, const char *name)
{
    for (size_t i = 0; i < result->table_count; i++)
        if (orr_text_equal(result->tables[i].name, name)) return &result->tables[i];
    return NULL;
}

const char *orrery_result_table(const orrery_result *result, size_t index) { return index < result->table_count ? result->tables[index].name : NULL; }

size_t orrery_result_column_count(const orrery_result *result, const char *table)
{
    const orr_columnar *t = table_of(result, table);
    return t ? t->column_count : 0;
}

int orrery_result_column_at(const orrery_result *result, const char *table, size_t index, orrery_column *column)
{
    static const orrery_type types[] = {[ORR_COLUMN_INT64] = ORRERY_INT64, [ORR_COLUMN_FLOAT64] = ORRERY_FLOAT64, [ORR_COLUMN_TEXT] = ORRERY_TEXT};
    const orr_columnar *t = table_of(result, table);
    if (!t || index >= t->column_count) return 0;
    const orr_column *c = &t->columns[index];
    const orrery_column found = {.size_bytes = column->size_bytes, .name = c->name, .type = types[c->type], .data = c->cells, .count = c->count};
    memcpy(column, &found, column->size_bytes < sizeof found ? column->size_bytes : sizeof found);
    return 1;
}

int orrery_result_column(const orrery_result *result, const char *table, const char *name, orrery_column *column)
{
    for (size_t i = 0; i < orrery_result_column_count(result, table); i++)
        if (orr_text_equal(table_of(result, table)->columns[i].name, name)) return orrery_result_column_at(result, table, i, column);
    return 0;
}
