/* One store into another: rows that it has not. A row stands for itself (its key, its seal), so that merging again, or in another order, changes nothing. */
#include <string.h>
#include "store/store_internal.h"

static int64_t count_of(orr_store *store, const char *sql)
{
    sqlite3_stmt *statement = orr_store_prepare(store, sql);
    const int64_t count = statement && sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return count;
}

static orr_store_merged counts_of(orr_store *store)
{
    return (orr_store_merged){count_of(store, "SELECT count(*) FROM answers"), count_of(store, "SELECT count(*) FROM runs"), count_of(store, "SELECT total(count) FROM points")};
}

static bool attach(orr_store *store, const char *path)
{
    sqlite3_stmt *statement = orr_store_prepare(store, "ATTACH DATABASE ?1 AS other");
    if (!statement) return false;
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    const bool good = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    return good;
}

static const char copy[] =
    "BEGIN IMMEDIATE;"
    "INSERT OR IGNORE INTO main.answers SELECT * FROM other.answers;"
    "INSERT OR IGNORE INTO main.parts SELECT * FROM other.parts;"
    "INSERT OR IGNORE INTO main.runs SELECT * FROM other.runs;"
    "INSERT OR IGNORE INTO main.spaces SELECT * FROM other.spaces;"
    "INSERT INTO main.points (space, record_bytes, count, bytes) SELECT o.space, o.record_bytes, o.count, o.bytes FROM other.points o WHERE NOT EXISTS (SELECT 1 FROM main.points m WHERE m.space = o.space AND m.bytes = o.bytes) ORDER BY o.id;"
    "COMMIT";

bool orr_store_merge(orr_store *store, const char *path, orr_store_merged *added, orr_diags *diags)
{
    orr_store *other = orr_store_open_existing(path, diags);
    if (other == NULL || !orr_store_close(other, diags)) return false;      /* it is one of ours, and whole */
    pthread_mutex_lock(&store->lock);
    orr_store_write_waiting(store);
    const orr_store_merged before = counts_of(store);
    const bool attached = !store->failed && attach(store, path), good = attached && sqlite3_exec(store->db, copy, NULL, NULL, NULL) == SQLITE_OK;
    char why[256] = "";
    if (!good) {
        strncpy(why, sqlite3_errmsg(store->db), sizeof why - 1);
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    const orr_store_merged after = counts_of(store);
    if (attached) sqlite3_exec(store->db, "DETACH DATABASE other", NULL, NULL, NULL);
    pthread_mutex_unlock(&store->lock);
    *added = (orr_store_merged){after.answers - before.answers, after.runs - before.runs, after.points - before.points};
    if (!good) orr_diag_hint(orr_diag_environment(diags, "%s can't be merged into %s: %s", path, store->path, why), "Nothing of it was taken; make room there and give the same command again.");
    return good;
}
