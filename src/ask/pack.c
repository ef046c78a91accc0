#include "ask/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ask/listing.h"
#include "base/file.h"
#include "base/json.h"
#include "base/vec.h"
#include "base/version.h"
#include "report/report_html.h"
#include "report/sweep_report.h"
#include "spec/study_named.h"

/* --- the study and its files --- */

typedef struct packed_file { const char *path, *name; orr_node *tree; } packed_file;
typedef struct packing { orr_arena *arena; ORR_VEC(packed_file) files; } packing;

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *name_for(packing *p, const char *path, orr_node *tree)
{
    const char *name = base_name(path);
    for (size_t i = 0; i < p->files.count; i++) {
        if (orr_text_equal(p->files.items[i].path, path)) {
            p->files.items[i].tree = tree;      /* the copy that is walked now is the one that is changed */
            return p->files.items[i].name;
        }
    }
    for (size_t i = 0; i < p->files.count; i++)
        if (orr_text_equal(p->files.items[i].name, name)) name = orr_arena_printf(p->arena, "%zu-%s", p->files.count + 1, base_name(path));
    orr_vec_push(&p->files, (packed_file){path, name, tree});
    return name;
}

static void pack_file(void *context, orr_node *node, const char *path, orr_node *inner, int depth)
{
    packing *p = context;
    if (!orr_study_is_path(node)) return;
    const char *name = name_for(p, path, inner);
    node->scalar = orr_arena_printf(p->arena, depth == 0 ? "./files/%s" : "./%s", name);
}

static bool write_tree(const char *path, const orr_node *tree, orr_diags *diags)
{
    orr_text text = {0};
    orr_tree_write_yaml(tree, &text);
    const bool good = orr_file_write(path, text.bytes, text.length_bytes, diags);
    orr_text_free(&text);
    return good;
}

static const char *verb_of(const orr_pack_question *question, const orr_study_file *file) { return question->verb ? question->verb : file->domain_count > 0 ? "recommend" : "predict"; }

static void note_path(void *context, orr_node *node, const char *path, orr_node *inner, int depth)
{
    (void)path, (void)inner;
    if (depth == 0 && orr_study_is_path(node)) *(bool *)context = true;
}

/* Does a file of YAML name others? Its own bytes do where it does not. */
static bool names_others(const char *path, orr_arena *arena)
{
    bool any = false;
    orr_diags *unheard = orr_diags_create();
    orr_node *tree = orr_tree_read_file(arena, path, unheard);
    if (tree) orr_study_each_named(tree, arena, note_path, &any);
    orr_diags_destroy(unheard);
    return any;
}

bool orr_pack_write_study(const orr_ask *ask, const char *directory, orr_pack_question *question, orr_arena *arena, orr_diags *diags)
{
    orr_study_file *file = orr_ask_read_study(ask, arena, diags);
    if (!file || !orr_directory_make(directory, diags)) return false;
    question->verb = verb_of(question, file);
    packing p = {.arena = arena};
    orr_node *tree = orr_tree_copy(arena, file->tree);
    orr_study_each_named(tree, arena, pack_file, &p);
    bool good = write_tree(orr_arena_printf(arena, "%s/study.yaml", directory), tree, diags) && (p.files.count == 0 || orr_directory_make(orr_arena_printf(arena, "%s/files", directory), diags));
    for (size_t i = 0; i < p.files.count && good; i++) {
        const packed_file *f = &p.files.items[i];
        const char *to = orr_arena_printf(arena, "%s/files/%s", directory, f->name);
        good = f->tree && names_others(f->path, arena) ? write_tree(to, f->tree, diags) : orr_file_copy(f->path, to, diags);
    }
    orr_vec_free(&p.files);
    return good;
}

static void make_absolute(void *context, orr_node *node, const char *path, orr_node *inner, int depth)
{
    enum { FOLDER_BYTES = 4096 };
    (void)inner;
    char folder[FOLDER_BYTES];
    if (depth > 0 || !orr_study_is_path(node)) return;
    if (path[0] == '/') node->scalar = path;
    else if (getcwd(folder, sizeof folder)) node->scalar = orr_arena_printf(context, "%s/%s", folder, path);
}

const char *orr_pack_absolute_study(const orr_study_file *file, orr_arena *arena)
{
    orr_node *tree = orr_tree_copy(arena, file->tree);
    orr_study_each_named(tree, arena, make_absolute, arena);
    orr_text text = {0};
    orr_tree_write_yaml(tree, &text);
    const char *yaml = orr_arena_strdup(arena, text.bytes);
    orr_text_free(&text);
    return yaml;
}

