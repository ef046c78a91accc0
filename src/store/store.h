/* The study store: what was computed, by the digest of what it follows from. One SQLite file in WAL mode; several processes may use it at once.
 *
 *   answers   a whole answer of a verb: who asked what, when, the answer in a sentence, and its parts (the JSON, tables, CSV) as compressed bytes
 *   runs      one simulation's figures, by the digest of its resolved study
 *   points    estimated points of a space, in batches of many
 *
 * Invariants
 *  1. What is read is what was put, whole: each row is written in one transaction and sealed with a hash of its bytes; a row that does not fit its seal is as good as absent.
 *  2. A process that dies at any instant, or a disk that fills up, loses what it put within the last FLUSH_S at most, and what is left is whole.
 *  3. Putting never waits for the disk longer than once in FLUSH_S. The first failure is kept: nothing is written after it, and closing reports it with the way out.
 *  4. Keys hold the model's version (base/version.h), so that an answer of other code or data is never found.
 * Thread-safe. */
#ifndef ORR_STORE_STORE_H
#define ORR_STORE_STORE_H

#include "base/diag.h"
#include "base/digest.h"

typedef struct orr_store orr_store;

typedef struct orr_store_entry {
    orr_digest key;
    const char *kind;               /* "predict", .. */
    const char *subject;            /* what was asked, in a few words */
    const char *version;            /* of the model */
    const char *headline;           /* the answer in a sentence */
    const char *remark;             /* what went to stderr beside it; NULL: nothing */
    int64_t made_s;                 /* seconds since 1970; 0 where it is put: now */
    int code;                       /* exit code */
    int64_t points, point_total;    /* a space that is being swept; 0: an answer */
} orr_store_entry;

/* Made when absent. NULL: reported. */
orr_store *orr_store_open(const char *path, orr_diags *diags);
/* One that is there already. */
orr_store *orr_store_open_existing(const char *path, orr_diags *diags);
const char *orr_store_path(const orr_store *store);
/* Writes what waits. False: reported, once for each store. NULL is allowed. */
bool orr_store_flush(orr_store *store, orr_diags *diags);
bool orr_store_close(orr_store *store, orr_diags *diags);
/* Nothing can be put any more; closing tells why. */
bool orr_store_failed(orr_store *store);

/* Takes what the store at `path` has and this has not. False: reported, and nothing was taken. */
typedef struct orr_store_merged { int64_t answers, runs, points; } orr_store_merged;
bool orr_store_merge(orr_store *store, const char *path, orr_store_merged *added, orr_diags *diags);

/* --- answers --- */
typedef struct orr_store_part { const char *name, *bytes; size_t length_bytes; } orr_store_part;
void orr_store_put_answer(orr_store *store, const orr_store_entry *entry, const orr_store_part *parts, size_t part_count);
bool orr_store_find_answer(orr_store *store, const orr_digest *key, orr_arena *arena, orr_store_entry *entry);
/* NULL: there is none. NUL-terminated. */
const char *orr_store_find_part(orr_store *store, const orr_digest *key, const char *name, orr_arena *arena, size_t *length_bytes);
/* All answers, and spaces that have points and no answer, the oldest first; in `arena`. */
const orr_store_entry *orr_store_list(orr_store *store, orr_arena *arena, size_t *count);

/* --- runs --- */
void orr_store_put_run(orr_store *store, const orr_digest *key, const void *bytes, size_t length_bytes);
/* In `arena`; NULL: there is none. */
const void *orr_store_find_run(orr_store *store, const orr_digest *key, orr_arena *arena, size_t *length_bytes);

/* --- points: records of a fixed size --- */
void orr_store_begin_space(orr_store *store, const orr_store_entry *space);     /* key, kind, subject, version, point_total */
void orr_store_put_points(orr_store *store, const orr_digest *space, const void *records, size_t record_bytes, size_t count);
typedef void orr_store_points_fn(void *context, const void *records, size_t count);
void orr_store_find_points(orr_store *store, const orr_digest *space, size_t record_bytes, orr_store_points_fn *take, void *context);

#endif
