#include "ask/catalogue.h"

#include <string.h>
#include "base/json.h"
#include "report/columns.h"
#include "spec/catalogue.h"

/* "models" and "model" are one. */
static int kind_of(const char *word)
{
    const size_t length = strlen(word);
    for (int kind = 0; kind < ORR_KIND_COUNT_; kind++) {
        const char *name = orr_catalogue_kind_name((orr_catalogue_kind)kind);
        if (orr_text_equal(word, name) || (length == strlen(name) + 1 && word[length - 1] == 's' && strncmp(word, name, length - 1) == 0)) return kind;
    }
    return -1;
}

static void report_unknown(const char *word, orr_arena *arena, orr_diags *diags)
{
    const char *names[ORR_KIND_COUNT_], *all = "";
    for (int kind = 0; kind < ORR_KIND_COUNT_; kind++) all = orr_arena_printf(arena, "%s %s", all, names[kind] = orr_catalogue_kind_name((orr_catalogue_kind)kind));
    const char *near = orr_text_nearest(word, names, ORR_KIND_COUNT_);
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "unknown kind \"%s\"", word);
    if (near) orr_diag_hint(diag, "Did you mean \"%s\"? The kinds are:%s.", near, all);
    else orr_diag_hint(diag, "The kinds are:%s.", all);
}

static const char *aliases_of(const orr_catalogue_entry *entry, orr_arena *arena)
{
    const char *all = "";
    for (size_t i = 0; i < entry->alias_count; i++) all = orr_arena_printf(arena, "%s%s%s", all, i ? ", " : "", entry->aliases[i]);
    return all;
}

static void list_kind(orr_catalogue_kind kind, orr_json *json, orr_arena *arena, orr_text *out)
{
    size_t count = 0;
    const orr_catalogue_entry *entries = orr_catalogue_entries(kind, &count);
    orr_columns *columns = orr_columns_begin(arena, 4);
    for (size_t i = 0; i < count; i++) {
        orr_columns_row(columns, orr_catalogue_kind_name(kind), entries[i].name, entries[i].title, aliases_of(&entries[i], arena));
        orr_json_object(json);
        orr_json_put_string(json, "kind", orr_catalogue_kind_name(kind));
        orr_json_put_string(json, "name", entries[i].name);
        orr_json_put_string(json, "title", entries[i].title);
        orr_json_key(json, "aliases");
        orr_json_array(json);
        for (size_t k = 0; k < entries[i].alias_count; k++) orr_json_string(json, entries[i].aliases[k]);
        orr_json_array_end(json);
        orr_json_object_end(json);
    }
    orr_columns_write(columns, out);
}

void orr_ask_list(const char *kind, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    orr_text table = {0}, text = {0};
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const int wanted = kind ? kind_of(kind) : ORR_KIND_COUNT_;
    if (wanted < 0) { report_unknown(kind, arena, diags); return; }
    if (!orr_catalogue_load(diags)) { answer->code = orr_exit_code(diags, ORR_EXIT_USAGE); return; }
    orr_json writer = orr_json_begin(&text, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-catalogue/v1");
    orr_json_key(json, "entries");
    orr_json_array(json);
    for (int k = 0; k < ORR_KIND_COUNT_; k++) if (wanted == ORR_KIND_COUNT_ || wanted == k) list_kind((orr_catalogue_kind)k, json, arena, &table);
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(&text, "\n");
    *answer = (orr_answer){.code = ORR_EXIT_DONE, .listed = true, .listed_kind = wanted};
    orr_answer_of_bytes(answer, "catalogue.json", &text, &table, arena);
}

void orr_list_put(const orr_answer *answer, orr_arena *arena, orr_csv *csv)
{
    static const char *const names[] = {"kind", "name", "title", "aliases"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) orr_csv_string(csv, names[i]);
    orr_csv_row_end(csv);
    for (int k = 0; k < ORR_KIND_COUNT_; k++) {
        size_t count = 0;
        const orr_catalogue_entry *entries = answer->listed_kind == ORR_KIND_COUNT_ || answer->listed_kind == k ? orr_catalogue_entries((orr_catalogue_kind)k, &count) : NULL;
        for (size_t i = 0; i < count; i++) {
            orr_csv_string(csv, orr_catalogue_kind_name((orr_catalogue_kind)k));
            orr_csv_string(csv, entries[i].name);
            orr_csv_string(csv, entries[i].title);
            orr_csv_string(csv, aliases_of(&entries[i], arena));
            orr_csv_row_end(csv);
        }
    }
}
