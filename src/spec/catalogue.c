/* The catalogue: the bytes embedded at build. Names are read at once, a file is parsed when it is first asked for.
 *
 * Invariants: 1. after orr_catalogue_load nothing here changes but trees that come to be, each the same whichever thread asks; 2. names and aliases of a kind differ even with case and -_ ignored
 * (a test holds it); 3. entries are sorted by name, so that lists are the same everywhere. */
#include "spec/catalogue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/embedded.h"
#include "base/file.h"
#include "base/keep.h"
#include "base/vec.h"
#include "spec/catalogue_head.h"

static const struct { const char *name, *folder; } kinds[ORR_KIND_COUNT_] = {
    [ORR_KIND_MODEL] = {"model", "models/"},       [ORR_KIND_CHIP] = {"chip", "chips/"},             [ORR_KIND_NODE] = {"node", "nodes/"},
    [ORR_KIND_FABRIC] = {"fabric", "fabrics/"},    [ORR_KIND_ENGINE] = {"engine", "engines/"},       [ORR_KIND_WORKLOAD] = {"workload", "workloads/"},
    [ORR_KIND_STORE] = {"store", "stores/"},       [ORR_KIND_PROCESS] = {"process", "processes/"}, [ORR_KIND_MEMORY] = {"memory", "memories/"},
    [ORR_KIND_LINK] = {"link", "links/"},          [ORR_KIND_SILICON] = {"silicon", "silicon/"},   [ORR_KIND_COST] = {"cost", "costs/"},
      [ORR_KIND_CALIBRATION] = {"calibration", "calibration/"},
};

typedef struct listed { orr_catalogue_entry entry; const orr_embedded_file *file; } listed;

static struct {
    bool loaded, good;
    orr_arena *arena;                   /* lives as long as the process */
    orr_catalogue_entry *entries[ORR_KIND_COUNT_];
    const orr_embedded_file **files[ORR_KIND_COUNT_];
    orr_keeping *trees[ORR_KIND_COUNT_];
    size_t counts[ORR_KIND_COUNT_];
} catalogue;

const char *orr_catalogue_kind_name(orr_catalogue_kind kind) { return kinds[kind].name; }

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool kind_of_path(const char *path, orr_catalogue_kind *kind)
{
    const char *rest = orr_text_starts_with(path, "data/") ? path + 5 : path;
    for (int i = 0; i < ORR_KIND_COUNT_; i++)
        if (orr_text_starts_with(rest, kinds[i].folder)) { *kind = (orr_catalogue_kind)i; return true; }
    return false;
}

/* --- trees --- */

typedef struct parsing { const orr_embedded_file *file; orr_diags *diags; } parsing;

static const void *parse(orr_arena *arena, const void *context)
{
    const parsing *p = context;
    orr_source *source = ORR_NEW(arena, orr_source);
    source->name = orr_arena_printf(arena, "catalogue: %s", p->file->path);
    source->bytes = p->file->bytes;
    source->length_bytes = p->file->length_bytes;
    orr_diags *own = p->diags ? NULL : orr_diags_create();
    const orr_node *tree = orr_tree_parse(arena, source, p->diags ? p->diags : own);
    if (own) orr_diags_destroy(own);
    return tree;
}

/* Shared, and edited by nobody. */
static orr_node *tree_of(const orr_catalogue_entry *entry, orr_diags *diags)
{
    const size_t i = (size_t)(entry - catalogue.entries[entry->kind]);
    return (orr_node *)orr_keep(&catalogue.trees[entry->kind][i], parse, &(parsing){catalogue.files[entry->kind][i], diags});
}

/* --- names --- */

static const char *text_of(const orr_node *node) { return node ? node->scalar : NULL; }