bool orr_pack_of_store(orr_store *store, const char *hash, orr_pack_question *question, const orr_source **source, orr_arena *arena, orr_diags *diags)
{
    orr_store_entry entry;
    size_t length, unused;
    if (!orr_ask_find_hash(store, hash, arena, &entry, diags)) return false;
    const char *study = orr_store_find_part(store, &entry.key, "study.yaml", arena, &length), *numbers = orr_store_find_part(store, &entry.key, "question", arena, &unused);
    const bool asked_again = orr_text_equal(entry.kind, "predict") || orr_text_equal(entry.kind, "recommend") || orr_text_equal(entry.kind, "sweep");
    if (!study || !numbers || !asked_again) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "an answer of %s can't be packed by its hash", entry.kind), orr_text_equal(entry.kind, "whatif") ? "`orrery whatif .. -o DIR` writes both of its studies: pack those." : "Pack its study: orrery pack STUDY -o DIR.");
        return false;
    }
    question->verb = entry.kind;
    sscanf(numbers, "%zu %zu %lld", &question->samples, &question->finalists, &question->search);
    orr_source *own = ORR_NEW(arena, orr_source);
    *own = (orr_source){"study", study, length};
    *source = own;
    return true;
}

/* --- the answer --- */

/* What the pack's study gives, as files; the exit code. */
static int answer_files(const orr_ask *ask, const orr_pack_question *question, orr_arena *arena, orr_report_file *files, size_t *count, orr_answer *answer, orr_diags *diags)
{
    orr_ask own = *ask;
    own.path = "study.yaml";
    own.source = NULL;
    own.store = NULL;
    own.keep_records = true;
    own.settings = NULL;
    own.setting_count = 0;
    *count = 0;
    if (orr_text_equal(question->verb, "predict")) orr_ask_predict(&own, NULL, answer, arena, diags);
    else if (orr_text_equal(question->verb, "recommend")) orr_ask_recommend(&own, answer, arena, diags);
    else {
        const orr_sweep_search search = orr_sweep_search_of(question->search);
        orr_ask_sweep(&own, question->samples, question->finalists, &search, 0, 0, answer, arena, diags);
    }
    if (answer->code != ORR_EXIT_DONE && answer->code != ORR_EXIT_NO_ANSWER) return answer->code;
    *count = orr_answer_files(answer, question->top, arena, files);
    orr_text text = {0};
    orr_answer_write_text(answer, question->top, false, arena, &text);
    files[(*count)++] = (orr_report_file){"table.txt", orr_arena_strndup(arena, text.bytes, text.length_bytes), text.length_bytes};
    orr_text_clear(&text);
    if (answer->sweep) {
        orr_sweep_write_csv(answer->sweep, arena, &text);
        files[(*count)++] = (orr_report_file){"points.csv", orr_arena_strndup(arena, text.bytes, text.length_bytes), text.length_bytes};
    }
    orr_text_free(&text);
    return answer->code;
}

enum { PACK_FILES = ORR_ANSWER_FILES + 2 };

static void put_file(orr_json *json, const char *name, orr_arena *arena)
{
    orr_digest digest;
    char text[ORR_DIGEST_TEXT];
    if (!orr_digest_of_file(name, &digest)) return;
    orr_json_object(json);
    orr_json_put_string(json, "name", orr_arena_strdup(arena, name));
    orr_json_put_string(json, "xxh128", orr_digest_text(&digest, text));
    orr_json_object_end(json);
}

static void collect_named(void *context, orr_node *node, const char *path, orr_node *inner, int depth)
{
    (void)inner, (void)depth;
    packing *p = context;
    if (orr_study_is_path(node)) name_for(p, path, NULL);
}

