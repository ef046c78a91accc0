/* What the files of the store share (private to src/store/). */
#ifndef ORR_STORE_STORE_INTERNAL_H
#define ORR_STORE_STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include "base/vec.h"
#include "store/store.h"

/* A row that waits to be written: the statement it is for, what it binds, and its bytes behind their seal (points are sealed when they are written). */
typedef enum { ORR_ROW_ANSWER, ORR_ROW_PART, ORR_ROW_RUN, ORR_ROW_SPACE, ORR_ROW_POINTS, ORR_ROW_KINDS } orr_row_kind;
typedef struct orr_row { orr_row_kind kind; orr_digest key; orr_arena *arena; orr_store_entry entry; const char *name; void *bytes; size_t length_bytes; size_t count, record_bytes; } orr_row;

struct orr_store {
    char *path;
    sqlite3 *db;
    pthread_mutex_t lock;               /* of all below, and of the connection */
    ORR_VEC(orr_row) waiting;
    size_t waiting_bytes;
    double flushed_s;
    bool failed, told;
    int code;                           /* of SQLite, and its words: of the first failure */
    char why[256];
};

/* Under the lock. */
void orr_store_add_row(orr_store *store, orr_row row);
void orr_store_write_waiting(orr_store *store);
sqlite3_stmt *orr_store_prepare(orr_store *store, const char *sql);      /* NULL: failed */

/* seal.c: bytes behind a hash of them, compressed or not. */
void *orr_seal(const void *bytes, size_t length_bytes, bool compress, size_t *sealed_bytes);       /* orr_mem_free it */
const char *orr_unseal(const void *sealed, size_t sealed_bytes, orr_arena *arena, size_t *length_bytes);      /* NULL: it does not fit */

#endif