/* By the parser. */
static bool parse_head(const orr_embedded_file *file, orr_catalogue_head *head, orr_diags *diags)
{
    const orr_node *tree = parse(catalogue.arena, &(parsing){file, diags});
    if (!tree) return false;
    const orr_node *aliases = orr_tree_get(tree, "aliases");
    *head = (orr_catalogue_head){text_of(orr_tree_get(tree, "name")), text_of(orr_tree_get(tree, "title")), ORR_NEW_ARRAY(catalogue.arena, const char *, (aliases ? aliases->child_count : 0) + 1), 0};
    for (const orr_node *a = aliases ? aliases->first : NULL; a; a = a->next)
        if (a->scalar) head->aliases[head->alias_count++] = a->scalar;
    return true;
}

static bool list_file(const orr_embedded_file *file, listed *out, orr_diags *diags)
{
    orr_catalogue_head head;
    if (!orr_catalogue_head_read(catalogue.arena, file->bytes, &head) && !parse_head(file, &head, diags)) return false;
    const char *base = file_name(file->path), *dot = strrchr(base, '.');
    const char *stem = orr_arena_strndup(catalogue.arena, base, dot ? (size_t)(dot - base) : strlen(base));
    out->file = file;
    out->entry.name = head.name ? head.name : stem;
    out->entry.title = head.title ? head.title : out->entry.name;
    out->entry.path = file->path;
    bool stem_known = orr_text_equal_ignoring_case(stem, out->entry.name);
    for (size_t i = 0; i < head.alias_count; i++) stem_known |= orr_text_equal_ignoring_case(head.aliases[i], stem);
    const char **aliases = ORR_NEW_ARRAY(catalogue.arena, const char *, head.alias_count + 1);
    if (head.alias_count) memcpy(aliases, head.aliases, head.alias_count * sizeof *aliases);
    if (!stem_known) aliases[head.alias_count++] = stem;
    out->entry.aliases = aliases;
    out->entry.alias_count = head.alias_count;
    return true;
}

static int by_kind_and_name(const void *a, const void *b)
{
    const listed *x = a, *y = b;
    if (x->entry.kind != y->entry.kind) return x->entry.kind < y->entry.kind ? -1 : 1;
    return strcmp(x->entry.name, y->entry.name);
}

static void load(orr_diags *diags)
{
    ORR_VEC(listed) all = {0};
    catalogue.arena = orr_arena_create();
    catalogue.good = true;
    for (size_t i = 0; i < orr_embedded_file_count; i++) {
        listed one = {0};
        if (!kind_of_path(orr_embedded_files[i].path, &one.entry.kind)) continue;
        if (list_file(&orr_embedded_files[i], &one, diags)) orr_vec_push(&all, one);
        else catalogue.good = false;
    }
    if (all.count) qsort(all.items, all.count, sizeof *all.items, by_kind_and_name);
    for (size_t i = 0; i < all.count;) {
        orr_catalogue_kind kind = all.items[i].entry.kind;
        size_t count = 0;
        while (i + count < all.count && all.items[i + count].entry.kind == kind) count++;
        catalogue.entries[kind] = ORR_NEW_ARRAY(catalogue.arena, orr_catalogue_entry, count);
        catalogue.files[kind] = ORR_NEW_ARRAY(catalogue.arena, const orr_embedded_file *, count);
        catalogue.trees[kind] = ORR_NEW_ARRAY(catalogue.arena, orr_keeping, count);
        catalogue.counts[kind] = count;
        for (size_t k = 0; k < count; k++, i++) {
            catalogue.entries[kind][k] = all.items[i].entry;
            catalogue.files[kind][k] = all.items[i].file;
        }
    }
    orr_vec_free(&all);
    catalogue.loaded = true;
}

bool orr_catalogue_load(orr_diags *diags)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (!catalogue.loaded) load(diags);
    const bool good = catalogue.good;
    pthread_mutex_unlock(&lock);
    return good;
}

