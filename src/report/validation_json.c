#include "report/validation_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "report/csv.h"
#include "report/figure.h"

typedef struct writer { orr_json *json; const orr_validation *validation; orr_arena *arena; const char **chips; size_t chip_count; } writer;

static const orr_comparison *row_at(const writer *w, size_t index) { return &w->validation->rows.items[index]; }

/* Six digits are more than any measurement has; a page of thousands of points is smaller for it. */
static double six_digits(double value, orr_arena *arena) { return isfinite(value) ? strtod(orr_arena_printf(arena, "%.6g", value), NULL) : value; }

/* --- chips, which points name by number --- */

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static void gather_chips(writer *w)
{
    ORR_VEC(const char *) names = {0};
    const char *last = NULL;
    for (size_t i = 0; i < w->validation->rows.count; i++) {
        const char *chip = row_at(w, i)->chip;
        if (last != NULL && strcmp(chip, last) == 0) continue;
        last = chip;
        size_t k = 0;
        while (k < names.count && strcmp(names.items[k], chip) != 0) k++;
        if (k == names.count) orr_vec_push(&names, chip);
    }
    if (names.count > 0) qsort(names.items, names.count, sizeof *names.items, by_text);
    w->chips = ORR_NEW_ARRAY(w->arena, const char *, names.count + 1);
    w->chip_count = names.count;
    if (names.count > 0) memcpy(w->chips, names.items, names.count * sizeof *names.items);
    orr_vec_free(&names);
}

static int64_t chip_number(const writer *w, const char *chip)
{
    for (size_t i = 0; i < w->chip_count; i++)
        if (strcmp(w->chips[i], chip) == 0) return (int64_t)i;
    return -1;
}

/* --- errors --- */

static void put_errors(orr_json *json, const orr_error_line *line)
{
    orr_json_put_int(json, "rows", (int64_t)line->count);
    orr_json_put_double(json, "median_abs", line->median_abs);
    orr_json_put_double(json, "mean_abs", line->mean_abs);
    orr_json_put_double(json, "p90_abs", line->p90_abs);
    orr_json_put_double(json, "median_signed", line->median_signed);
    orr_json_put_double(json, "within_10", line->within_10);
    orr_json_put_double(json, "within_25", line->within_25);
}

static orr_error_line errors_of(const writer *w, const size_t *rows, size_t count)
{
    orr_error_table *table = orr_error_table_create((const char *const[]){"group"}, 1);
    for (size_t i = 0; i < count; i++) orr_error_table_add(table, (const char *const[]){""}, row_at(w, rows[i])->predicted, row_at(w, rows[i])->measured);
    orr_error_line *lines = NULL;
    const orr_error_line line = orr_error_table_lines(table, w->arena, &lines) > 0 ? lines[0] : (orr_error_line){0};
    orr_error_table_destroy(table);
    return line;
}

static void put_share(orr_json *json, const char *key, size_t inside, size_t rows)
{
    orr_json_key(json, key);
    orr_json_object(json);
    orr_json_put_int(json, "rows", (int64_t)rows);
    orr_json_put_double(json, "inside", (double)inside / (double)rows);
    orr_json_object_end(json);
}

static void put_coverage(const writer *w, const size_t *rows, size_t count)
{
    const orr_coverage c = orr_validation_coverage(w->validation, rows, count);
    if (c.half_rows == 0 && c.ninety_rows == 0) return;
    orr_json_key(w->json, "coverage");
    orr_json_object(w->json);
    if (c.half_rows > 0) put_share(w->json, "half", c.half_inside, c.half_rows);
    if (c.ninety_rows > 0) put_share(w->json, "ninety", c.ninety_inside, c.ninety_rows);
    orr_json_object_end(w->json);
}

/* --- points and the worst --- */

