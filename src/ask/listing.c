#include "ask/listing.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include "base/cancel.h"
#include "base/json.h"
#include "base/version.h"
#include "report/figure.h"
#include "report/grid.h"
#include "report/texts.h"

static const char *date_of(int64_t made_s, orr_arena *arena)
{
    const time_t seconds = (time_t)made_s;
    struct tm when;
    char text[32];
    if (!gmtime_r(&seconds, &when) || strftime(text, sizeof text, "%Y-%m-%dT%H:%MZ", &when) == 0) return "";
    return orr_arena_strdup(arena, text);
}

static bool is_current(const orr_store_entry *e) { return orr_text_equal(e->version, orr_model_version); }

/* A space whose sweep has no answer yet, or all of its points. */
static const char *state_of(const orr_store_entry *e, orr_arena *arena)
{
    if (e->point_total == 0) return e->headline ? e->headline : "";
    return orr_arena_printf(arena, "%s of %s points are estimated", orr_figure_count(e->points, arena), orr_figure_count(e->point_total, arena));
}

static const char *kind_of(const orr_store_entry *e) { return e->point_total > 0 ? "points" : e->kind; }

static void put_json(const orr_store_entry *all, size_t count, orr_arena *arena, orr_text *out)
{
    orr_json writer = orr_json_begin(out, true), *json = &writer;
    char hash[ORR_DIGEST_TEXT];
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-store/v1");
    orr_json_put_string(json, "model_version", orr_model_version);
    orr_json_key(json, "entries");
    orr_json_array(json);
    for (size_t i = 0; i < count; i++) {
        orr_json_object(json);
        orr_json_put_string(json, "hash", orr_digest_text(&all[i].key, hash));
        orr_json_put_string(json, "kind", kind_of(&all[i]));
        orr_json_put_string(json, "made", date_of(all[i].made_s, arena));
        orr_json_put_string(json, "subject", all[i].subject);
        orr_json_put_string(json, "model_version", all[i].version);
        orr_json_put_bool(json, "current", is_current(&all[i]));
        if (all[i].point_total > 0) {
            orr_json_put_int(json, "points", all[i].points);
            orr_json_put_int(json, "point_total", all[i].point_total);
        } else {
            orr_json_put_string(json, "headline", all[i].headline);
        }
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(out, "\n");
}

static void put_table(orr_store *store, const orr_store_entry *all, size_t count, orr_arena *arena, orr_text *out)
{
    size_t shown = 0, others = 0;
    char hash[ORR_DIGEST_TEXT];
    for (size_t i = 0; i < count; i++) {
        if (all[i].point_total > 0 && all[i].points >= all[i].point_total) continue;       /* nothing to go on with */
        shown++;
        others += !is_current(&all[i]);
        orr_text_printf(out, "%.*s  %-9s  %s  %s%s\n              ", ORR_SHORT_HASH, orr_digest_text(&all[i].key, hash), kind_of(&all[i]), date_of(all[i].made_s, arena), all[i].subject, is_current(&all[i]) ? "" : "  (another version of the model)");
        orr_text_wrap(state_of(&all[i], arena), 14, ORR_TEXT_COLUMNS, out);
    }
    orr_text_printf(out, "%s%zu in %s", shown > 0 ? "\n" : "", shown, orr_store_path(store));
    if (others > 0) orr_text_printf(out, "; %zu of them from other code or data than this program's (model version %.*s), never taken for its own", others, ORR_SHORT_HASH, orr_model_version);
    orr_text_append(out, "\n");
}

void orr_ask_ls(orr_store *store, orr_answer *answer, orr_arena *arena)
{
    size_t count;
    orr_text table = {0}, json = {0};
    const orr_store_entry *all = orr_store_list(store, arena, &count);
    put_table(store, all, count, arena, &table);
    put_json(all, count, arena, &json);
    *answer = (orr_answer){.code = ORR_EXIT_DONE};
    orr_answer_of_bytes(answer, "store.json", &json, &table, arena);
    answer->entries = all;
    answer->entry_count = count;
}

void orr_entries_put(const orr_answer *answer, orr_arena *arena, orr_csv *csv)
{
    static const char *const names[] = {"hash", "kind", "made", "subject", "model_version", "current", "points", "point_total", "headline"};
    char hash[ORR_DIGEST_TEXT];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) orr_csv_string(csv, names[i]);
    orr_csv_row_end(csv);
    for (size_t i = 0; i < answer->entry_count; i++) {
        const orr_store_entry *e = &answer->entries[i];
        orr_csv_string(csv, orr_digest_text(&e->key, hash));
        orr_csv_string(csv, kind_of(e));
        orr_csv_string(csv, date_of(e->made_s, arena));
        orr_csv_string(csv, e->subject);
        orr_csv_string(csv, e->version);
        orr_csv_int(csv, is_current(e));
        orr_csv_int(csv, e->points);
        orr_csv_int(csv, e->point_total);
        orr_csv_string(csv, e->headline);
        orr_csv_row_end(csv);
    }
}