const orr_catalogue_entry *orr_catalogue_entries(orr_catalogue_kind kind, size_t *count)
{
    *count = catalogue.counts[kind];
    return catalogue.entries[kind];
}

const orr_catalogue_entry *orr_catalogue_find(orr_catalogue_kind kind, const char *name)
{
    for (size_t i = 0; i < catalogue.counts[kind]; i++)
        if (orr_text_equal_ignoring_case(catalogue.entries[kind][i].name, name)) return &catalogue.entries[kind][i];
    for (size_t i = 0; i < catalogue.counts[kind]; i++) {
        const orr_catalogue_entry *entry = &catalogue.entries[kind][i];
        for (size_t k = 0; k < entry->alias_count; k++)
            if (orr_text_equal_ignoring_case(entry->aliases[k], name)) return entry;
    }
    return NULL;
}

static bool is_path(const char *name)
{
    return name[0] == '/' || name[0] == '.' || orr_text_ends_with(name, ".yaml") || orr_text_ends_with(name, ".yml") || orr_text_ends_with(name, ".json");
}

static void report_unknown(orr_catalogue_kind kind, const char *name, orr_place place, orr_diags *diags)
{
    ORR_VEC(const char *) names = {0};
    for (size_t i = 0; i < catalogue.counts[kind]; i++) {
        const orr_catalogue_entry *entry = &catalogue.entries[kind][i];
        orr_vec_push(&names, entry->name);
        for (size_t k = 0; k < entry->alias_count; k++) orr_vec_push(&names, entry->aliases[k]);
    }
    const char *near = orr_text_nearest(name, names.items, names.count);
    orr_diag *diag = orr_diag_error(diags, place, "the catalogue has no %s \"%s\"", kinds[kind].name, name);
    if (near) orr_diag_hint(diag, "Did you mean \"%s\"? `orrery list %s` shows them all; a path ends in .yaml or .json.", near, kinds[kind].name);
    else orr_diag_hint(diag, "`orrery list %s` shows what there is; a path ends in .yaml or .json.", kinds[kind].name);
    orr_vec_free(&names);
}

orr_node *orr_catalogue_tree(orr_catalogue_kind kind, const char *name_or_path, orr_place place, orr_arena *arena, orr_diags *diags)
{
    if (!orr_catalogue_load(diags)) return NULL;
    const orr_catalogue_entry *entry = orr_catalogue_find(kind, name_or_path);
    if (entry) return tree_of(entry, diags);
    if (!is_path(name_or_path)) { report_unknown(kind, name_or_path, place, diags); return NULL; }
    if (!orr_file_exists(name_or_path)) {
        orr_diag *diag = orr_diag_error(diags, place, "there is no file \"%s\"", name_or_path);
        orr_diag_hint(diag, "Paths are taken from the folder of the file that names them; `orrery list %s` shows the catalogue.", kinds[kind].name);
        return NULL;
    }
    return orr_tree_read_file(arena, name_or_path, diags);
}

const orr_catalogue_entry *orr_catalogue_entry_of(orr_catalogue_kind kind, const orr_node *tree)
{
    for (size_t i = 0; i < catalogue.counts[kind]; i++) {
        const orr_kept *kept = atomic_load_explicit(&catalogue.trees[kind][i], memory_order_acquire);
        if (kept != NULL && kept->thing == tree) return &catalogue.entries[kind][i];
    }
    return NULL;
}

static const void *make_places(orr_arena *arena, const void *context) { return ORR_NEW_ARRAY(arena, orr_keeping, *(const size_t *)context + 1); }

const void *orr_catalogue_keep(orr_keeping *places, const orr_catalogue_entry *entry, orr_make_fn *make)
{
    size_t count;
    const orr_catalogue_entry *entries = orr_catalogue_entries(entry->kind, &count);
    orr_keeping *all = (orr_keeping *)(uintptr_t)orr_keep(places, make_places, &count);
    return orr_keep(&all[entry - entries], make, entry);
}
