/* The catalogue: parsed once from the bytes embedded at build.
 *
 * Invariants: 1. after orr_catalogue_load nothing here changes; 2. names and aliases of a kind differ even with case and -_ ignored (a test holds it);
 * 3. entries are sorted by name, so that lists are the same everywhere. */
#include "spec/catalogue.h"

#include <stdlib.h>
#include <string.h>
#include "base/embedded.h"
#include "base/file.h"
#include "base/vec.h"

static const struct { const char *name, *folder; } kinds[ORR_KIND_COUNT_] = {
    [ORR_KIND_MODEL] = {"model", "models/"},       [ORR_KIND_CHIP] = {"chip", "chips/"},             [ORR_KIND_NODE] = {"node", "nodes/"},
    [ORR_KIND_FABRIC] = {"fabric", "fabrics/"},    [ORR_KIND_ENGINE] = {"engine", "engines/"},       [ORR_KIND_WORKLOAD] = {"workload", "workloads/"},
    [ORR_KIND_STORE] = {"store", "stores/"},       [ORR_KIND_CALIBRATION] = {"calibration", "calibration/"},
};

typedef struct kept { orr_catalogue_entry entry; orr_node *tree; } kept;

static struct {
    bool loaded, good;
    orr_arena *arena;                   /* lives as long as the process */
    orr_catalogue_entry *entries[ORR_KIND_COUNT_];
    orr_node **trees[ORR_KIND_COUNT_];
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

static bool load_file(const orr_embedded_file *file, kept *out, orr_diags *diags)
{
    orr_source *source = ORR_NEW(catalogue.arena, orr_source);
    source->name = orr_arena_printf(catalogue.arena, "catalogue: %s", file->path);
    source->bytes = file->bytes;
    source->length_bytes = file->length_bytes;
    orr_node *tree = orr_tree_parse(catalogue.arena, source, diags);
    if (!tree) return false;
    const orr_node *name = orr_tree_get(tree, "name"), *title = orr_tree_get(tree, "title"), *aliases = orr_tree_get(tree, "aliases");
    const char *base = file_name(file->path), *dot = strrchr(base, '.');
    const char *stem = orr_arena_strndup(catalogue.arena, base, dot ? (size_t)(dot - base) : strlen(base));
    out->tree = tree;
    out->entry.name = name && name->scalar ? name->scalar : stem;
    out->entry.title = title && title->scalar ? title->scalar : out->entry.name;
    out->entry.path = file->path;
    size_t count = 0, room = (aliases ? aliases->child_count : 0) + 1;
    const char **list = ORR_NEW_ARRAY(catalogue.arena, const char *, room);
    for (const orr_node *a = aliases ? aliases->first : NULL; a; a = a->next)
        if (a->scalar) list[count++] = a->scalar;
    if (!orr_text_equal_ignoring_case(stem, out->entry.name)) {
        bool listed = false;
        for (size_t i = 0; i < count; i++) listed |= orr_text_equal_ignoring_case(list[i], stem);
        if (!listed) list[count++] = stem;
    }
    out->entry.aliases = list;
    out->entry.alias_count = count;
    return true;
}

static int by_kind_and_name(const void *a, const void *b)
{
    const kept *x = a, *y = b;
    if (x->entry.kind != y->entry.kind) return x->entry.kind < y->entry.kind ? -1 : 1;
    return strcmp(x->entry.name, y->entry.name);
}

bool orr_catalogue_load(orr_diags *diags)
{
    if (catalogue.loaded) return catalogue.good;
    ORR_VEC(kept) all = {0};
    catalogue.arena = orr_arena_create();
    catalogue.good = true;
    for (size_t i = 0; i < orr_embedded_file_count; i++) {
        kept one = {0};
        if (!kind_of_path(orr_embedded_files[i].path, &one.entry.kind)) continue;
        if (load_file(&orr_embedded_files[i], &one, diags)) orr_vec_push(&all, one);
        else catalogue.good = false;
    }
    if (all.count) qsort(all.items, all.count, sizeof *all.items, by_kind_and_name);
    for (size_t i = 0; i < all.count;) {
        orr_catalogue_kind kind = all.items[i].entry.kind;
        size_t count = 0;
        while (i + count < all.count && all.items[i + count].entry.kind == kind) count++;
        catalogue.entries[kind] = ORR_NEW_ARRAY(catalogue.arena, orr_catalogue_entry, count);
        catalogue.trees[kind] = ORR_NEW_ARRAY(catalogue.arena, orr_node *, count);
        catalogue.counts[kind] = count;
        for (size_t k = 0; k < count; k++, i++) {
            catalogue.entries[kind][k] = all.items[i].entry;
            catalogue.trees[kind][k] = all.items[i].tree;
        }
    }
    orr_vec_free(&all);
    catalogue.loaded = true;
    return catalogue.good;
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
    if (entry) return catalogue.trees[kind][entry - catalogue.entries[kind]];
    if (!is_path(name_or_path)) { report_unknown(kind, name_or_path, place, diags); return NULL; }
    if (!orr_file_exists(name_or_path)) {
        orr_diag *diag = orr_diag_error(diags, place, "there is no file \"%s\"", name_or_path);
        orr_diag_hint(diag, "Paths are taken from the folder of the file that names them; `orrery list %s` shows the catalogue.", kinds[kind].name);
        return NULL;
    }
    return orr_tree_read_file(arena, name_or_path, diags);
}
