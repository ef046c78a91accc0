/* The store: what is put is found, whole, by whoever opens the file next; damage is seen; failures are told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "store/store.h"

typedef struct world { orr_arena *arena; orr_diags *diags; char folder[64], path[96]; } world;

static world begin(void)
{
    world w = {.arena = orr_arena_create(), .diags = orr_diags_create(), .folder = "/tmp/orrery-store-XXXXXX"};
    assert_non_null(mkdtemp(w.folder));
    snprintf(w.path, sizeof w.path, "%s/s.db", w.folder);
    return w;
}

static void end(world *w)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) unlink(orr_arena_printf(w->arena, "%s%s", w->path, tails[i]));
    assert_int_equal(rmdir(w->folder), 0);
    orr_diags_destroy(w->diags);
    orr_arena_destroy(w->arena);
}

static orr_digest key_of(const char *text) { return orr_digest_of(text, strlen(text)); }

static void sql(const world *w, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void what_is_put_is_found(void **state)
{
    (void)state;
    world w = begin();
    orr_store *store = orr_store_open(w.path, w.diags);
    assert_non_null(store);
    const orr_digest key = key_of("a"), other = key_of("b");
    char *long_text = orr_arena_alloc(w.arena, 100001);
    memset(long_text, 'x', 100000);
    const orr_store_part parts[] = {{"results.json", "{\"x\":1}\n", 8}, {"empty", "", 0}, {"long", long_text, 100000}};
    orr_store_put_answer(store, &(orr_store_entry){.key = key, .kind = "predict", .subject = "s", .version = "v", .headline = "h", .code = 1}, parts, 3);
    orr_store_put_run(store, &key, "run", 4);
    size_t length;
    assert_string_equal(orr_store_find_run(store, &key, w.arena, &length), "run");      /* still waits, perhaps */
    assert_true(orr_store_close(store, w.diags));

    store = orr_store_open_existing(w.path, w.diags);
    orr_store_entry e;
    assert_true(orr_store_find_answer(store, &key, w.arena, &e));
    assert_string_equal(e.kind, "predict");
    assert_string_equal(e.headline, "h");
    assert_null(e.remark);
    assert_int_equal(e.code, 1);
    assert_true(e.made_s > 0);
    assert_false(orr_store_find_answer(store, &other, w.arena, &e));
    assert_memory_equal(orr_store_find_part(store, &key, "long", w.arena, &length), long_text, 100000);
    assert_int_equal(length, 100000);
    assert_string_equal(orr_store_find_part(store, &key, "empty", w.arena, &length), "");
    assert_int_equal(length, 0);
    assert_null(orr_store_find_part(store, &key, "none", w.arena, &length));
    assert_string_equal(orr_store_find_run(store, &key, w.arena, &length), "run");
    assert_null(orr_store_find_run(store, &other, w.arena, &length));
    assert_true(orr_store_close(store, w.diags));
    assert_int_equal(orr_diags_error_count(w.diags), 0);
    end(&w);
}

typedef struct counted { size_t count; uint64_t sum; } counted;
static void count(void *context, const void *records, size_t record_count)
{
    counted *c = context;
    c->count += record_count;
    for (size_t i = 0; i < record_count; i++) {
        uint64_t value;
        memcpy(&value, (const char *)records + 8 * i, sizeof value);
        c->sum += value;
    }
}

static void points_are_kept_in_batches(void **state)
{
    (void)state;
    world w = begin();
    orr_store *store = orr_store_open(w.path, w.diags);
    const orr_digest space = key_of("space"), other = key_of("other");
    orr_store_begin_space(store, &(orr_store_entry){.key = space, .kind = "sweep", .subject = "s", .version = "v", .point_total = 2000});
    for (uint64_t i = 0; i < 1000; i++) {
        orr_store_put_points(store, &space, &i, sizeof i, 1);
        if (i % 100 == 0) orr_store_put_points(store, &other, &i, sizeof i, 1);
    }
    assert_true(orr_store_close(store, w.diags));
    store = orr_store_open(w.path, w.diags);
    counted c = {0};
    orr_store_find_points(store, &space, 8, count, &c);
    assert_int_equal(c.count, 1000);
    assert_int_equal(c.sum, 999 * 1000 / 2);
    c = (counted){0};
    orr_store_find_points(store, &space, 16, count, &c);       /* records of another size are another program's */
    assert_int_equal(c.count, 0);
    size_t listed;
    const orr_store_entry *all = orr_store_list(store, w.arena, &listed);
    assert_int_equal(listed, 1);
    assert_int_equal(all[0].points, 1000);
    assert_int_equal(all[0].point_total, 2000);
    assert_true(orr_store_close(store, w.diags));
    end(&w);
}

static void what_is_damaged_is_not_there(void **state)
{
    (void)state;
    world w = begin();
    orr_store *store = orr_store_open(w.path, w.diags);
    const orr_digest key = key_of("a");
    orr_store_put_run(store, &key, "some figures", 13);
    orr_store_put_points(store, &key, "12345678", 8, 1);
    assert_true(orr_store_close(store, w.diags));
    sql(&w, "UPDATE runs SET bytes = substr(bytes, 1, 20) || x'00' || substr(bytes, 22); UPDATE points SET bytes = substr(bytes, 1, 23)");
    store = orr_store_open(w.path, w.diags);
    size_t length;
    counted c = {0};
    assert_null(orr_store_find_run(store, &key, w.arena, &length));
    orr_store_find_points(store, &key, 8, count, &c);
    assert_int_equal(c.count, 0);
    assert_true(orr_store_close(store, w.diags));
    end(&w);
}

static void another_s_database_is_left_alone(void **state)
{
    (void)state;
    world w = begin();
    sql(&w, "CREATE TABLE mine (x)");
    assert_null(orr_store_open(w.path, w.diags));
    assert_int_equal(orr_diags_error_count(w.diags), 1);
    assert_int_equal(orr_diags_worst_fault(w.diags), ORR_FAULT_USER);
    orr_text text = {0};
    orr_diags_render(w.diags, false, &text);
    assert_non_null(strstr(text.bytes, "no store of Orrery's"));
    orr_text_free(&text);
    end(&w);
}

/* A writer that holds the file's lock is waited for; two stores on one file see each other's rows. */
static void two_at_once(void **state)
{
    (void)state;
    world w = begin();
    orr_store *one = orr_store_open(w.path, w.diags), *two = orr_store_open(w.path, w.diags);
    const orr_digest a = key_of("a"), b = key_of("b");
    size_t length;
    orr_store_put_run(one, &a, "1", 2);
    orr_store_put_run(two, &b, "2", 2);
    assert_true(orr_store_flush(one, w.diags));
    assert_true(orr_store_flush(two, w.diags));
    assert_string_equal(orr_store_find_run(one, &b, w.arena, &length), "2");
    assert_string_equal(orr_store_find_run(two, &a, w.arena, &length), "1");
    assert_true(orr_store_close(one, w.diags));
    assert_true(orr_store_close(two, w.diags));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found), cmocka_unit_test(points_are_kept_in_batches), cmocka_unit_test(what_is_damaged_is_not_there), cmocka_unit_test(another_s_database_is_left_alone), cmocka_unit_test(two_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
