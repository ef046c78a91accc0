/* The store's file: opening, the queue of what waits to be written, and what goes wrong. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/file.h"
#include "store/store_internal.h"

#define FLUSH_S 0.2
enum { APPLICATION = 0x4f727279 /* "Orry" */, SCHEMA = 1, BUSY_MS = 30000, WAITING_MOST_BYTES = 16 << 20 };

static const char schema[] =
    "CREATE TABLE answers (key BLOB PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, version TEXT NOT NULL, headline TEXT, remark TEXT, made INTEGER NOT NULL, code INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE parts (key BLOB NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (key, name));"
    "CREATE TABLE runs (key BLOB PRIMARY KEY, bytes BLOB NOT NULL);"
    "CREATE TABLE spaces (key BLOB PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, version TEXT NOT NULL, made INTEGER NOT NULL, total INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE points (id INTEGER PRIMARY KEY, space BLOB NOT NULL, record_bytes INTEGER NOT NULL, count INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE INDEX points_of_space ON points (space);";

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(orr_store *store)
{
    if (store->failed) return;
    store->failed = true;
    store->code = sqlite3_errcode(store->db) & 0xff;
    snprintf(store->why, sizeof store->why, "%s", sqlite3_errmsg(store->db));
}

static bool run_sql(orr_store *store, const char *sql)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK) return true;
    fail(store);
    return false;
}

sqlite3_stmt *orr_store_prepare(orr_store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK) return statement;
    fail(store);
    return NULL;
}

static int64_t pragma_of(orr_store *store, const char *name)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA %s", name);
    sqlite3_stmt *statement = orr_store_prepare(store, sql);
    const int64_t value = statement && sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    if (statement && value < 0) fail(store);
    sqlite3_finalize(statement);
    return value;
}

/* --- opening --- */

/* Several processes may find a new file at once: the first to lock it makes the tables. */
static bool make_tables(orr_store *store)
{
    if (!run_sql(store, "BEGIN IMMEDIATE")) return false;
    char version[96];
    snprintf(version, sizeof version, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION, SCHEMA);
    const bool made = pragma_of(store, "user_version") == SCHEMA || (run_sql(store, schema) && run_sql(store, version));
    return run_sql(store, made ? "COMMIT" : "ROLLBACK") && made;
}

static bool is_ours(orr_store *store, orr_diags *diags)
{
    const int64_t application = pragma_of(store, "application_id"), version = pragma_of(store, "user_version"), tables = pragma_of(store, "schema_version");
    if (store->failed) return false;
    if (tables == 0) return true;
    if (application != APPLICATION) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is a database, but no store of Orrery's", store->path), "Name another file with --store; one that is absent is made.");
        return false;
    }
    if (version == SCHEMA) return true;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "the store %s is of another version of Orrery (its tables are of version %lld, ours of %d)", store->path, (long long)version, SCHEMA), "Name another file with --store.");
    return false;
}

static bool tell_failure(orr_store *store, orr_diags *diags)
{
    if (!store->failed) return true;
    if (store->told) return false;
    store->told = true;
    if (store->code == SQLITE_NOTADB) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is no store", store->path), "Name another file with --store; one that is absent is made.");
        return false;
    }
    orr_diag *diag = orr_diag_environment(diags, "the store %s can't be used: %s", store->path, store->why);
    if (store->code == SQLITE_CANTOPEN || store->code == SQLITE_READONLY) orr_diag_hint(diag, "Its folder must be there, and both allow writing; --store '' computes without a store.");
    else if (store->code == SQLITE_CORRUPT) orr_diag_hint(diag, "The file is damaged: `sqlite3 %s .recover` saves what there is; or name another with --store.", store->path);
    else if (store->code == SQLITE_BUSY) orr_diag_hint(diag, "Another process has held it for %d s.", BUSY_MS / 1000);
    else orr_diag_hint(diag, "Make room there and give the same command again: what is stored is whole, and it goes on from that. Or name another place with --store; --store '' computes without one.");
    return false;
}

static orr_store *open_with(const char *path, int flags, orr_diags *diags)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is a folder; a store is a file", path), "Write --store %s/study.db, for example.", path);
        return NULL;
    }
    orr_store *store = orr_mem_resize(NULL, sizeof *store);
    *store = (orr_store){.path = strcpy(orr_mem_resize(NULL, strlen(path) + 1), path), .flushed_s = now_s() - FLUSH_S};
    pthread_mutex_init(&store->lock, NULL);
    bool good = sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    if (!good) fail(store);
    if (store->db) sqlite3_busy_timeout(store->db, BUSY_MS);
    const size_t told = orr_diags_error_count(diags);
    good = good && is_ours(store, diags) && run_sql(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000") && (pragma_of(store, "user_version") == SCHEMA || make_tables(store));
    if (good) return store;
    if (orr_diags_error_count(diags) == told) tell_failure(store, diags);
    store->failed = store->told = true;
    orr_store_close(store, diags);
    return NULL;
}

orr_store *orr_store_open(const char *path, orr_diags *diags) { return open_with(path, SQLITE_OPEN_CREATE, diags); }

orr_store *orr_store_open_existing(const char *path, orr_diags *diags)
{
    if (orr_file_exists(path)) return open_with(path, 0, diags);
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "there is no store %s", path), "`--store %s` of predict, recommend, sweep and whatif makes it.", path);
    return NULL;
}

const char *orr_store_path(const orr_store *store) { return store->path; }

/* --- writing --- */

