/* Diagnostics: collected as they are reported, ordered and rendered at the end.
 *
 * Invariants: 1. all text, source lines included, is copied when a diagnostic is reported, so sources may go before diagnostics are rendered;
 * 2. a message is one line: control characters are shown as escapes; 3. sources stand in the order in which they were first reported on. */
#include "base/diag.h"

#include <string.h>
#include "base/excerpt.h"
#include "base/json.h"
#include "base/utf8.h"
#include "base/vec.h"

typedef struct remark { const char *where, *text; } remark;     /* where: "name:line:column: " or "" */

struct orr_diag {
    orr_diags *owner;
    size_t source_rank;
    uint32_t line, column;
    orr_severity severity;
    const char *where, *message, *excerpt, *caret;      /* excerpt, caret: NULL when there is no line to show */
    ORR_VEC(remark) notes;
    ORR_VEC(const char *) hints;
};

struct orr_diags {
    orr_arena *arena;
    ORR_VEC(orr_diag *) items;                  /* in the order of report */
    ORR_VEC(const char *) source_names;         /* "" stands for no place */
    size_t error_count, warning_count;
    orr_fault worst_fault;
};

orr_diags *orr_diags_create(void)
{
    orr_diags *diags = orr_mem_resize(NULL, sizeof *diags);
    memset(diags, 0, sizeof *diags);
    diags->arena = orr_arena_create();
    return diags;
}

void orr_diags_destroy(orr_diags *diags)
{
    if (!diags) return;
    for (size_t i = 0; i < diags->items.count; i++) {
        orr_vec_free(&diags->items.items[i]->notes);
        orr_vec_free(&diags->items.items[i]->hints);
    }
    orr_vec_free(&diags->items);
    orr_vec_free(&diags->source_names);
    orr_arena_destroy(diags->arena);
    orr_mem_free(diags);
}

size_t orr_diags_error_count(const orr_diags *diags) { return diags->error_count; }
size_t orr_diags_warning_count(const orr_diags *diags) { return diags->warning_count; }
orr_fault orr_diags_worst_fault(const orr_diags *diags) { return diags->worst_fault; }

/* --- reporting --- */

static size_t rank_of(orr_diags *diags, const char *name)
{
    size_t i = 0;
    while (i < diags->source_names.count && strcmp(diags->source_names.items[i], name) != 0) i++;
    if (i == diags->source_names.count) orr_vec_push(&diags->source_names, orr_arena_strdup(diags->arena, name));
    return i;
}

/* Formats, and shows what would break the line or the terminal as escapes. */
static const char *one_line(orr_arena *arena, const char *format, va_list arguments)
{
    orr_text raw = {0}, clean = {0};
    orr_text_vprintf(&raw, format, arguments);
    for (size_t i = 0; i < raw.length_bytes;) {
        uint32_t code;
        size_t length = orr_utf8_decode(raw.bytes + i, raw.length_bytes - i, &code);
        if (code == '\n') orr_text_append(&clean, "\\n");
        else if (code == '\t') orr_text_append(&clean, "\\t");
        else if (length == 0 || code < 32 || (code >= 0x7F && code < 0xA0)) orr_text_printf(&clean, "\\x%02x", (unsigned)code);
        else orr_text_append_bytes(&clean, raw.bytes + i, length);
        i += length ? length : 1;
    }
    const char *kept = orr_arena_strndup(arena, clean.bytes ? clean.bytes : "", clean.length_bytes);
    orr_text_free(&raw);
    orr_text_free(&clean);
    return kept;
}

static const char *where_text(orr_arena *arena, orr_place place)
{
    if (!place.source) return "";
    if (place.line == 0) return orr_arena_printf(arena, "%s: ", place.source->name);
    return orr_arena_printf(arena, "%s:%u:%u: ", place.source->name, (unsigned)place.line, (unsigned)place.column);
}

static orr_diag *report(orr_diags *diags, orr_severity severity, orr_fault fault, orr_place place, const char *format, va_list arguments)
{
    orr_diag *diag = ORR_NEW(diags->arena, orr_diag);
    diag->owner = diags;
    diag->severity = severity;
    diag->source_rank = rank_of(diags, place.source ? place.source->name : "");
    diag->line = place.line;
    diag->column = place.column;
    diag->where = where_text(diags->arena, place);
    diag->message = one_line(diags->arena, format, arguments);
    orr_excerpt(diags->arena, place, &diag->excerpt, &diag->caret);
    orr_vec_push(&diags->items, diag);
    if (severity == ORR_WARNING) {
        diags->warning_count++;
    } else {
        diags->error_count++;
        if (fault > diags->worst_fault) diags->worst_fault = fault;
    }
    return diag;
}

orr_diag *orr_diag_error(orr_diags *diags, orr_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    orr_diag *diag = report(diags, ORR_ERROR, ORR_FAULT_USER, place, format, arguments);
    va_end(arguments);
    return diag;
}

orr_diag *orr_diag_warning(orr_diags *diags, orr_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    orr_diag *diag = report(diags, ORR_WARNING, ORR_FAULT_USER, place, format, arguments);
    va_end(arguments);
    return diag;
}