static void put_points(const writer *w, const orr_comparison_group *group)
{
    size_t chosen[ORR_VALIDATION_POINTS];
    const size_t count = orr_validation_spread(group->rows, group->count, ORR_VALIDATION_POINTS, chosen);
    orr_json *json = w->json;
    bool intervals = false;
    for (size_t i = 0; i < count; i++) intervals = intervals || row_at(w, chosen[i])->high_ninety > 0;
    orr_json_key(json, "points");
    orr_json_object(json);
    static const char *const columns[] = {"chip", "measured", "predicted", "low", "high", "label"};
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        if ((c == 3 || c == 4) && !intervals) continue;
        orr_json_key(json, columns[c]);
        orr_json_array(json);
        for (size_t i = 0; i < count; i++) {
            const orr_comparison *row = row_at(w, chosen[i]);
            if (c == 0) orr_json_int(json, chip_number(w, row->chip));
            else if (c == 5) orr_json_string(json, orr_comparison_label(row, w->arena));
            else orr_json_double(json, six_digits(c == 1 ? row->measured : c == 2 ? row->predicted : row->predicted * (c == 3 ? row->low_ninety : row->high_ninety), w->arena));
        }
        orr_json_array_end(json);
    }
    orr_json_object_end(json);
}

static void put_text(orr_json *json, const char *key, const char *text)
{
    if (text != NULL && *text) orr_json_put_string(json, key, text);
}

