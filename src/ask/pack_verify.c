/* A pack's answer made again: what differs, and whose change that is. */
#include <stdlib.h>
#include "ask/pack_internal.h"
#include "base/file.h"
#include "base/json.h"
#include "base/root.h"
#include "base/vec.h"
#include "base/version.h"

typedef struct checked { const char *name, *state; } checked;      /* same, differs, missing; of inputs and what lies there: changed */
typedef struct verifying { orr_text told; ORR_VEC(checked) files; bool good; } verifying;

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

static void note(verifying *v, const char *name, const char *state)
{
    orr_vec_push(&v->files, (checked){name, state});
    v->good &= orr_text_equal(state, "same");
}

/* Files as they lie there against the manifest. */
static void check_hashes(const orr_node *manifest, verifying *v)
{
    const orr_node *files = orr_tree_get(manifest, "files");
    for (const orr_node *f = files ? files->first : NULL; f; f = f->next) {
        orr_digest digest;
        char text[ORR_DIGEST_TEXT];
        const char *name = text_of(f, "name"), *wanted = text_of(f, "xxh128");
        if (!name || !wanted) continue;
        const bool there = orr_digest_of_file(name, &digest);
        if (there && orr_text_equal(orr_digest_text(&digest, text), wanted)) continue;
        orr_text_printf(&v->told, "changed     %s %s\n", name, there ? "is not as it was packed" : "is not there");
        note(v, name, "changed");
    }
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

static void check_file(const orr_report_file *now, orr_arena *arena, verifying *v)
{
    orr_diags *unheard = orr_diags_create();
    const orr_source *was = orr_file_exists(now->name) ? orr_file_read(arena, now->name, unheard) : NULL;
    orr_diags_destroy(unheard);
    if (!was) orr_text_printf(&v->told, "missing     %s\n", now->name);
    const bool differs = was && put_difference(now->name, was->bytes, was->length_bytes, now->bytes, now->length_bytes, &v->told);
    if (was && !differs) orr_text_printf(&v->told, "same        %s\n", now->name);
    note(v, now->name, !was ? "missing" : differs ? "differs" : "same");
}

static void conclude(verifying *v, const char *version)
{
    const bool same_model = orr_text_equal(version, orr_model_version);
    orr_text_append(&v->told, v->good ? "\nVerified: the answer is the same, byte for byte" : "\nNot the same");
    if (same_model) orr_text_printf(&v->told, v->good ? ".\n" : ", though code and data of the model are those that packed it (version %.12s): files of the pack were changed, or this machine computes otherwise.\n", orr_model_version);
    else orr_text_printf(&v->told, "%s code and data of the model are not those that packed it (%.12s, now %.12s).\n", v->good ? ", though" : ":", version ? version : "unknown", orr_model_version);
}

static void write_json(const verifying *v, const char *version, orr_text *out)
{
    orr_json writer = orr_json_begin(out, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-verify/v1");
    orr_json_put_bool(json, "same", v->good);
    orr_json_put_string(json, "packed_by", version);
    orr_json_put_string(json, "model_version", orr_model_version);
    orr_json_key(json, "files");
    orr_json_array(json);
    for (size_t i = 0; i < v->files.count; i++) {
        orr_json_object(json);
        orr_json_put_string(json, "name", v->files.items[i].name);
        orr_json_put_string(json, "state", v->files.items[i].state);
        orr_json_object_end(json);
    }
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(out, "\n");
}

static bool read_question(const orr_node *manifest, orr_pack_question *question, orr_arena *arena)
{
    *question = (orr_pack_question){.verb = text_of(manifest, "verb"), .samples = number_of(manifest, "samples", 100000), .finalists = number_of(manifest, "finalists", 16), .top = number_of(manifest, "top", 10), .search = (long long)number_of(manifest, "search", 0), .seeds = (int64_t)number_of(manifest, "seeds", 0), .contours = text_of(manifest, "contours"), .contour_cost = text_of(manifest, "cost")};
    const bool is_whatif = orr_text_equal(question->verb, "whatif");
    question->texts = orr_pack_texts(orr_tree_get(manifest, is_whatif ? "changes" : "by"), &question->text_count, arena);
    if (!orr_text_equal(text_of(manifest, "schema"), "orrery-pack/v1")) return false;
    for (size_t i = 0; orr_pack_verbs[i]; i++) if (orr_text_equal(question->verb, orr_pack_verbs[i])) return true;
    return false;
}

static void verify(const orr_ask *ask, const char *directory, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    if (!orr_file_exists("manifest.json")) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is no pack: it has no manifest.json", directory), "`orrery pack STUDY -o DIR` makes one.");
        return;
    }
    orr_pack_question question;
    const orr_node *manifest = orr_tree_read_file(arena, "manifest.json", diags);
    if (!manifest) return;
    if (!read_question(manifest, &question, arena)) {
        orr_diag_hint(orr_diag_error(diags, manifest->place, "this is no manifest of a pack that this version knows"), "`orrery pack STUDY -o DIR` makes one.");
        return;
    }
    verifying v = {.good = true};
    check_hashes(manifest, &v);
    orr_report_file files[ORR_PACK_FILES];
    size_t count;
    orr_answer again = {0};
    answer->code = orr_pack_answer_files(ask, &question, arena, files, &count, &again, diags);
    if (count > 0) {
        for (size_t i = 0; i < count; i++) check_file(&files[i], arena, &v);
        conclude(&v, text_of(manifest, "model_version"));
        orr_text json = {0};
        write_json(&v, text_of(manifest, "model_version"), &json);
        answer->code = v.good ? ORR_EXIT_DONE : ORR_EXIT_NO_ANSWER;
        orr_answer_of_bytes(answer, "verify.json", &json, &v.told, arena);
    }
    orr_text_free(&v.told);
    orr_vec_free(&v.files);
    orr_answer_free(&again);
}

void orr_ask_verify(const orr_ask *ask, const char *directory, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const int folder = orr_root_open(directory, diags);
    if (folder >= 0) {
        const int before = orr_root_set(folder);
        verify(ask, directory, answer, arena, diags);
        orr_root_set(before);
        orr_root_close(folder);
    }
    if (!answer->kept) answer->code = orr_exit_code(diags, answer->code);
}
