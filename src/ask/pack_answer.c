/* The answer of a pack, and its manifest: the question, what it was made by, and the hash of each file. */
#include <string.h>
#include <sys/stat.h>
#include "ask/pack_internal.h"
#include "base/file.h"
#include "base/json.h"
#include "base/root.h"
#include "base/vec.h"
#include "base/version.h"
#include "report/report_html.h"
#include "report/sweep_report.h"
#include "spec/study_named.h"

const char *const orr_pack_verbs[] = {"predict", "explain", "recommend", "sweep", "whatif", NULL};

static void add_file(orr_report_file *files, size_t *count, const char *name, orr_text *text, orr_arena *arena)
{
    files[(*count)++] = (orr_report_file){name, orr_arena_strndup(arena, text->bytes ? text->bytes : "", text->length_bytes), text->length_bytes};
    orr_text_clear(text);
}

static void ask_again(const orr_ask *ask, const orr_pack_question *question, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    const char *verb = question->verb;
    if (orr_text_equal(verb, "predict")) orr_ask_predict(ask, NULL, answer, arena, diags);
    else if (orr_text_equal(verb, "explain")) orr_ask_explain(ask, answer, arena, diags);
    else if (orr_text_equal(verb, "recommend") && question->text_count > 0) orr_ask_best_by(ask, question->texts, question->text_count, answer, arena, diags);
    else if (orr_text_equal(verb, "recommend")) orr_ask_recommend(ask, answer, arena, diags);
    else if (orr_text_equal(verb, "whatif")) {
        orr_ask own = *ask;
        own.source = orr_file_read(arena, ask->path, diags);
        if (own.source) orr_ask_whatif(&own, question->texts, question->text_count, answer, arena, diags);
        else answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    } else {
        const orr_sweep_search search = orr_sweep_search_of(question->search);
        orr_ask own = *ask;
        own.contours = question->contours;
        own.contour_cost = question->contour_cost;
        orr_ask_sweep(&own, question->samples, question->finalists, &search, 0, 0, answer, arena, diags);
    }
}

int orr_pack_answer_files(const orr_ask *ask, const orr_pack_question *question, orr_arena *arena, orr_report_file *files, size_t *count, orr_answer *answer, orr_diags *diags)
{
    orr_ask own = *ask;
    own.path = "study.yaml";
    own.source = NULL;
    own.store = NULL;
    own.keep_records = true;
    own.settings = NULL;
    own.setting_count = 0;
    own.seeds = question->seeds;
    *count = 0;
    ask_again(&own, question, answer, arena, diags);
    if (answer->code != ORR_EXIT_DONE && answer->code != ORR_EXIT_NO_ANSWER) return answer->code;
    *count = orr_answer_files(answer, question->top, arena, files);
    orr_text text = {0};
    orr_answer_write_text(answer, question->top, false, arena, &text);
    add_file(files, count, "table.txt", &text, arena);
    if (answer->sweep) {
        orr_sweep_write_csv(answer->sweep, arena, &text);
        add_file(files, count, "points.csv", &text, arena);
    }
    orr_text_free(&text);
    return answer->code;
}

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

typedef struct named { ORR_VEC(const char *) paths; } named;

static void collect_named(void *context, orr_node *node, const char *path, orr_node *inner, int depth)
{
    (void)inner, (void)depth;
    named *n = context;
    if (!orr_study_is_path(node)) return;
    for (size_t i = 0; i < n->paths.count; i++) if (orr_text_equal(n->paths.items[i], path)) return;
    orr_vec_push(&n->paths, path);
}

static void put_texts(orr_json *json, const orr_pack_question *question)
{
    orr_json_key(json, orr_text_equal(question->verb, "whatif") ? "changes" : "by");
    orr_json_array(json);
    for (size_t i = 0; i < question->text_count; i++) orr_json_string(json, question->texts[i]);
    orr_json_array_end(json);
}

/* The files that the pack's study and its changes name, each once. */
static void put_named(orr_json *json, const orr_pack_question *question, orr_arena *arena)
{
    named n = {0};
    orr_diags *unheard = orr_diags_create();
    orr_node *tree = orr_tree_read_file(arena, "study.yaml", unheard);
    if (tree) orr_study_each_named(tree, arena, collect_named, &n);
    for (size_t i = 0; i < question->text_count; i++) {
        tree = orr_pack_value(question->texts[i], arena);
        if (tree) orr_study_each_named(tree, arena, collect_named, &n);
    }
    for (size_t i = 0; i < n.paths.count; i++) put_file(json, orr_text_starts_with(n.paths.items[i], "./") ? n.paths.items[i] + 2 : n.paths.items[i], arena);
    orr_vec_free(&n.paths);
    orr_diags_destroy(unheard);
}