static bool write_manifest(const orr_pack_question *question, const orr_answer *answer, const orr_report_file *files, size_t count, orr_arena *arena, orr_diags *diags)
{
    orr_text text = {0};
    orr_json writer = orr_json_begin(&text, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-pack/v1");
    orr_json_put_string(json, "orrery_version", ORR_VERSION);
    orr_json_put_string(json, "model_version", orr_model_version);
    orr_json_put_string(json, "verb", question->verb);
    if (orr_text_equal(question->verb, "sweep")) {
        orr_json_put_int(json, "samples", (int64_t)question->samples);
        orr_json_put_int(json, "finalists", (int64_t)question->finalists);
        orr_json_put_int(json, "search", (int64_t)question->search);
    }
    orr_json_put_int(json, "top", (int64_t)question->top);
    orr_json_put_int(json, "exit_code", answer->code);
    orr_json_put_string(json, "headline", orr_answer_headline(answer, arena));
    orr_json_key(json, "files");
    orr_json_array(json);
    put_file(json, "study.yaml", arena);
    packing p = {.arena = arena};
    orr_diags *unheard = orr_diags_create();
    orr_node *tree = orr_tree_read_file(arena, "study.yaml", unheard);
    if (tree) orr_study_each_named(tree, arena, collect_named, &p);
    for (size_t i = 0; i < p.files.count; i++) put_file(json, orr_text_starts_with(p.files.items[i].path, "./") ? p.files.items[i].path + 2 : p.files.items[i].path, arena);
    orr_vec_free(&p.files);
    orr_diags_destroy(unheard);
    for (size_t i = 0; i < count; i++) put_file(json, files[i].name, arena);
    size_t page_bytes;
    if (orr_report_template(&page_bytes) && orr_file_exists("report.html")) put_file(json, "report.html", arena);
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(&text, "\n");
    const bool good = orr_file_write("manifest.json", text.bytes, text.length_bytes, diags);
    orr_text_free(&text);
    return good;
}

static const char *search_words(const orr_pack_question *question, orr_arena *arena)
{
    const orr_sweep_search search = orr_sweep_search_of(question->search);
    const char *words = search.evolves ? " --evolve" : "";
    for (int i = 0; i < search.against_count; i++) words = orr_arena_printf(arena, "%s --against %s", words, orr_yardstick_key(search.against[i]));
    return words;
}

static bool write_script(const orr_pack_question *question, orr_arena *arena, orr_diags *diags)
{
    const char *script = orr_arena_printf(arena,
        "#!/bin/sh\n# Makes this answer again and compares every byte. It was made by orrery %s, model version %s, as\n#   orrery %s study.yaml%s\n"
        "cd \"$(dirname \"$0\")\" && exec \"${ORRERY:-orrery}\" verify .\n", ORR_VERSION, orr_model_version, question->verb,
        orr_text_equal(question->verb, "sweep") ? orr_arena_printf(arena, " --samples %zu --finalists %zu%s --points points.csv", question->samples, question->finalists, search_words(question, arena)) : " -o .");
    return orr_file_write("reproduce.sh", script, strlen(script), diags) && (chmod("reproduce.sh", 0755) == 0 || orr_diag_environment(diags, "can't make reproduce.sh executable") == NULL);
}

int orr_pack_write_answer(const orr_ask *ask, const orr_pack_question *question, orr_arena *arena, orr_text *written, orr_diags *diags)
{
    orr_report_file files[PACK_FILES];
    size_t count;
    orr_answer answer = {0};
    int code = answer_files(ask, question, arena, files, &count, &answer, diags);
    const bool good = count > 0 && orr_report_write_files(files, count, ".", arena, written, diags) && write_script(question, arena, diags) && write_manifest(question, &answer, files, count, arena, diags);
    if (!good) code = orr_exit_code(diags, code == ORR_EXIT_DONE ? ORR_EXIT_ENVIRONMENT : code);
    orr_answer_free(&answer);
    return code;
}

/* --- verifying --- */

static const char *text_of(const orr_node *manifest, const char *key)
{
    const orr_node *node = orr_tree_get(manifest, key);
    return node && node->kind == ORR_NODE_SCALAR ? node->scalar : NULL;
}

static size_t number_of(const orr_node *manifest, const char *key, size_t otherwise)
{
    const char *text = text_of(manifest, key);
    return text ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

/* Files as they lie there against the manifest; false: one was changed. */
static bool check_hashes(const orr_node *manifest, orr_text *report)
{
    bool good = true;
    const orr_node *files = orr_tree_get(manifest, "files");
    for (const orr_node *f = files ? files->first : NULL; f; f = f->next) {
        orr_digest digest;
        char text[ORR_DIGEST_TEXT];
        const char *name = text_of(f, "name"), *wanted = text_of(f, "xxh128");
        if (!name || !wanted) continue;
        const bool there = orr_digest_of_file(name, &digest);
        if (there && orr_text_equal(orr_digest_text(&digest, text), wanted)) continue;
        orr_text_printf(report, "changed     %s %s\n", name, there ? "is not as it was packed" : "is not there");
        good = false;
    }
    return good;
}

static void put_excerpt(const char *who, const char *bytes, size_t length_bytes, size_t line_start, size_t at, orr_text *report)
{
    enum { BEFORE = 40, AFTER = 60 };
    const size_t from = at - line_start > BEFORE ? at - BEFORE : line_start;
    size_t to = at;
    while (to < length_bytes && to < at + AFTER && bytes[to] != '\n' && bytes[to] != '\r') to++;
    orr_text_printf(report, "  %-8s %s", who, from > line_start ? ".." : "");
    orr_text_append_bytes(report, bytes + from, to - from);
    orr_text_append(report, to < length_bytes && bytes[to] != '\n' && bytes[to] != '\r' ? "..\n" : "\n");
}

/* The first byte that differs, with its line and column; false: none. */
static bool put_difference(const char *name, const char *was, size_t was_bytes, const char *is, size_t is_bytes, orr_text *report)
{
    size_t at = 0, line = 1, start = 0;
    while (at < was_bytes && at < is_bytes && was[at] == is[at]) {
        if (was[at] == '\n') { line++; start = at + 1; }
        at++;
    }
    if (at == was_bytes && at == is_bytes) return false;
    orr_text_printf(report, "differs     %s, from line %zu, column %zu (byte %zu; packed were %zu bytes, now there are %zu)\n", name, line, at - start + 1, at + 1, was_bytes, is_bytes);
    put_excerpt("packed", was, was_bytes, start, at, report);
    put_excerpt("now", is, is_bytes, start, at, report);
    return true;
}

static bool check_file(const orr_report_file *now, orr_arena *arena, orr_text *report)
{
    orr_diags *unheard = orr_diags_create();
    const orr_source *was = orr_file_exists(now->name) ? orr_file_read(arena, now->name, unheard) : NULL;
    orr_diags_destroy(unheard);
    if (!was) orr_text_printf(report, "missing     %s\n", now->name);
    else if (!put_difference(now->name, was->bytes, was->length_bytes, now->bytes, now->length_bytes, report)) orr_text_printf(report, "same        %s\n", now->name);
    else return false;
    return was != NULL;
}

int orr_pack_verify(const orr_ask *ask, orr_arena *arena, orr_text *report, orr_diags *diags)
{
    const orr_node *manifest = orr_tree_read_file(arena, "manifest.json", diags);
    if (!manifest) return orr_exit_code(diags, ORR_EXIT_USAGE);
    const orr_pack_question question = {text_of(manifest, "verb"), number_of(manifest, "samples", 100000), number_of(manifest, "finalists", 16), number_of(manifest, "top", 10), (long long)number_of(manifest, "search", 0)};
    static const char *const verbs[] = {"predict", "recommend", "sweep"};
    bool known = orr_text_equal(text_of(manifest, "schema"), "orrery-pack/v1");
    for (size_t i = 0, any = 0; i < 3; i++) {
        any |= orr_text_equal(question.verb, verbs[i]);
        if (i == 2) known = known && any;
    }
    if (!known) {
        orr_diag_hint(orr_diag_error(diags, manifest->place, "this is no manifest of a pack that this version knows"), "`orrery pack STUDY -o DIR` makes one.");
        return ORR_EXIT_USAGE;
    }
    bool good = check_hashes(manifest, report);
    orr_report_file files[PACK_FILES];
    size_t count;
    orr_answer answer = {0};
    const int code = answer_files(ask, &question, arena, files, &count, &answer, diags);
    if (count == 0) {
        orr_answer_free(&answer);
        return code;
    }
    for (size_t i = 0; i < count; i++) good &= check_file(&files[i], arena, report);
    orr_answer_free(&answer);
    const char *version = text_of(manifest, "model_version");
    const bool same_model = orr_text_equal(version, orr_model_version);
    orr_text_append(report, good ? "\nVerified: the answer is the same, byte for byte" : "\nNot the same");
    if (same_model) orr_text_printf(report, good ? ".\n" : ", though code and data of the model are those that packed it (version %.12s): files of the pack were changed, or this machine computes otherwise.\n", orr_model_version);
    else orr_text_printf(report, "%s code and data of the model are not those that packed it (%.12s, now %.12s).\n", good ? ", though" : ":", version ? version : "unknown", orr_model_version);
    return good ? ORR_EXIT_DONE : ORR_EXIT_NO_ANSWER;
}
