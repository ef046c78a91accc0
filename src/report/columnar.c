#include "report/columnar.h"

#include <assert.h>
#include "base/panic.h"

static_assert(sizeof(orr_cell) == sizeof(int64_t) && sizeof(orr_cell) == sizeof(double) && sizeof(orr_cell) == sizeof(const char *), "cells stand side by side as arrays of their type");

void orr_columnar_begin(orr_columnar *table, const char *name, orr_arena *arena) { *table = (orr_columnar){.name = name, .arena = arena}; }

void orr_columnar_free(orr_columnar *table)
{
    for (size_t i = 0; i < table->column_count; i++) orr_mem_free(table->columns[i].cells);
    orr_mem_free(table->columns);
    *table = (orr_columnar){0};
}

void orr_columnar_put(orr_columnar *table, orr_column_type type, orr_cell cell)
{
    if (type == ORR_COLUMN_TEXT && cell.text != NULL) cell.text = orr_arena_strdup(table->arena, cell.text);
    if (table->rows == 0) {
        table->columns = orr_mem_resize(table->columns, (table->column_count + 1) * sizeof *table->columns);
        table->columns[table->column_count++] = (orr_column){.name = cell.text, .type = ORR_COLUMN_FLOAT64};
        return;
    }
    ORR_INVARIANT(table->at < table->column_count);
    orr_column *column = &table->columns[table->at++];
    ORR_INVARIANT(column->count == 0 || column->type == type);
    column->type = type;
    if (column->count == column->capacity) {
        column->capacity = column->capacity > 0 ? 2 * column->capacity : 64;
        column->cells = orr_mem_resize(column->cells, column->capacity * sizeof *column->cells);
    }
    column->cells[column->count++] = cell;
}

void orr_columnar_row_end(orr_columnar *table)
{
    ORR_INVARIANT(table->rows == 0 || table->at == table->column_count);
    table->at = 0;
    table->rows++;
}
