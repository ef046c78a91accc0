#include "ask/keep.h"

#include <stdlib.h>
#include <string.h>
#include "ask/pack.h"
#include "base/json.h"
#include "base/version.h"
#include "spec/study_named.h"

enum { PART_MOST_BYTES = 256 << 20 };       /* a larger file is written from a run of its own each time */
static const char *const file_names[] = {"results.json", "resolved.yaml", "candidates.csv", "requests.csv", "as-it-is.yaml", "changed.yaml", "whatif.json", "sweep.json", "best.csv"};
enum { FILE_NAMES = sizeof file_names / sizeof *file_names };

/* --- digests --- */

typedef struct contents { orr_digest *items; size_t count; } contents;

static void add_content(void *context, orr_node *node, const char *path, orr_node *inner, int depth)
{
    (void)node, (void)inner, (void)depth;
    contents *all = context;
    all->items = orr_mem_resize(all->items, (all->count + 1) * sizeof *all->items);
    if (orr_digest_of_file(path, &all->items[all->count])) all->count++;
}

static int compare_digests(const void *a, const void *b) { return memcmp(a, b, ORR_DIGEST_BYTES); }

/* Of the contents alone, in an order of their own: which is named where is said by the tree. */
static orr_digest digest_of_inputs(const orr_asked *asked, orr_arena *arena)
{
    contents all = {0};
    for (size_t i = 0; i < asked->file_count; i++) orr_study_each_named(asked->files[i]->tree, arena, add_content, &all);
    if (all.count > 1) qsort(all.items, all.count, sizeof *all.items, compare_digests);
    orr_digesting *d = orr_digest_begin();
    for (size_t i = 0; i < all.count; i++)
        if (i == 0 || !orr_digest_equal(&all.items[i], &all.items[i - 1])) orr_digest_add(d, all.items[i].bytes, ORR_DIGEST_BYTES);
    orr_mem_free(all.items);
    return orr_digest_end(d);
}

static void add_study(orr_digesting *d, const orr_study *study)
{
    orr_text resolved = {0};
    orr_study_resolved(study, &resolved);
    orr_digest_add_text(d, resolved.bytes);
    orr_text_free(&resolved);
    for (size_t i = 0; i < study->provenance_count; i++) {
        const orr_provenance *p = &study->provenance[i];
        const char *const said[] = {p->path, orr_origin_name(p->origin), p->source_title, p->source_url, p->source_date, p->note};
        for (size_t k = 0; k < sizeof said / sizeof *said; k++) orr_digest_add_text(d, said[k]);
    }
}

static void add_tree(orr_digesting *d, const orr_study_file *file)
{
    orr_text tree = {0};
    orr_tree_write_yaml(file->tree, &tree);
    orr_digest_add_text(d, tree.bytes);
    orr_text_free(&tree);
}

static orr_digesting *begin_digest(const char *what, const orr_digest *inputs)
{
    orr_digesting *d = orr_digest_begin();
    orr_digest_add_text(d, what);
    orr_digest_add_text(d, orr_model_version);
    orr_digest_add(d, inputs->bytes, ORR_DIGEST_BYTES);
    return d;
}

static const char *subject_of(const orr_ask *ask, const orr_asked *asked, orr_arena *arena)
{
    const char *path = ask->path ? ask->path : ask->source ? ask->source->name : "";
    const char *slash = strrchr(path, '/'), *title = asked->study ? asked->study->title : NULL;
    const orr_node *written = asked->file_count > 0 ? orr_tree_get(asked->files[0]->tree, "title") : NULL;
    if (!title && written && written->kind == ORR_NODE_SCALAR) title = written->scalar;
    const orr_node *model = asked->file_count > 1 ? orr_tree_get(asked->files[0]->tree, "model") : NULL;
    if (asked->file_count > 1) {        /* a what-if: its study may be a question that has no name */
        const char *all = title ? title : model && model->kind == ORR_NODE_SCALAR ? model->scalar : path;
        for (size_t i = 0; i < asked->text_count; i++) all = orr_arena_printf(arena, "%s%s %s", all, i == 0 ? " with" : ",", asked->texts[i]);
        return all;
    }
    return title ? orr_arena_printf(arena, "%s (%s)", slash ? slash + 1 : path, title) : orr_arena_strdup(arena, slash ? slash + 1 : path);
}

orr_keeping_answer orr_keep_begin(const orr_ask *ask, const orr_asked *asked, orr_arena *arena, const orr_diags *diags)
{
    orr_keeping_answer keeping = {.ask = ask, .verb = asked->verb, .file = asked->files[0], .numbers = {asked->numbers[0], asked->numbers[1], asked->numbers[2]}, .texts = asked->texts, .text_count = asked->text_count, .warned = orr_diags_warning_count(diags)};
    if (!ask->store && !ask->crew) return keeping;
    const orr_digest inputs = digest_of_inputs(asked, arena);
    orr_digesting *d = begin_digest(asked->verb, &inputs);
    if (asked->study) add_study(d, asked->study);
    else for (size_t i = 0; i < asked->file_count; i++) add_tree(d, asked->files[i]);
    for (size_t i = 0; i < asked->text_count; i++) orr_digest_add_text(d, asked->texts[i]);
    for (size_t i = 0; i < sizeof asked->numbers / sizeof *asked->numbers; i++) orr_digest_add_int(d, asked->numbers[i]);
    keeping.key = orr_digest_end(d);
    d = begin_digest("points", &inputs);
    add_tree(d, asked->files[0]);
    keeping.memo = (orr_memo){.store = ask->store, .inputs = inputs, .space = orr_digest_end(d), .subject = subject_of(ask, asked, arena)};
    return keeping;
}

