#include "ask/pack.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "ask/listing.h"
#include "ask/pack_internal.h"
#include "base/file.h"
#include "base/root.h"
#include "base/vec.h"
#include "spec/study_named.h"

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

orr_node *orr_pack_value(const char *setting, orr_arena *arena)
{
    const char *equals = strchr(setting, '=');
    if (!equals) return NULL;
    orr_diags *unheard = orr_diags_create();        /* what is wrong with it is told where it is applied */
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){.name = "--set", .bytes = equals + 1, .length_bytes = strlen(equals + 1)};
    orr_node *value = orr_tree_parse(arena, source, unheard);
    orr_diags_destroy(unheard);
    const char *path = orr_arena_strndup(arena, setting, (size_t)(equals - setting)), *dot = strrchr(path, '.');
    if (value) value->key = dot ? dot + 1 : path;
    return value;
}

/* A setting whose value names files, with their names changed; itself where it names none. */
static const char *changed_setting(const char *setting, orr_named_file_fn *change, void *context, orr_arena *arena)
{
    orr_node *value = orr_pack_value(setting, arena);
    if (!value) return setting;
    orr_text before = {0}, after = {0};
    orr_node bare = *value;
    bare.key = NULL;
    orr_tree_write_json(&bare, &before);
    orr_study_each_named(value, arena, change, context);
    bare.scalar = value->scalar;
    orr_tree_write_json(&bare, &after);
    const char *changed = orr_text_equal(before.bytes, after.bytes) ? setting : orr_arena_printf(arena, "%.*s=%s", (int)strcspn(setting, "="), setting, bare.kind == ORR_NODE_SCALAR ? bare.scalar : after.bytes);
    orr_text_free(&before);
    orr_text_free(&after);
    return changed;
}

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

/* study.yaml and files/, and the question's texts as they are asked from there. */
static bool write_study(const orr_ask *ask, const char *directory, orr_pack_question *question, orr_arena *arena, orr_diags *diags)
{
    orr_study_file *file = orr_ask_read_study(ask, arena, diags);
    if (!file || !orr_directory_make(directory, diags)) return false;
    if (!question->verb) question->verb = file->domain_count > 0 ? "recommend" : "predict";
    packing p = {.arena = arena};
    orr_node *tree = orr_tree_copy(arena, file->tree);
    orr_study_each_named(tree, arena, pack_file, &p);
    const char **texts = ORR_NEW_ARRAY(arena, const char *, question->text_count + 1);
    for (size_t i = 0; i < question->text_count; i++) texts[i] = changed_setting(question->texts[i], pack_file, &p, arena);
    question->texts = texts;
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

const char *orr_pack_absolute_setting(const char *setting, orr_arena *arena) { return changed_setting(setting, make_absolute, arena, arena); }

/* --- of a stored answer --- */

static const char *const *texts_of(const char *json, size_t length_bytes, size_t *count, orr_arena *arena)
{
    orr_diags *unheard = orr_diags_create();
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){"texts", json, length_bytes};
    const orr_node *list = orr_tree_parse(arena, source, unheard);
    orr_diags_destroy(unheard);
    return orr_pack_texts(list, count, arena);
}

static bool of_store(orr_store *store, const char *hash, orr_pack_question *question, const orr_source **source, orr_arena *arena, orr_diags *diags)
{
    orr_store_entry entry;
    size_t length, texts_bytes, unused;
    if (!orr_ask_find_hash(store, hash, arena, &entry, diags)) return false;
    const char *study = orr_store_find_part(store, &entry.key, "study.yaml", arena, &length), *numbers = orr_store_find_part(store, &entry.key, "question", arena, &unused);
    const char *texts = orr_store_find_part(store, &entry.key, "texts", arena, &texts_bytes);
    if (!study || !numbers || !texts) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "what the store holds of %s is not whole", hash), "Pack its study: orrery pack STUDY -o DIR.");
        return false;
    }
    question->verb = orr_text_equal(entry.kind, "recommend --by") ? "recommend" : entry.kind;
    question->texts = texts_of(texts, texts_bytes, &question->text_count, arena);
    sscanf(numbers, "%zu %zu %lld", &question->samples, &question->finalists, &question->search);
    orr_source *own = ORR_NEW(arena, orr_source);
    *own = (orr_source){"study", study, length};
    *source = own;
    return true;
}

/* --- the whole --- */

bool orr_pack_wants_store(const char *subject) { return subject && !orr_file_exists(subject) && orr_ask_is_hash(subject); }

bool orr_pack_take_texts(orr_pack_question *question, const char *const *by, size_t by_count, const char *const *changes, size_t change_count, orr_diags *diags)
{
    const char *verb = change_count > 0 ? "whatif" : by_count > 0 ? "recommend" : question->verb;
    if ((by_count > 0 && change_count > 0) || (question->verb && !orr_text_equal(verb, question->verb))) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--by goes with recommend, --change with whatif"), "Leave one of them out, or --as.");
        return false;
    }
    question->verb = verb;
    question->texts = change_count > 0 ? changes : by;
    question->text_count = change_count > 0 ? change_count : by_count;
    return true;
}

void orr_ask_pack(const orr_ask *ask, const char *directory, orr_pack_question *question, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    if (!directory || !*directory) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "no folder is named"), "Write -o DIR.");
        return;
    }
    orr_ask own = *ask;
    if (!own.source && orr_pack_wants_store(own.path) && own.store && !of_store(own.store, own.path, question, &own.source, arena, diags)) {
        answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
        return;
    }
    const char **settings = ORR_NEW_ARRAY(arena, const char *, ask->setting_count + 1);
    for (size_t i = 0; i < ask->setting_count; i++) settings[i] = orr_text_equal(question->verb, "whatif") ? orr_question_setting(ask->settings[i], arena) : ask->settings[i];
    own.settings = settings;
    const int folder = write_study(&own, directory, question, arena, diags) ? orr_root_open(directory, diags) : -1;
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (folder < 0) return;
    const int before = orr_root_set(folder);
    orr_text manifest = {0}, told = {0};
    answer->code = orr_pack_make_answer(ask, question, &manifest, &answer->remark, arena, diags);
    orr_root_set(before);
    orr_root_close(folder);
    if (manifest.length_bytes > 0) orr_text_printf(&told, "packed %s of %s in %s; `orrery verify %s` makes it again\n", question->verb, ask->path ? ask->path : ask->source->name, directory, directory);
    orr_answer_of_bytes(answer, "manifest.json", &manifest, &told, arena);
}
