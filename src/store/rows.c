/* What is put into the store and found in it, table by table. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "store/store_internal.h"

static const char *kept(orr_arena *arena, const char *text) { return text ? orr_arena_strdup(arena, text) : NULL; }

static orr_store_entry kept_entry(const orr_store_entry *entry, orr_arena *arena)
{
    orr_store_entry e = *entry;
    e.kind = kept(arena, entry->kind);
    e.subject = kept(arena, entry->subject);
    e.version = kept(arena, entry->version);
    e.headline = kept(arena, entry->headline);
    e.remark = kept(arena, entry->remark);
    if (e.made_s == 0) e.made_s = (int64_t)time(NULL);
    return e;
}

static void put(orr_store *store, const orr_row *rows, size_t count, bool now)
{
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < count; i++) orr_store_add_row(store, rows[i]);
    if (now) orr_store_write_waiting(store);
    pthread_mutex_unlock(&store->lock);
}

/* What waits in memory is looked up in the file as well as all else. */
static void settle(orr_store *store) { if (store->waiting.count > 0) orr_store_write_waiting(store); }

static const char *text_of(sqlite3_stmt *statement, int column, orr_arena *arena) { return kept(arena, (const char *)sqlite3_column_text(statement, column)); }

static bool key_of(sqlite3_stmt *statement, int column, orr_digest *key)
{
    if (sqlite3_column_bytes(statement, column) != ORR_DIGEST_BYTES) return false;
    memcpy(key->bytes, sqlite3_column_blob(statement, column), ORR_DIGEST_BYTES);
    return true;
}

/* A statement with a key (and a name) bound; NULL: failed. Under the lock until `done`. */
static sqlite3_stmt *ask(orr_store *store, const char *sql, const orr_digest *key, const char *name)
{
    pthread_mutex_lock(&store->lock);
    sqlite3_stmt *statement = store->failed ? NULL : orr_store_prepare(store, sql);
    if (!statement) return NULL;
    if (key) sqlite3_bind_blob(statement, 1, key->bytes, ORR_DIGEST_BYTES, SQLITE_STATIC);
    if (name) sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    return statement;
}

static void done(orr_store *store, sqlite3_stmt *statement)
{
    sqlite3_finalize(statement);
    pthread_mutex_unlock(&store->lock);
}

/* --- answers --- */

void orr_store_put_answer(orr_store *store, const orr_store_entry *entry, const orr_store_part *parts, size_t part_count)
{
    orr_row *rows = orr_mem_resize(NULL, (part_count + 1) * sizeof *rows);
    for (size_t i = 0; i < part_count; i++) {
        rows[i] = (orr_row){.kind = ORR_ROW_PART, .key = entry->key, .arena = orr_arena_create()};
        rows[i].name = kept(rows[i].arena, parts[i].name);
        rows[i].bytes = orr_seal(parts[i].bytes, parts[i].length_bytes, true, &rows[i].length_bytes);
    }
    rows[part_count] = (orr_row){.kind = ORR_ROW_ANSWER, .key = entry->key, .arena = orr_arena_create()};
    rows[part_count].entry = kept_entry(entry, rows[part_count].arena);
    put(store, rows, part_count + 1, true);
    orr_mem_free(rows);
}

bool orr_store_find_answer(orr_store *store, const orr_digest *key, orr_arena *arena, orr_store_entry *entry)
{
    sqlite3_stmt *statement = ask(store, "SELECT kind, subject, version, headline, remark, made, code FROM answers WHERE key = ?1", key, NULL);
    const bool found = statement && sqlite3_step(statement) == SQLITE_ROW;
    if (found) {
        *entry = (orr_store_entry){.key = *key, .kind = text_of(statement, 0, arena), .subject = text_of(statement, 1, arena), .version = text_of(statement, 2, arena), .headline = text_of(statement, 3, arena),
                                   .remark = text_of(statement, 4, arena), .made_s = sqlite3_column_int64(statement, 5), .code = sqlite3_column_int(statement, 6)};
    }
    done(store, statement);
    return found;
}

static const char *find_blob(orr_store *store, const char *sql, const orr_digest *key, const char *name, orr_arena *arena, size_t *length_bytes)
{
    sqlite3_stmt *statement = ask(store, sql, key, name);
    const bool found = statement && sqlite3_step(statement) == SQLITE_ROW;
    const char *bytes = found ? orr_unseal(sqlite3_column_blob(statement, 0), (size_t)sqlite3_column_bytes(statement, 0), arena, length_bytes) : NULL;
    done(store, statement);
    return bytes;
}