static bool write_manifest(const orr_pack_question *question, const orr_answer *answer, const orr_report_file *files, size_t count, orr_arena *arena, orr_text *text, orr_diags *diags)
{
    orr_json writer = orr_json_begin(text, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-pack/v1");
    orr_json_put_string(json, "orrery_version", ORR_VERSION);
    orr_json_put_string(json, "model_version", orr_model_version);
    orr_json_put_string(json, "verb", question->verb);
    if (orr_text_equal(question->verb, "sweep")) {
        orr_json_put_int(json, "samples", (int64_t)question->samples);
        orr_json_put_int(json, "finalists", (int64_t)question->finalists);
        orr_json_put_int(json, "search", (int64_t)question->search);
        if (question->contours) orr_json_put_string(json, "contours", question->contours);
        if (question->contour_cost) orr_json_put_string(json, "cost", question->contour_cost);
    }
    if (question->seeds > 0) orr_json_put_int(json, "seeds", question->seeds);
    if (question->text_count > 0) put_texts(json, question);
    orr_json_put_int(json, "top", (int64_t)question->top);
    orr_json_put_int(json, "exit_code", answer->code);
    orr_json_put_string(json, "headline", orr_answer_headline(answer, arena));
    orr_json_key(json, "files");
    orr_json_array(json);
    put_file(json, "study.yaml", arena);
    put_named(json, question, arena);
    for (size_t i = 0; i < count; i++) put_file(json, files[i].name, arena);
    size_t page_bytes;
    if (orr_report_template(&page_bytes) && orr_file_exists("report.html")) put_file(json, "report.html", arena);
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(text, "\n");
    return orr_file_write("manifest.json", text->bytes, text->length_bytes, diags);
}

static const char *search_words(const orr_pack_question *question, orr_arena *arena)
{
    const orr_sweep_search search = orr_sweep_search_of(question->search);
    const char *words = search.evolves ? " --evolve" : "";
    for (int i = 0; i < search.against_count; i++) words = orr_arena_printf(arena, "%s --against %s", words, orr_yardstick_key(search.against[i]));
    if (question->contours) words = orr_arena_printf(arena, "%s --contours %s", words, question->contours);
    return question->contour_cost ? orr_arena_printf(arena, "%s --cost %s", words, question->contour_cost) : words;
}

/* The options of the verb, as a comment of a script: on one line. */
static const char *words_of(const orr_pack_question *question, orr_arena *arena)
{
    const char *seeds = question->seeds > 0 ? orr_arena_printf(arena, " --seeds %lld", (long long)question->seeds) : "";
    if (orr_text_equal(question->verb, "sweep")) return orr_arena_printf(arena, " --samples %zu --finalists %zu%s%s --points points.csv", question->samples, question->finalists, search_words(question, arena), seeds);
    char *words = "";
    for (size_t i = 0; i < question->text_count; i++) words = orr_arena_printf(arena, "%s %s '%s'", words, orr_text_equal(question->verb, "whatif") ? "--set" : "--by", question->texts[i]);
    for (char *c = words; *c; c++) if (*c == '\n' || *c == '\r') *c = ' ';
    return orr_arena_printf(arena, "%s%s -o .", words, seeds);
}

static bool write_script(const orr_pack_question *question, orr_arena *arena, orr_diags *diags)
{
    const char *script = orr_arena_printf(arena,
        "#!/bin/sh\n# Makes this answer again and compares every byte. It was made by orrery %s, model version %s, as\n#   orrery %s study.yaml%s\n"
        "cd \"$(dirname \"$0\")\" && exec \"${ORRERY:-orrery}\" verify .\n", ORR_VERSION, orr_model_version, question->verb, words_of(question, arena));
    return orr_file_write("reproduce.sh", script, strlen(script), diags) && (fchmodat(orr_root(), "reproduce.sh", 0755, 0) == 0 || orr_diag_environment(diags, "can't make reproduce.sh executable") == NULL);
}

int orr_pack_make_answer(const orr_ask *ask, const orr_pack_question *question, orr_text *manifest, const char **remark, orr_arena *arena, orr_diags *diags)
{
    orr_report_file files[ORR_PACK_FILES];
    size_t count;
    orr_text written = {0};
    orr_answer answer = {0};
    int code = orr_pack_answer_files(ask, question, arena, files, &count, &answer, diags);
    const bool good = count > 0 && orr_report_write_files(files, count, ".", arena, &written, diags) && write_script(question, arena, diags) && write_manifest(question, &answer, files, count, arena, manifest, diags);
    if (!good) {
        orr_text_clear(manifest);
        code = orr_exit_code(diags, code == ORR_EXIT_DONE ? ORR_EXIT_ENVIRONMENT : code);
    }
    const char *missing = written.length_bytes > 0 ? strstr(written.bytes, "report.html is not written") : NULL;
    *remark = missing ? orr_arena_strdup(arena, missing) : answer.remark;
    orr_text_free(&written);
    orr_answer_free(&answer);
    return code;
}

const char *const *orr_pack_texts(const orr_node *list, size_t *count, orr_arena *arena)
{
    *count = 0;
    const char **texts = ORR_NEW_ARRAY(arena, const char *, (list ? list->child_count : 0) + 1);
    for (const orr_node *item = list ? list->first : NULL; item; item = item->next)
        if (item->kind == ORR_NODE_SCALAR) texts[(*count)++] = item->scalar;
    return texts;
}