const orr_memo *orr_keep_memo(const orr_keeping_answer *keeping) { return keeping->ask->store ? &keeping->memo : NULL; }

/* --- finding --- */

static const char *table_name(bool formulas, size_t top, orr_arena *arena) { return orr_arena_printf(arena, "%s:%zu", formulas ? "formulas" : "table", top); }

bool orr_keep_knows(const orr_keeping_answer *keeping)
{
    orr_arena *arena = orr_arena_create();
    orr_store_entry entry;
    const bool known = orr_store_find_answer(keeping->ask->store, &keeping->key, arena, &entry);
    orr_arena_destroy(arena);
    return known;
}

bool orr_keep_find(orr_keeping_answer *keeping, orr_answer *answer, orr_arena *arena)
{
    orr_store *store = keeping->ask->store;
    orr_store_entry entry;
    if (!store || !orr_store_find_answer(store, &keeping->key, arena, &entry)) return false;
    keeping->known = true;
    if (!keeping->ask->answer_only) return false;
    orr_kept_answer *kept = ORR_NEW(arena, orr_kept_answer);
    orr_report_file *files = ORR_NEW_ARRAY(arena, orr_report_file, FILE_NAMES);
    size_t length;
    kept->table = orr_store_find_part(store, &keeping->key, table_name(false, keeping->ask->top, arena), arena, &length);
    kept->formulas = orr_store_find_part(store, &keeping->key, table_name(true, keeping->ask->top, arena), arena, &length);
    if (!kept->table || !kept->formulas) return false;
    for (size_t i = 0; i < FILE_NAMES; i++) {
        const char *bytes = orr_store_find_part(store, &keeping->key, file_names[i], arena, &length);
        if (bytes) files[kept->file_count++] = (orr_report_file){file_names[i], bytes, length};
    }
    const char *count = orr_store_find_part(store, &keeping->key, "files", arena, &length);
    if (!count || (size_t)strtoul(count, NULL, 10) != kept->file_count) return false;      /* one was too large to be kept */
    kept->files = files;
    answer->kept = kept;
    answer->code = entry.code;
    answer->remark = entry.remark;
    return true;
}

/* --- putting --- */

/* As they are asked again from any folder. */
static void put_texts(const orr_keeping_answer *keeping, orr_arena *arena, orr_text *out)
{
    orr_json json = orr_json_begin(out, false);
    orr_json_array(&json);
    for (size_t i = 0; i < keeping->text_count; i++) orr_json_string(&json, orr_pack_absolute_setting(keeping->texts[i], arena));
    orr_json_array_end(&json);
}

void orr_keep_put(const orr_keeping_answer *keeping, const orr_answer *answer, orr_arena *arena, const orr_diags *diags)
{
    orr_store *store = keeping->ask->store;
    const bool whole = answer->code == ORR_EXIT_DONE || answer->code == ORR_EXIT_NO_ANSWER;
    if (!store || !whole || (answer->sweep && keeping->known) || orr_diags_error_count(diags) > 0 || orr_diags_warning_count(diags) > keeping->warned) return;
    orr_report_file files[ORR_ANSWER_FILES];
    orr_store_part parts[ORR_ANSWER_FILES + 6];
    const size_t file_count = orr_answer_files(answer, keeping->ask->top, arena, files);
    if (file_count == 0) return;
    size_t count = 0;
    for (size_t i = 0; i < file_count; i++)
        if (files[i].length_bytes <= PART_MOST_BYTES) parts[count++] = (orr_store_part){files[i].name, files[i].bytes, files[i].length_bytes};
    orr_text tables[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        orr_answer_write_text(answer, keeping->ask->top, i == 1, arena, &tables[i]);
        parts[count++] = (orr_store_part){table_name(i == 1, keeping->ask->top, arena), tables[i].bytes ? tables[i].bytes : "", tables[i].length_bytes};
    }
    const char *number = orr_arena_printf(arena, "%zu", file_count);
    parts[count++] = (orr_store_part){"files", number, strlen(number)};
    const char *study = orr_pack_absolute_study(keeping->file, arena);
    parts[count++] = (orr_store_part){"study.yaml", study, strlen(study)};
    const char *question = orr_arena_printf(arena, "%lld %lld %lld", (long long)keeping->numbers[0], (long long)keeping->numbers[1], (long long)keeping->numbers[2]);
    parts[count++] = (orr_store_part){"question", question, strlen(question)};
    orr_text texts = {0};
    put_texts(keeping, arena, &texts);
    parts[count++] = (orr_store_part){"texts", texts.bytes, texts.length_bytes};
    const orr_store_entry entry = {.key = keeping->key, .kind = keeping->verb, .subject = keeping->memo.subject, .version = orr_model_version, .headline = orr_answer_headline(answer, arena), .remark = answer->remark, .code = answer->code};
    orr_store_put_answer(store, &entry, parts, count);
    for (int i = 0; i < 2; i++) orr_text_free(&tables[i]);
    orr_text_free(&texts);
}