const char *orr_store_find_part(orr_store *store, const orr_digest *key, const char *name, orr_arena *arena, size_t *length_bytes)
{
    return find_blob(store, "SELECT bytes FROM parts WHERE key = ?1 AND name = ?2", key, name, arena, length_bytes);
}

const orr_store_entry *orr_store_list(orr_store *store, orr_arena *arena, size_t *count)
{
    static const char sql[] = "SELECT key, kind, subject, version, headline, made, code, 0, 0 FROM answers"
                              " UNION ALL SELECT s.key, s.kind, s.subject, s.version, NULL, s.made, 0, (SELECT coalesce(sum(count), 0) FROM points WHERE space = s.key), s.total FROM spaces s"
                              " ORDER BY 6, 1";
    ORR_VEC(orr_store_entry) all = {0};
    sqlite3_stmt *statement = ask(store, sql, NULL, NULL);
    while (statement && sqlite3_step(statement) == SQLITE_ROW) {
        orr_store_entry e = {.kind = text_of(statement, 1, arena), .subject = text_of(statement, 2, arena), .version = text_of(statement, 3, arena), .headline = text_of(statement, 4, arena),
                             .made_s = sqlite3_column_int64(statement, 5), .code = sqlite3_column_int(statement, 6), .points = sqlite3_column_int64(statement, 7), .point_total = sqlite3_column_int64(statement, 8)};
        if (key_of(statement, 0, &e.key)) orr_vec_push(&all, e);
    }
    done(store, statement);
    orr_store_entry *entries = ORR_NEW_ARRAY(arena, orr_store_entry, all.count + 1);
    if (all.count > 0) memcpy(entries, all.items, all.count * sizeof *entries);
    *count = all.count;
    orr_vec_free(&all);
    return entries;
}

/* --- runs --- */

void orr_store_put_run(orr_store *store, const orr_digest *key, const void *bytes, size_t length_bytes)
{
    orr_row row = {.kind = ORR_ROW_RUN, .key = *key};
    row.bytes = orr_seal(bytes, length_bytes, true, &row.length_bytes);
    put(store, &row, 1, false);
}

const void *orr_store_find_run(orr_store *store, const orr_digest *key, orr_arena *arena, size_t *length_bytes)
{
    pthread_mutex_lock(&store->lock);
    const orr_row *waits = NULL;
    for (size_t i = 0; i < store->waiting.count && !waits; i++)
        if (store->waiting.items[i].kind == ORR_ROW_RUN && orr_digest_equal(&store->waiting.items[i].key, key)) waits = &store->waiting.items[i];
    const void *bytes = waits ? orr_unseal(waits->bytes, waits->length_bytes, arena, length_bytes) : NULL;
    pthread_mutex_unlock(&store->lock);
    return bytes ? bytes : find_blob(store, "SELECT bytes FROM runs WHERE key = ?1", key, NULL, arena, length_bytes);
}

/* --- points --- */

void orr_store_begin_space(orr_store *store, const orr_store_entry *space)
{
    orr_row row = {.kind = ORR_ROW_SPACE, .key = space->key, .arena = orr_arena_create()};
    row.entry = kept_entry(space, row.arena);
    put(store, &row, 1, true);
}

void orr_store_put_points(orr_store *store, const orr_digest *space, const void *records, size_t record_bytes, size_t count)
{
    orr_row row = {.kind = ORR_ROW_POINTS, .key = *space, .count = count, .record_bytes = record_bytes, .length_bytes = count * record_bytes};
    row.bytes = memcpy(orr_mem_resize(NULL, row.length_bytes), records, row.length_bytes);
    put(store, &row, 1, false);
}

void orr_store_find_points(orr_store *store, const orr_digest *space, size_t record_bytes, orr_store_points_fn *take, void *context)
{
    pthread_mutex_lock(&store->lock);
    settle(store);
    pthread_mutex_unlock(&store->lock);
    sqlite3_stmt *statement = ask(store, "SELECT record_bytes, bytes FROM points WHERE space = ?1 ORDER BY id", space, NULL);
    while (statement && sqlite3_step(statement) == SQLITE_ROW) {
        orr_arena *arena = orr_arena_create();
        size_t length = 0;
        const bool ours = (size_t)sqlite3_column_int64(statement, 0) == record_bytes;
        const char *records = ours ? orr_unseal(sqlite3_column_blob(statement, 1), (size_t)sqlite3_column_bytes(statement, 1), arena, &length) : NULL;
        if (records && length % record_bytes == 0) take(context, records, length / record_bytes);
        orr_arena_destroy(arena);
    }
    done(store, statement);
}