static void put_worst(const writer *w, const size_t *rows, size_t count)
{
    size_t worst[ORR_VALIDATION_WORST];
    const size_t taken = orr_validation_worst(w->validation, rows, count, ORR_VALIDATION_WORST, worst);
    orr_json *json = w->json;
    orr_json_key(json, "worst");
    orr_json_array(json);
    for (size_t i = 0; i < taken; i++) {
        const orr_comparison *row = row_at(w, worst[i]);
        orr_json_object(json);
        orr_json_put_string(json, "group", orr_comparison_group_name(row));
        orr_json_put_string(json, "label", orr_comparison_label(row, w->arena));
        put_text(json, "chip", row->chip);
        put_text(json, "engine", row->engine);
        put_text(json, "model", row->model);
        put_text(json, "load", row->load);
        orr_json_put_double(json, "measured", six_digits(row->measured, w->arena));
        orr_json_put_double(json, "predicted", six_digits(row->predicted, w->arena));
        if (row->high_ninety > 0) {
            orr_json_put_double(json, "low_ninety", six_digits(row->predicted * row->low_ninety, w->arena));
            orr_json_put_double(json, "high_ninety", six_digits(row->predicted * row->high_ninety, w->arena));
        }
        orr_json_put_string(json, "unit", row->unit);
        orr_json_put_double(json, "error", six_digits(row->predicted / row->measured - 1, w->arena));
        put_text(json, "why", orr_comparison_why(w->validation, row, w->arena));
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}

static void put_group(const writer *w, const orr_comparison_group *group)
{
    orr_json *json = w->json;
    const orr_error_line errors = errors_of(w, group->rows, group->count);
    orr_json_object(json);
    orr_json_put_string(json, "name", group->name);
    orr_json_put_bool(json, "each_request", group->each);
    orr_json_put_string(json, "quantity", group->quantity);
    orr_json_put_string(json, "unit", group->unit);
    put_errors(json, &errors);
    put_coverage(w, group->rows, group->count);
    put_points(w, group);
    if (!group->each) put_worst(w, group->rows, group->count);
    orr_json_object_end(json);
}

/* --- tables --- */

static void put_tables(const writer *w, const orr_validation_table *tables, size_t count, orr_comparison_set set)
{
    orr_json *json = w->json;
    orr_json_key(json, "tables");
    orr_json_array(json);
    for (size_t t = 0; t < count; t++) {
        if (tables[t].set != set) continue;
        orr_json_object(json);
        orr_json_put_string(json, "by", tables[t].by);
        if (tables[t].within) orr_json_put_string(json, "within", tables[t].within);
        if (tables[t].of) orr_json_put_string(json, "of", tables[t].of);
        orr_json_key(json, "lines");
        orr_json_array(json);
        for (size_t i = 0; i < tables[t].line_count; i++) {
            const orr_error_line *line = &tables[t].lines[i];
            orr_json_object(json);
            orr_json_put_string(json, "quantity", line->keys[0]);
            orr_json_put_string(json, "group", line->keys[1]);
            if (tables[t].within) orr_json_put_string(json, "within", line->keys[2]);
            put_errors(json, line);
            orr_json_object_end(json);
        }
        orr_json_array_end(json);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}

static void put_set_aside(const writer *w, orr_comparison_set set)
{
    orr_json *json = w->json;
    orr_json_key(json, "set_aside");
    orr_json_array(json);
    for (size_t i = 0; i < w->validation->set_aside.count; i++) {
        const orr_set_aside *aside = &w->validation->set_aside.items[i];
        if (aside->set != set) continue;
        orr_json_object(json);
        orr_json_put_string(json, "reason", aside->reason);
        orr_json_put_int(json, "count", (int64_t)aside->count);
        orr_json_put_string(json, "unit", aside->unit);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}

/* --- a set --- */

typedef struct set_rows { size_t *rows, count; } set_rows;

/* Rows of a set that tables are of; of one quantity alone where it is given. */
static set_rows rows_of(const writer *w, orr_comparison_set set, const char *quantity)
{
    set_rows all = {ORR_NEW_ARRAY(w->arena, size_t, w->validation->rows.count + 1), 0};
    for (size_t i = 0; i < w->validation->rows.count; i++) {
        const orr_comparison *row = row_at(w, i);
        if (row->set == set && !row->each && (quantity == NULL || orr_text_equal(row->quantity, quantity))) all.rows[all.count++] = i;
    }
    return all;
}

static bool is_present(const writer *w, orr_comparison_set set)
{
    for (size_t i = 0; i < w->validation->set_aside.count; i++)
        if (w->validation->set_aside.items[i].set == set) return true;
    for (size_t i = 0; i < w->validation->rows.count; i++)
        if (row_at(w, i)->set == set) return true;
    return false;
}

static void put_set(const writer *w, orr_comparison_set set, const orr_comparison_group *groups, size_t group_count, const orr_validation_table *tables, size_t table_count)
{
    orr_json *json = w->json;
    const set_rows rows = rows_of(w, set, NULL);
    orr_json_object(json);
    orr_json_put_string(json, "name", orr_comparison_set_name(set));
    orr_json_put_int(json, "comparisons", (int64_t)rows.count);
    if (set == ORR_SET_KERNELS && rows.count > 0) {
        const set_rows times = rows_of(w, set, "latency");
        const orr_error_line errors = errors_of(w, times.rows, times.count);
        orr_json_key(json, "latency");
        orr_json_object(json);
        put_errors(json, &errors);
        put_coverage(w, times.rows, times.count);
        orr_json_object_end(json);
    }
    orr_json_key(json, "groups");
    orr_json_array(json);
    for (size_t g = 0; g < group_count; g++)
        if (groups[g].set == set) put_group(w, &groups[g]);
    orr_json_array_end(json);
    put_tables(w, tables, table_count, set);
    if (set == ORR_SET_RUNS) orr_validation_put_distributions(json, w->validation, w->arena);
    put_worst(w, rows.rows, rows.count);
    put_set_aside(w, set);
    orr_json_object_end(json);
}

/* --- the answer in a sentence --- */

static void say_half(const writer *w, orr_comparison_set set, const char *quantity, const char *rows_are, const char *called, orr_text *out)
{
    const set_rows rows = rows_of(w, set, quantity);
    if (rows.count == 0) return;
    const double median = errors_of(w, rows.rows, rows.count).median_abs;
    if (rows_are != NULL) orr_text_printf(out, "%salf of %s %s are predicted within ", out->length_bytes > 0 ? "; h" : "H", orr_figure_count((int64_t)rows.count, w->arena), rows_are);
    else orr_text_append(out, ", ");
    orr_text_printf(out, "%s%s%s", orr_figure_percent(median, median < 0.0995 ? 1 : 0, w->arena), *called ? " in " : "", called);
}

static const char *answer_of(const writer *w)
{
    orr_text out = {0};
    say_half(w, ORR_SET_KERNELS, "latency", "measured kernels", "", &out);
    say_half(w, ORR_SET_SERVERS, "tpot", "measured servers", "TPOT", &out);
    say_half(w, ORR_SET_SERVERS, "ttft", NULL, "TTFT", &out);
    say_half(w, ORR_SET_SERVERS, "out_tok_s_per_gpu", NULL, "throughput", &out);
    say_half(w, ORR_SET_RUNS, "e2e", "recorded runs", "mean end-to-end latency", &out);
    const char *answer = out.length_bytes > 0 ? orr_arena_printf(w->arena, "%s.", out.bytes) : "There was nothing to compare.";
    orr_text_free(&out);
    return answer;
}

void orr_validation_write_json(const orr_validation *validation, const char *version, orr_arena *arena, orr_text *out)
{
    orr_json json = orr_json_begin(out, false);
    writer w = {.json = &json, .validation = validation, .arena = arena};
    gather_chips(&w);
    orr_comparison_group *groups = NULL;
    orr_validation_table *tables = NULL;
    const size_t group_count = orr_validation_groups(validation, arena, &groups), table_count = orr_validation_tables(validation, arena, &tables);
    orr_json_object(&json);
    orr_json_put_string(&json, "schema", ORR_VALIDATION_SCHEMA);
    orr_json_put_string(&json, "kind", "validation");
    orr_json_put_string(&json, "orrery_version", version);
    orr_json_put_string(&json, "title", "The model beside measurements");
    if (validation->basis != NULL) orr_json_put_string(&json, "subtitle", validation->basis);
    orr_json_put_string(&json, "answer", answer_of(&w));
    orr_json_key(&json, "chips");
    orr_json_array(&json);
    for (size_t i = 0; i < w.chip_count; i++) orr_json_string(&json, w.chips[i]);
    orr_json_array_end(&json);
    orr_json_key(&json, "sets");
    orr_json_array(&json);
    for (int set = 0; set < ORR_SET_COUNT_; set++)
        if (is_present(&w, (orr_comparison_set)set)) put_set(&w, (orr_comparison_set)set, groups, group_count, tables, table_count);
    orr_json_array_end(&json);
    orr_json_object_end(&json);
    orr_text_append(out, "\n");
}

static void put_percent(orr_csv *csv, double share, orr_arena *arena) { orr_csv_double(csv, strtod(orr_arena_printf(arena, "%.2f", 100 * share), NULL)); }

void orr_validation_write_csv(const orr_validation *validation, orr_arena *arena, orr_text *out)
{
    orr_validation_table *tables = NULL;
    const size_t count = orr_validation_tables(validation, arena, &tables);
    orr_csv csv = {.out = out};
    for (const char *const heads[] = {"set", "quantity", "by", "group", "within", "of", "rows", "median_abs_percent", "mean_abs_percent", "p90_abs_percent", "median_signed_percent", "within_10_percent", "within_25_percent"}, *const *head = heads;
         head < heads + 13; head++) orr_csv_string(&csv, *head);
    orr_csv_row_end(&csv);
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tables[t].line_count; i++) {
            const orr_error_line *line = &tables[t].lines[i];
            orr_csv_string(&csv, orr_comparison_set_name(tables[t].set));
            orr_csv_string(&csv, line->keys[0]);
            orr_csv_string(&csv, tables[t].within ? orr_arena_printf(arena, "%s and %s", tables[t].by, tables[t].within) : tables[t].by);
            orr_csv_string(&csv, line->keys[1]);
            orr_csv_string(&csv, tables[t].within ? line->keys[2] : NULL);
            orr_csv_string(&csv, tables[t].of);
            orr_csv_int(&csv, (int64_t)line->count);
            for (const double shares[] = {line->median_abs, line->mean_abs, line->p90_abs, line->median_signed, line->within_10, line->within_25}, *share = shares; share < shares + 6; share++) put_percent(&csv, *share, arena);
            orr_csv_row_end(&csv);
        }
}
