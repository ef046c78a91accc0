/* Where what is compared comes from. */
#include <string.h>
#include <sys/stat.h>
#include "ask/compare.h"
#include "ask/listing.h"
#include "base/file.h"

static const char *text_of(const orr_node *map, const char *key)
{
    const orr_node *node = orr_tree_get(map, key);
    return node && node->kind == ORR_NODE_SCALAR ? node->scalar : NULL;
}

/* A tree of text in memory; NULL: it can't be read. */
static const orr_node *tree_of(const char *name, const char *text, size_t length_bytes, orr_arena *arena, orr_diags *diags)
{
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){name, text, length_bytes};
    return orr_tree_parse(arena, source, diags);
}

static bool is_answer(const char *schema) { return schema && (orr_text_starts_with(schema, "orrery-results") || orr_text_starts_with(schema, "orrery-sweep") || orr_text_starts_with(schema, "orrery/whatif")); }

static const orr_compared *of_results(const char *name, const char *kind, const char *json, size_t length_bytes, const char *study, orr_arena *arena, orr_diags *diags)
{
    const orr_node *results = tree_of(name, json, length_bytes, arena, diags);
    if (!results) return NULL;
    const char *schema = text_of(results, "schema");
    if (!is_answer(schema)) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is no answer of Orrery's", name), "Compare results.json, a folder that holds one, a study (.yaml), or a hash of `orrery ls`.");
        return NULL;
    }
    orr_compared *c = ORR_NEW(arena, orr_compared);
    *c = (orr_compared){.name = name, .kind = kind ? kind : text_of(results, "kind"), .answer = text_of(results, "answer"), .results = results};
    orr_diags *unheard = orr_diags_create();
    const char *resolved = text_of(results, "resolved_yaml");
    if (resolved) c->inputs = tree_of("resolved.yaml", resolved, strlen(resolved), arena, unheard);
    else if (study) c->inputs = tree_of("study.yaml", study, strlen(study), arena, unheard);
    orr_diags_destroy(unheard);
    if (!c->kind) c->kind = orr_text_starts_with(schema, "orrery-sweep") ? "sweep" : "whatif";
    return c;
}

static const orr_compared *of_study(const orr_ask *ask, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_ask own = *ask;
    orr_answer answer;
    own.path = path;
    own.keep_records = ask->store != NULL;
    own.answer_only = true;
    own.top = 0;
    const orr_study_file *file = orr_ask_read_study(&own, arena, diags);
    if (!file) return NULL;
    const char *verb = file->domain_count > 0 ? "recommend" : "predict";
    if (file->domain_count > 0) {
        own.top = 10;
        orr_ask_recommend(&own, &answer, arena, diags);
    } else orr_ask_predict(&own, NULL, &answer, arena, diags);
    orr_text json = {0};
    orr_answer_write_json(&answer, own.top, arena, &json);
    const orr_compared *c = json.length_bytes > 0 ? of_results(path, verb, orr_arena_strndup(arena, json.bytes, json.length_bytes), json.length_bytes, NULL, arena, diags) : NULL;
    if (!c && orr_diags_error_count(diags) == 0) orr_diag_error(diags, (orr_place){0}, "%s gave no answer%s", path, answer.code == ORR_EXIT_INTERRUPTED ? ": interrupted" : "");
    orr_text_free(&json);
    orr_answer_free(&answer);
    return c;
}

static const orr_compared *of_file(const char *name, const char *path, orr_arena *arena, orr_diags *diags)
{
    const orr_source *source = orr_file_read(arena, path, diags);
    return source ? of_results(name, NULL, source->bytes, source->length_bytes, NULL, arena, diags) : NULL;
}

static const orr_compared *of_hash(orr_store *store, const char *hash, orr_arena *arena, orr_diags *diags)
{
    static const char *const names[] = {"results.json", "sweep.json", "whatif.json"};
    orr_store_entry entry;
    if (!orr_ask_find_hash(store, hash, arena, &entry, diags)) return NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length, study_bytes;
        const char *json = orr_store_find_part(store, &entry.key, names[i], arena, &length);
        if (json) return of_results(orr_arena_printf(arena, "%s, %s", hash, entry.subject), entry.kind, json, length, orr_store_find_part(store, &entry.key, "study.yaml", arena, &study_bytes), arena, diags);
    }
    orr_diag_error(diags, (orr_place){0}, "what the store holds of %s is not whole", hash);
    return NULL;
}

/* A name that can be no path: the JSON of an answer, or a study, itself. */
static bool is_text(const char *name) { return name[0] == '{' || strchr(name, '\n') != NULL; }

static const orr_compared *of_text(const orr_ask *ask, const char *text, orr_arena *arena, orr_diags *diags)
{
    orr_diags *unheard = orr_diags_create();
    const orr_node *tree = tree_of("study", text, strlen(text), arena, unheard);
    const char *schema = tree ? text_of(tree, "schema") : NULL;
    orr_diags_destroy(unheard);
    if (is_answer(schema)) return of_results("an answer", NULL, text, strlen(text), NULL, arena, diags);
    orr_ask own = *ask;
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){"study", text, strlen(text)};
    own.source = source;
    return of_study(&own, "a study", arena, diags);
}

const orr_compared *orr_compare_read(const orr_ask *ask, const char *name, orr_arena *arena, orr_diags *diags)
{
    struct stat status;
    if (is_text(name)) return of_text(ask, name, arena, diags);
    if (stat(name, &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
            static const char *const inside[] = {"results.json", "sweep.json", "whatif.json"};
            for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
                const char *path = orr_arena_printf(arena, "%s/%s", name, inside[i]);
                if (orr_file_exists(path)) return of_file(name, path, arena, diags);
            }
            orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "the folder %s holds no results.json", name), "`-o DIR` of predict and recommend writes one.");
            return NULL;
        }
        return orr_text_ends_with(name, ".json") ? of_file(name, name, arena, diags) : of_study(ask, name, arena, diags);
    }
    if (orr_ask_is_hash(name) && ask->store) return of_hash(ask->store, name, arena, diags);
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "there is no file %s", name);
    if (orr_ask_is_hash(name)) orr_diag_hint(diag, "If it is the hash of an answer, name the store: --store PATH, or ORRERY_STORE.");
    else orr_diag_hint(diag, "Compare results.json, a folder that holds one, a study (.yaml), or a hash of `orrery ls`.");
    return NULL;
}
