#include "report/csv.h"

#include <math.h>
#include <string.h>
#include "base/json.h"

static void start_cell(orr_csv *csv)
{
    if (csv->in_row) orr_text_append(csv->out, ",");
    csv->in_row = true;
}

void orr_csv_string(orr_csv *csv, const char *value)
{
    if (csv->table) { orr_columnar_put(csv->table, ORR_COLUMN_TEXT, (orr_cell){.text = value}); return; }
    start_cell(csv);
    if (!value) return;
    if (!value[strcspn(value, ",\"\r\n")]) { orr_text_append(csv->out, value); return; }
    orr_text_append(csv->out, "\"");
    for (const char *at = value; *at;) {
        const size_t length = strcspn(at, "\"");
        orr_text_append_bytes(csv->out, at, length);
        at += length;
        if (*at) { orr_text_append(csv->out, "\"\""); at++; }
    }
    orr_text_append(csv->out, "\"");
}

void orr_csv_double(orr_csv *csv, double value)
{
    char buffer[32];
    if (csv->table) { orr_columnar_put(csv->table, ORR_COLUMN_FLOAT64, (orr_cell){.number = value}); return; }
    start_cell(csv);
    if (isfinite(value)) orr_text_append(csv->out, orr_double_shortest(value, buffer));
}

void orr_csv_int(orr_csv *csv, int64_t value)
{
    if (csv->table) { orr_columnar_put(csv->table, ORR_COLUMN_INT64, (orr_cell){.whole = value}); return; }
    start_cell(csv);
    orr_text_printf(csv->out, "%lld", (long long)value);
}

void orr_csv_no_int(orr_csv *csv)
{
    if (csv->table) orr_csv_int(csv, -1);
    else start_cell(csv);
}

void orr_csv_row_end(orr_csv *csv)
{
    if (csv->table) { orr_columnar_row_end(csv->table); return; }
    orr_text_append(csv->out, "\r\n");
    csv->in_row = false;
}
