#include "trust/coefficient_fit.h"

#include <math.h>
#include <nlopt.h>
#include <stdlib.h>
#include <string.h>
#include "base/math.h"
#include "spec/bind.h"

typedef struct search {
    orr_fit *fit;
    orr_loss_fn *loss;
    void *context;
    orr_coefficients at;
} search;

static double *value_of(orr_coefficients *coefficients, const orr_field *field) { return (double *)(void *)((char *)coefficients + field->offset); }

static double rounded(double value)
{
    char text[32];
    orr_text out = {0};
    orr_text_printf(&out, "%.4g", value);
    for (size_t i = 0; i <= out.length_bytes; i++) text[i] = out.bytes[i];
    orr_text_free(&out);
    return strtod(text, NULL);
}

static bool in_logarithm(const orr_field *field, double value) { return value > 0 && field->min >= 0; }

static double loss_at(search *s)
{
    s->fit->evaluations++;
    const double loss = s->loss(s->context, &s->at);
    return isfinite(loss) ? loss : 1e9;
}

/* Moves one coefficient a tenth up and down; true when the loss notices. */
static bool matters(search *s, const orr_field *field, double loss)
{
    double *value = value_of(&s->at, field), kept = *value;
    bool moved = false;
    for (int side = 0; side < 2 && !moved; side++) {
        const double step = orr_max(fabs(kept) * 0.1, 0.02 * orr_min(field->max - field->min, 1));
        *value = orr_min(orr_max(kept + (side == 0 ? step : -step), field->min), field->max);
        moved = fabs(loss_at(s) - loss) > 1e-9;
    }
    *value = kept;
    return moved;
}

static double to_search(const orr_field *field, double start, double value) { return in_logarithm(field, start) ? orr_log(orr_max(value, 1e-6 * start)) : value; }

static double objective(unsigned count, const double *x, double *gradient, void *data)
{
    (void)gradient;
    search *s = data;
    for (unsigned i = 0; i < count; i++) {
        const orr_field *field = s->fit->fitted[i].field;
        double *value = value_of(&s->at, field);
        *value = in_logarithm(field, *value) ? orr_exp(x[i]) : x[i];
        *value = orr_min(orr_max(*value, field->min), field->max);
    }
    return loss_at(s);
}

static void run_search(search *s, size_t evaluations)
{
    const unsigned count = (unsigned)s->fit->fitted_count;
    double x[ORR_MAX_FITTED], low[ORR_MAX_FITTED], high[ORR_MAX_FITTED], step[ORR_MAX_FITTED], least = 0;
    for (unsigned i = 0; i < count; i++) {
        const orr_field *field = s->fit->fitted[i].field;
        const double start = *value_of(&s->at, field);
        x[i] = to_search(field, start, start);
        low[i] = to_search(field, start, orr_max(field->min, in_logarithm(field, start) ? 1e-3 * start : field->min));
        high[i] = to_search(field, start, field->max);
        step[i] = in_logarithm(field, start) ? 0.15 : 0.1 * orr_max(orr_min(field->max - field->min, 1), 0.1);
        if (x[i] + step[i] > high[i]) step[i] = -step[i];
    }
    nlopt_opt opt = nlopt_create(NLOPT_LN_SBPLX, count);
    nlopt_set_min_objective(opt, objective, s);
    nlopt_set_lower_bounds(opt, low);
    nlopt_set_upper_bounds(opt, high);
    nlopt_set_initial_step(opt, step);
    nlopt_set_maxeval(opt, (int)evaluations);
    nlopt_set_ftol_rel(opt, 1e-5);
    nlopt_optimize(opt, x, &least);
    nlopt_destroy(opt);
    objective(count, x, NULL, s);
}

static bool is_named(const char *const *names, const char *name)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (orr_text_equal(names[i], name)) return true;
    return names == NULL;
}

/* Cited with an origin that measurements speak of. */
static bool is_told(const orr_node *cited)
{
    const orr_node *origin = cited != NULL && cited->kind == ORR_NODE_MAP ? orr_tree_get(cited, "origin") : NULL;
    return cited != NULL && (origin == NULL || !orr_text_equal(origin->scalar, "assumed"));
}