orr_diag *orr_diag_environment(orr_diags *diags, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    orr_diag *diag = report(diags, ORR_ERROR, ORR_FAULT_ENVIRONMENT, (orr_place){0}, format, arguments);
    va_end(arguments);
    return diag;
}

void orr_diag_note(orr_diag *diag, orr_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    remark note = {where_text(diag->owner->arena, place), one_line(diag->owner->arena, format, arguments)};
    va_end(arguments);
    orr_vec_push(&diag->notes, note);
}

void orr_diag_hint(orr_diag *diag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *hint = one_line(diag->owner->arena, format, arguments);
    va_end(arguments);
    orr_vec_push(&diag->hints, hint);
}

/* --- rendering --- */

static bool stands_after(const orr_diag *a, const orr_diag *b)
{
    if (a->source_rank != b->source_rank) return a->source_rank > b->source_rank;
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* A stable merge sort of `items`, with `spare` of the same length. */
static void sort_diags(orr_diag **items, orr_diag **spare, size_t count)
{
    if (count < 2) return;
    size_t half = count / 2, left = 0, right = half;
    sort_diags(items, spare, half);
    sort_diags(items + half, spare, count - half);
    memcpy(spare, items, count * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        bool take_right = left == half || (right < count && stands_after(spare[left], spare[right]));
        items[i] = spare[take_right ? right++ : left++];
    }
}

static void render_one(const orr_diag *diag, bool colour, orr_text *out)
{
    const char *bold = colour ? "\033[1m" : "", *red = colour ? "\033[1;31m" : "", *magenta = colour ? "\033[1;35m" : "", *green = colour ? "\033[1;32m" : "";
    const char *cyan = colour ? "\033[1;36m" : "", *plain = colour ? "\033[0m" : "";
    const char *severity_colour = diag->severity == ORR_ERROR ? red : magenta;
    orr_text_printf(out, "%s%s%s%s%s:%s %s%s%s\n", bold, diag->where, plain, severity_colour, diag->severity == ORR_ERROR ? "error" : "warning", plain, bold, diag->message,
                    plain);
    if (diag->excerpt) {
        orr_text_printf(out, "%5u | %s\n", (unsigned)diag->line, diag->excerpt);
        orr_text_printf(out, "      | %s%s%s\n", green, diag->caret, plain);
    }
    for (size_t i = 0; i < diag->notes.count; i++) orr_text_printf(out, "  %snote:%s %s%s\n", cyan, plain, diag->notes.items[i].where, diag->notes.items[i].text);
    for (size_t i = 0; i < diag->hints.count; i++) orr_text_printf(out, "  %shint:%s %s\n", cyan, plain, diag->hints.items[i]);
}

/* In the order of their places; to be freed. */
static orr_diag **ordered_of(const orr_diags *diags)
{
    const size_t count = diags->items.count;
    orr_diag **ordered = orr_mem_resize(NULL, (2 * count + 1) * sizeof *ordered);
    if (count > 0) memcpy(ordered, diags->items.items, count * sizeof *ordered);
    sort_diags(ordered, ordered + count, count);
    return ordered;
}

void orr_diags_render(const orr_diags *diags, bool colour, orr_text *out)
{
    orr_diag **ordered = ordered_of(diags);
    for (size_t i = 0; i < diags->items.count; i++) render_one(ordered[i], colour, out);
    orr_mem_free(ordered);
}

static void put_place(orr_json *json, const orr_diags *diags, const orr_diag *diag)
{
    const char *source = diags->source_names.items[diag->source_rank];
    orr_json_put_string(json, "source", *source ? source : NULL);
    orr_json_key(json, "line");
    if (diag->line > 0) orr_json_int(json, diag->line);
    else orr_json_null(json);
    orr_json_key(json, "column");
    if (diag->line > 0) orr_json_int(json, diag->column);
    else orr_json_null(json);
}

void orr_diags_write_json(const orr_diags *diags, orr_text *out)
{
    orr_diag **ordered = ordered_of(diags);
    orr_json json = orr_json_begin(out, false);
    orr_json_array(&json);
    for (size_t i = 0; i < diags->items.count; i++) {
        const orr_diag *diag = ordered[i];
        orr_json_object(&json);
        orr_json_put_string(&json, "severity", diag->severity == ORR_ERROR ? "error" : "warning");
        orr_json_put_string(&json, "message", diag->message);
        put_place(&json, diags, diag);
        orr_json_key(&json, "notes");
        orr_json_array(&json);
        for (size_t k = 0; k < diag->notes.count; k++) {
            orr_json_object(&json);
            orr_json_put_string(&json, "place", diag->notes.items[k].where);
            orr_json_put_string(&json, "message", diag->notes.items[k].text);
            orr_json_object_end(&json);
        }
        orr_json_array_end(&json);
        orr_json_key(&json, "hints");
        orr_json_array(&json);
        for (size_t k = 0; k < diag->hints.count; k++) orr_json_string(&json, diag->hints.items[k]);
        orr_json_array_end(&json);
        orr_json_object_end(&json);
    }
    orr_json_array_end(&json);
    orr_mem_free(ordered);
}
