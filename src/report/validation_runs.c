/* validation.json: how the requests of each recorded run were spread, measured and predicted. */
#include <math.h>
#include <string.h>
#include "base/stats.h"
#include "report/validation_json.h"

/* Each 2.5 %, and the last percent. */
enum { PROBABILITIES = 42 };
static double probability(int i) { return i < 40 ? i / 40.0 : i == 40 ? 0.99 : 1; }

static void put_quantiles(orr_json *json, const char *key, const double *sorted, size_t count)
{
    orr_json_key(json, key);
    orr_json_array(json);
    for (int i = 0; i < PROBABILITIES; i++) orr_json_double(json, sorted != NULL ? orr_percentile_sorted(sorted, count, probability(i)) : probability(i));
    orr_json_array_end(json);
}

static bool belongs(const orr_comparison *row, const orr_comparison *to) { return row->each && orr_text_equal(row->name, to->name) && orr_text_equal(row->quantity, to->quantity); }

/* Of the rows like `of`, which is the first of them. */
static void put_distribution(orr_json *json, const orr_validation *validation, const orr_comparison *of, orr_arena *arena)
{
    const orr_comparison *rows = validation->rows.items;
    size_t count = 0;
    double *measured = ORR_NEW_ARRAY(arena, double, validation->rows.count + 1), *predicted = ORR_NEW_ARRAY(arena, double, validation->rows.count + 1);
    for (size_t i = 0; i < validation->rows.count; i++) {
        if (!belongs(&rows[i], of)) continue;
        measured[count] = rows[i].measured;
        predicted[count++] = rows[i].predicted;
    }
    orr_sort_doubles(measured, count);
    orr_sort_doubles(predicted, count);
    orr_json_object(json);
    orr_json_put_string(json, "run", of->name);
    orr_json_put_string(json, "quantity", of->quantity);
    orr_json_put_string(json, "unit", of->unit);
    orr_json_put_int(json, "requests", (int64_t)count);
    put_quantiles(json, "probability", NULL, 0);
    put_quantiles(json, "measured", measured, count);
    put_quantiles(json, "predicted", predicted, count);
    orr_json_object_end(json);
}

enum { MOST_DISTRIBUTIONS = 96 };

void orr_validation_put_distributions(orr_json *json, const orr_validation *validation, orr_arena *arena)
{
    const orr_comparison *of[MOST_DISTRIBUTIONS];
    size_t count = 0;
    for (size_t i = 0; i < validation->rows.count && count < MOST_DISTRIBUTIONS; i++) {
        const orr_comparison *row = &validation->rows.items[i];
        size_t k = 0;
        while (row->each && k < count && !belongs(row, of[k])) k++;
        if (row->each && k == count) of[count++] = row;
    }
    if (count == 0) return;
    orr_json_key(json, "distributions");
    orr_json_array(json);
    for (size_t k = 0; k < count; k++) put_distribution(json, validation, of[k], arena);
    orr_json_array_end(json);
}