static const char *const inserts[ORR_ROW_KINDS] = {
    [ORR_ROW_ANSWER] = "INSERT OR IGNORE INTO answers (key, kind, subject, version, headline, remark, made, code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [ORR_ROW_PART] = "INSERT OR REPLACE INTO parts (key, name, bytes) VALUES (?1, ?2, ?3)",
    [ORR_ROW_RUN] = "INSERT OR REPLACE INTO runs (key, bytes) VALUES (?1, ?2)",
    [ORR_ROW_SPACE] = "INSERT OR IGNORE INTO spaces (key, kind, subject, version, made, total) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [ORR_ROW_POINTS] = "INSERT INTO points (space, record_bytes, count, bytes) VALUES (?1, ?2, ?3, ?4)"};

static void bind_text(sqlite3_stmt *statement, int at, const char *text) { sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC); }

static void bind_row(sqlite3_stmt *statement, const orr_row *row)
{
    const orr_store_entry *e = &row->entry;
    sqlite3_bind_blob(statement, 1, row->key.bytes, ORR_DIGEST_BYTES, SQLITE_STATIC);
    const int length = (int)row->length_bytes;
    switch (row->kind) {
    case ORR_ROW_PART:
        bind_text(statement, 2, row->name);
        sqlite3_bind_blob(statement, 3, row->bytes, length, SQLITE_STATIC);
        return;
    case ORR_ROW_RUN: sqlite3_bind_blob(statement, 2, row->bytes, length, SQLITE_STATIC); return;
    case ORR_ROW_POINTS:
        sqlite3_bind_int64(statement, 2, (int64_t)row->record_bytes);
        sqlite3_bind_int64(statement, 3, (int64_t)row->count);
        sqlite3_bind_blob(statement, 4, row->bytes, length, SQLITE_STATIC);
        return;
    case ORR_ROW_ANSWER:
    case ORR_ROW_SPACE:
    case ORR_ROW_KINDS: break;
    }
    bind_text(statement, 2, e->kind);
    bind_text(statement, 3, e->subject);
    bind_text(statement, 4, e->version);
    if (row->kind == ORR_ROW_SPACE) {
        sqlite3_bind_int64(statement, 5, e->made_s);
        sqlite3_bind_int64(statement, 6, e->point_total);
        return;
    }
    bind_text(statement, 5, e->headline);
    bind_text(statement, 6, e->remark);
    sqlite3_bind_int64(statement, 7, e->made_s);
    sqlite3_bind_int(statement, 8, e->code);
}

static void write_row(orr_store *store, const orr_row *row)
{
    sqlite3_stmt *statement = store->failed ? NULL : orr_store_prepare(store, inserts[row->kind]);
    if (!statement) return;
    orr_row sealed = *row;
    if (row->kind == ORR_ROW_POINTS) sealed.bytes = orr_seal(row->bytes, row->length_bytes, false, &sealed.length_bytes);
    bind_row(statement, &sealed);
    if (sqlite3_step(statement) != SQLITE_DONE) fail(store);
    sqlite3_finalize(statement);
    if (sealed.bytes != row->bytes) orr_mem_free(sealed.bytes);
}

void orr_store_write_waiting(orr_store *store)
{
    if (store->waiting.count == 0) return;
    if (!store->failed && run_sql(store, "BEGIN IMMEDIATE")) {
        for (size_t i = 0; i < store->waiting.count; i++) write_row(store, &store->waiting.items[i]);
        if (store->failed || !run_sql(store, "COMMIT")) sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    for (size_t i = 0; i < store->waiting.count; i++) {
        orr_mem_free(store->waiting.items[i].bytes);
        orr_arena_destroy(store->waiting.items[i].arena);
    }
    store->waiting.count = store->waiting_bytes = 0;
    store->flushed_s = now_s();
}

/* Points of one space are gathered in one row until they are written. */
static bool join_points(orr_store *store, const orr_row *row)
{
    orr_row *last = store->waiting.count > 0 ? &store->waiting.items[store->waiting.count - 1] : NULL;
    if (row->kind != ORR_ROW_POINTS || !last || last->kind != ORR_ROW_POINTS || last->record_bytes != row->record_bytes || !orr_digest_equal(&last->key, &row->key)) return false;
    last->bytes = orr_mem_resize(last->bytes, last->length_bytes + row->length_bytes);
    memcpy((char *)last->bytes + last->length_bytes, row->bytes, row->length_bytes);
    last->length_bytes += row->length_bytes;
    last->count += row->count;
    orr_mem_free(row->bytes);
    return true;
}

void orr_store_add_row(orr_store *store, orr_row row)
{
    store->waiting_bytes += row.length_bytes;
    if (!join_points(store, &row)) orr_vec_push(&store->waiting, row);
    if (store->waiting_bytes > WAITING_MOST_BYTES || now_s() - store->flushed_s >= FLUSH_S) orr_store_write_waiting(store);
}

bool orr_store_failed(orr_store *store)
{
    pthread_mutex_lock(&store->lock);
    const bool failed = store->failed;
    pthread_mutex_unlock(&store->lock);
    return failed;
}

bool orr_store_flush(orr_store *store, orr_diags *diags)
{
    if (!store) return true;
    pthread_mutex_lock(&store->lock);
    orr_store_write_waiting(store);
    pthread_mutex_unlock(&store->lock);
    return tell_failure(store, diags);
}

bool orr_store_close(orr_store *store, orr_diags *diags)
{
    if (!store) return true;
    const bool good = orr_store_flush(store, diags);
    sqlite3_close(store->db);
    pthread_mutex_destroy(&store->lock);
    orr_vec_free(&store->waiting);
    orr_mem_free(store->path);
    orr_mem_free(store);
    return good;
}
