#include "traffic/trace_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static orr_csv_field trim(const char *line, size_t from, size_t to)
{
    while (from < to && is_blank(line[from])) from++;
    while (to > from && is_blank(line[to - 1])) to--;
    if (to - from >= 2 && line[from] == '"' && line[to - 1] == '"') {
        from++;
        to--;
    }
    return (orr_csv_field){line + from, to - from, from + 1};
}

size_t orr_csv_split(const char *line, size_t length, orr_csv_field *fields)
{
    size_t count = 0, from = 0;
    bool quoted = false;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && line[i] == '"') quoted = !quoted;
        if (i < length && (quoted || line[i] != ',')) continue;
        if (count < ORR_CSV_MAX_FIELDS) fields[count] = trim(line, from, i);
        count++;
        from = i + 1;
    }
    return count;
}

static int find(const orr_csv_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count && i < ORR_CSV_MAX_FIELDS; i++)
        if (fields[i].length == strlen(name) && strncasecmp(fields[i].text, name, fields[i].length) == 0) return (int)i;
    return -1;
}

bool orr_csv_has_columns(const char *line, const char *const *names, size_t count)
{
    orr_csv_field fields[ORR_CSV_MAX_FIELDS];
    const size_t field_count = orr_csv_split(line, strlen(line), fields);
    for (size_t i = 0; i < count; i++)
        if (find(fields, field_count, names[i]) < 0) return false;
    return true;
}

bool orr_csv_begin(orr_trace *trace, const char *const *names, size_t count)
{
    if (!orr_trace_line(trace)) {
        if (!trace->failed && !trace->input.failed) return orr_trace_error(trace, 0, 0, NULL, "the trace is empty: a header with the column \"%s\" was expected", names[0]);
        return false;
    }
    orr_csv_field fields[ORR_CSV_MAX_FIELDS];
    trace->column_count = orr_csv_split(trace->input.line, trace->input.line_length, fields);
    for (size_t i = 0; i < count; i++) {
        trace->columns[i] = find(fields, trace->column_count, names[i]);
        if (trace->columns[i] < 0)
            return orr_trace_error(trace, 1, trace->input.line_length, "The first line names the columns; others may stand between.", "the header has no column \"%s\"", names[i]);
    }
    return true;
}

bool orr_csv_next(orr_trace *trace, orr_csv_field *values, size_t count)
{
    if (!orr_trace_line(trace)) return false;
    orr_csv_field fields[ORR_CSV_MAX_FIELDS];
    const size_t field_count = orr_csv_split(trace->input.line, trace->input.line_length, fields);
    if (field_count != trace->column_count)
        return orr_trace_error(trace, 1, trace->input.line_length, NULL, "%zu fields, and the header has %zu", field_count, trace->column_count);
    for (size_t i = 0; i < count; i++) values[i] = fields[trace->columns[i]];
    return true;
}

bool orr_csv_number(orr_trace *trace, const orr_csv_field *field, const char *name, double *number)
{
    char *end = NULL;
    const bool plain = field->length > 0 && strspn(field->text, "0123456789+-.eE") >= field->length;
    *number = plain ? strtod(field->text, &end) : 0;
    if (!plain || end != field->text + field->length || !isfinite(*number))
        return orr_trace_error(trace, field->column, field->length, NULL, "%s: a number was expected, not \"%.*s\"", name, (int)(field->length < 60 ? field->length : 60), field->text);
    return true;
}

bool orr_csv_tokens(orr_trace *trace, const orr_csv_field *field, const char *name, int64_t *tokens)
{
    int64_t value = 0;
    size_t i = 0;
    while (i < field->length && i < 10 && field->text[i] >= '0' && field->text[i] <= '9') value = value * 10 + (field->text[i++] - '0');
    if (i != field->length || i == 0) {
        double number = 0;      /* "374.0", as pandas writes a column with gaps */
        if (!orr_csv_number(trace, field, name, &number)) return false;
        value = number >= 0 && number <= ORR_TRACE_MAX_TOKENS && number == (double)(int64_t)number ? (int64_t)number : -1;
    }
    if (value < 0 || value > ORR_TRACE_MAX_TOKENS)
        return orr_trace_error(trace, field->column, field->length, NULL, "%s: a whole number of tokens from 0 to %d was expected, not %.*s", name, ORR_TRACE_MAX_TOKENS, (int)(field->length < 60 ? field->length : 60), field->text);
    *tokens = value;
    return true;
}
