/* The catalogue: data/ as embedded in the binary, by kind and name (aliases too, case and -_ ignored), or a user's file by path. */
#ifndef ORR_SPEC_CATALOGUE_H
#define ORR_SPEC_CATALOGUE_H

#include "base/keep.h"
#include "base/tree.h"
#include "spec/study.h"

typedef enum { ORR_KIND_MODEL, ORR_KIND_CHIP, ORR_KIND_NODE, ORR_KIND_FABRIC, ORR_KIND_ENGINE, ORR_KIND_WORKLOAD, ORR_KIND_STORE, ORR_KIND_PROCESS, ORR_KIND_MEMORY, ORR_KIND_LINK, ORR_KIND_SILICON, ORR_KIND_COST, ORR_KIND_CALIBRATION, ORR_KIND_COUNT_ } orr_catalogue_kind;

typedef struct orr_catalogue_entry { orr_catalogue_kind kind; const char *name, *title, *path; const char *const *aliases; size_t alias_count; } orr_catalogue_entry;

const char *orr_catalogue_kind_name(orr_catalogue_kind kind);        /* "model" */
/* Entries of a kind, sorted by name. Who looks into the catalogue has called orr_catalogue_load, or was started by a thread that has: it reads the names, once, whoever is first; files are parsed as they are asked for, by any thread. */
bool orr_catalogue_load(orr_diags *diags);
const orr_catalogue_entry *orr_catalogue_entries(orr_catalogue_kind kind, size_t *count);
const orr_catalogue_entry *orr_catalogue_find(orr_catalogue_kind kind, const char *name);
/* The tree of an entry or of the file at `name_or_path` (a path starts with '/' or '.', or ends in .yaml/.yml/.json; names of models hold a '/'); NULL with "did you mean" at `place`.
 * An entry's tree is shared and must not be edited (copy it); a file's tree is in `arena`. For the name of an entry arena and diags may be NULL. */
orr_node *orr_catalogue_tree(orr_catalogue_kind kind, const char *name_or_path, orr_place place, orr_arena *arena, orr_diags *diags);
/* The entry whose own tree this is, not a copy of it; NULL: none's. */
const orr_catalogue_entry *orr_catalogue_entry_of(orr_catalogue_kind kind, const orr_node *tree);
/* What follows from an entry, made when it is first asked for (`context` is the entry) and kept. `places`: one for each entry of the kind, made with the first; static, and begins as NULL. */
const void *orr_catalogue_keep(orr_keeping *places, const orr_catalogue_entry *entry, orr_make_fn *make);

#endif