size_t orr_fit_fields(const char *const *sections, size_t section_count, const orr_node *tree, const char *const *names, orr_fit_field *fields)
{
    size_t count = 0;
    for (size_t i = 0; i < section_count; i++) {
        const orr_field *section = orr_table_find(&orr_calibration_table, sections[i]);
        const orr_node *given = section != NULL ? orr_tree_get(tree, section->name) : NULL;
        for (size_t f = 0; section != NULL && f < section->table->field_count && count < ORR_MAX_FITTED; f++) {
            const orr_field *field = &section->table->fields[f];
            const bool wanted = given != NULL && is_told(orr_tree_get(given, field->name)) && is_named(names, field->name);
            if (wanted && field->kind == ORR_FIELD_QUANTITY && field->max > field->min) fields[count++] = (orr_fit_field){section, field};
        }
    }
    return count;
}

orr_fit orr_coefficients_fit(const orr_fit_field *fields, size_t field_count, size_t evaluations, orr_loss_fn *loss, void *context, orr_coefficients *coefficients)
{
    orr_fit fit = {0};
    search s = {.fit = &fit, .loss = loss, .context = context, .at = *coefficients};
    fit.loss_before = loss_at(&s);
    for (size_t i = 0; i < field_count; i++)
        if (matters(&s, fields[i].field, fit.loss_before)) fit.fitted[fit.fitted_count++] = fields[i];
    if (fit.fitted_count == 0) { fit.loss_after = fit.loss_before; return fit; }
    run_search(&s, evaluations);
    for (size_t i = 0; i < fit.fitted_count; i++) {
        double *value = value_of(&s.at, fit.fitted[i].field);
        *value = rounded(*value);
    }
    fit.loss_after = loss_at(&s);
    if (fit.loss_after < fit.loss_before) *coefficients = s.at;
    else fit.loss_after = fit.loss_before;
    return fit;
}

static void set_text(orr_arena *arena, orr_node *root, const char *path, const char *text, orr_diags *diags)
{
    orr_tree_set(arena, root, path, orr_tree_new_scalar(arena, text, (orr_place){0}), diags);
}

/* Up to the space before an address that ends the text, or all of it. */
static size_t title_length(const char *text)
{
    const char *space = strrchr(text, ' ');
    return space != NULL && (orr_text_starts_with(space + 1, "http://") || orr_text_starts_with(space + 1, "https://")) ? (size_t)(space - text) : strlen(text);
}

void orr_citation_write(const char *text, orr_text *out)
{
    const size_t length = title_length(text);
    orr_text_append(out, "{title: \"");
    for (size_t i = 0; i < length; i++) {
        const char one = text[i] == '\n' || text[i] == '\t' || text[i] == '\r' ? ' ' : text[i];
        if (one == '"' || one == '\\') orr_text_append(out, "\\");
        orr_text_append_bytes(out, &one, 1);
    }
    orr_text_append(out, "\"");
    if (text[length] != '\0') orr_text_printf(out, ", url: \"%s\"", text + length + 1);
    orr_text_append(out, "}");
}

void orr_coefficients_write(const orr_node *tree, const orr_coefficients *coefficients, const orr_fit_field *fitted, size_t fitted_count, const char *source, orr_text *out)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_node *root = orr_tree_copy(arena, tree);
    orr_text value = {0};
    if (source != NULL) {
        const size_t length = title_length(source);
        set_text(arena, root, "sources.own.title", orr_arena_strndup(arena, source, length), diags);
        if (source[length] != '\0') set_text(arena, root, "sources.own.url", source + length + 1, diags);
    }
    for (size_t i = 0; i < fitted_count; i++) {
        const char *path = orr_arena_printf(arena, "%s.%s", fitted[i].section->name, fitted[i].field->name);
        orr_text_clear(&value);
        orr_field_write(fitted[i].field, coefficients, &value);
        set_text(arena, root, orr_arena_printf(arena, "%s.value", path), orr_arena_strdup(arena, value.bytes), diags);
        set_text(arena, root, orr_arena_printf(arena, "%s.source", path), source != NULL ? "own" : "kernels", diags);
        set_text(arena, root, orr_arena_printf(arena, "%s.origin", path), "calibrated", diags);
    }
    orr_text_append(out, "# How far real kernels fall short of a datasheet: one set for every chip. The table in src/perf/coefficients.c says what each means and its bounds;\n"
                         "# the equations are in the head comments of src/perf/*.c. What is calibrated was fitted by `orrery calibrate`; the rest was set by hand.\n");
    orr_tree_write_yaml(root, out);
    orr_text_free(&value);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}