/* --- merge --- */

static void put_spaces(orr_store *store, orr_arena *arena, orr_text *table, orr_json *json)
{
    size_t count;
    const orr_store_entry *all = orr_store_list(store, arena, &count);
    orr_json_key(json, "sweeps");
    orr_json_array(json);
    for (size_t i = 0; i < count; i++) {
        if (all[i].point_total == 0) continue;
        orr_text_printf(table, "%s: %s in %s%s\n", all[i].subject, state_of(&all[i], arena), orr_store_path(store), all[i].points >= all[i].point_total ? ", which is all: `orrery sweep` answers from them" : ": shards are missing, or not at their end");
        orr_json_object(json);
        orr_json_put_string(json, "subject", all[i].subject);
        orr_json_put_int(json, "points", all[i].points);
        orr_json_put_int(json, "point_total", all[i].point_total);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
}

static bool merge_all(const orr_ask *ask, const char *into, const char *const *from, size_t count, orr_text *table, orr_json *json, orr_diags *diags)
{
    orr_json_key(json, "from");
    orr_json_array(json);
    for (size_t i = 0; i < count && !orr_cancel_asked(ask->cancel); i++) {
        orr_store_merged added;
        if (orr_text_equal(into, from[i])) continue;
        if (!orr_store_merge(ask->store, from[i], &added, diags)) return false;
        orr_text_printf(table, "%s: %" PRId64 " answers, %" PRId64 " runs, %" PRId64 " points that %s had not\n", from[i], added.answers, added.runs, added.points, into);
        orr_json_object(json);
        orr_json_put_string(json, "store", from[i]);
        orr_json_put_int(json, "answers", added.answers);
        orr_json_put_int(json, "runs", added.runs);
        orr_json_put_int(json, "points", added.points);
        orr_json_object_end(json);
        if (ask->on_progress) ask->on_progress(ask->progress_context, "stores", i + 1, count, 0, NULL);
    }
    orr_json_array_end(json);
    return true;
}

void orr_ask_merge(const orr_ask *ask, const char *const *from, size_t count, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    orr_text table = {0}, text = {0};
    orr_json json = orr_json_begin(&text, true);
    orr_json_object(&json);
    orr_json_put_string(&json, "schema", "orrery-merge/v1");
    const bool good = merge_all(ask, orr_store_path(ask->store), from, count, &table, &json, diags);
    if (good) put_spaces(ask->store, arena, &table, &json);
    if (good) orr_json_object_end(&json);
    else orr_text_clear(&text);
    if (good) orr_text_append(&text, "\n");
    *answer = (orr_answer){.code = orr_exit_code(diags, orr_cancel_asked(ask->cancel) ? ORR_EXIT_INTERRUPTED : ORR_EXIT_DONE)};
    orr_answer_of_bytes(answer, "merge.json", &text, &table, arena);
}

/* --- one of them --- */

bool orr_ask_is_hash(const char *text)
{
    const size_t length = strlen(text);
    return length >= 4 && length < ORR_DIGEST_TEXT && strspn(text, "0123456789abcdefABCDEF") == length;
}

bool orr_ask_find_hash(orr_store *store, const char *beginning, orr_arena *arena, orr_store_entry *entry, orr_diags *diags)
{
    size_t count, found = 0;
    const orr_store_entry *all = orr_store_list(store, arena, &count);
    for (size_t i = 0; i < count; i++) {
        char hash[ORR_DIGEST_TEXT], *own = orr_arena_strdup(arena, orr_digest_text(&all[i].key, hash));
        own[strlen(beginning)] = 0;
        if (all[i].point_total > 0 || !orr_text_equal_ignoring_case(own, beginning)) continue;
        *entry = all[i];
        found++;
    }
    if (found == 1) return true;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, found == 0 ? "%s holds no answer %s" : "in %s more than one answer begins with %s", orr_store_path(store), beginning), found == 0 ? "`orrery ls` shows what is there." : "Write more of its digits.");
    return false;
}
