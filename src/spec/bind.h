/* The binder: walks a field table over a tree node and fills a struct.
 *
 * Reads plain values, cited values ({value, source, origin, note}) and domains ({choices: ..}, {range: ..}); checks kinds, units, bounds, unknown and missing keys. Reports
 * everything it finds and goes on. Invariants: 1. a field is bound, defaulted or reported, never silently left; 2. in collecting mode every choice of a domain is checked and
 * the first is bound; 3. else the choice picked by `choice_index` is bound, and a domain that has no index is an error. */
#ifndef ORR_SPEC_BIND_H
#define ORR_SPEC_BIND_H

#include "base/tree.h"
#include "base/vec.h"
#include "silicon/silicon.h"
#include "spec/catalogue.h"
#include "spec/field.h"
#include "spec/study.h"

enum { ORR_MAX_PATH_BYTES = 512 };      /* of a dotted path: tables nest at most six deep, names are short */

/* A user's file that a study names, read once. */
typedef struct orr_reference { const char *path; orr_node *tree; } orr_reference;

/* A user's residuals, known by where their map was written (copies of a tree keep that). */
typedef struct orr_read_residuals { orr_place place; const orr_residuals *set; } orr_read_residuals;

/* What a walk over a table came to (bound_table.c), and where domains decided: systems of one study differ there alone. */
typedef struct orr_bound_table orr_bound_table;

typedef struct orr_binder {
    orr_arena *arena;
    orr_diags *diags;
    /* domains */
    bool collecting;
    ORR_VEC(orr_domain) found;              /* collecting: what was met */
    const orr_domain *domains;              /* else: what is known, and the choice of each */
    size_t domain_count;
    const size_t *choice_index;
    /* references to users' files */
    const orr_reference *known_references;
    size_t known_reference_count;
    ORR_VEC(orr_reference) loaded;          /* read on the way */
    const orr_read_residuals *known_residuals;
    size_t known_residuals_count;
    ORR_VEC(orr_read_residuals) residuals;  /* read on the way */
    /* expansion */
    bool overlaying;                        /* what is left open keeps what stands in the struct */
    bool expanding, expansion_varies;       /* a domain decided what a reference stands for: the expanded tree differs from system to system */
    const orr_node *settled;                /* the architecture that was read last, as it is kept since, and what came of it */
    const struct orr_chip_made *made;
    const orr_node *expanded;               /* given: a tree expanded and checked before */
    const orr_model *model;                 /* given with it: the model of that tree */
    const orr_bound_table *bound;           /* given with it: what the walk over it comes to but for domains */
    orr_bound_table *recording;             /* the walk is noted down here; NULL: it isn't */
    /* where we are */
    char path[ORR_MAX_PATH_BYTES];
    size_t path_length;
    const orr_node *sources, *root_sources; /* of the nearest enclosing file, and of the study */
    const char *broken[8];                  /* paths reported already, not to be reported as missing */
    size_t broken_count;
    ORR_VEC(orr_provenance) provenance;
} orr_binder;

orr_binder orr_binder_begin(orr_arena *arena, orr_diags *diags);
void orr_binder_end(orr_binder *binder);                        /* frees the vectors */
/* Enters a step of the path; leave by handing back what enter returned. */
size_t orr_binder_enter(orr_binder *binder, const char *name);
void orr_binder_leave(orr_binder *binder, size_t mark);

/* Binds `map` (NULL: absent, all defaults) at the binder's path. False when anything was reported. */
bool orr_bind_table(orr_binder *binder, const orr_table *table, const orr_node *map, void *base);
/* The same over a struct that is filled: what `map` leaves open stays, save inside what a reference names. */
bool orr_bind_overlay(orr_binder *binder, const orr_table *table, const orr_node *map, void *base);
/* Reads one scalar (or list) into the field. False when reported. */
bool orr_bind_value(orr_binder *binder, const orr_field *field, const orr_node *node, void *base);
/* A value that stands for itself or was chosen: its citation read, its provenance told. False when reported. */
bool orr_bind_chosen(orr_binder *binder, const orr_field *field, const orr_node *value, void *base, orr_provenance *provenance);
/* The node itself or, for a domain, its choice; NULL when reported. `field` tells how to read a range (NULL: choices only). */
const orr_node *orr_binder_choose(orr_binder *binder, const orr_field *field, const orr_node *node);

/* The same walk for other choices, without the walk. Record one (collecting, so that every choice is known to be right) from an arena that outlives its use; what domains decide over is noted by
 * `_note_leaf` before it is bound and `_note_items` after. */
orr_bound_table *orr_bound_table_begin(orr_arena *arena, const void *base, size_t base_bytes);
void orr_bound_table_note_leaf(const orr_binder *binder, const orr_field *field, const void *base);
void orr_bound_table_note_items(const orr_binder *binder, const orr_field *field, const void *base);
void orr_bound_table_refuse(const orr_binder *binder);         /* something that can't be had again this way */
/* NULL: it can't be had again this way. */
const orr_bound_table *orr_bound_table_end(orr_bound_table *bound, const orr_binder *binder);
/* Fills base and provenance as orr_bind_table would at the binder's choices. */
bool orr_bound_table_apply(orr_binder *binder, const orr_bound_table *bound, void *base);

/* Domains (spec/domain.c). */
bool orr_node_is_domain(const orr_node *node);
/* Expands choices or a range into nodes; false when reported. */
bool orr_domain_expand(orr_arena *arena, const char *path, const orr_field *field, const orr_node *node, orr_domain *domain, orr_diags *diags);

/* A cited value is a map with a `value`. */
bool orr_node_is_cited(const orr_node *node);
/* "x2", "+30%", "-20%": a factor above 0. */
bool orr_relative_read(const char *text, double *factor);
/* `over`, or each of its choices, times the number that `base` is; NULL: it is not relative, or `base` no number. */
orr_node *orr_relative_apply(orr_arena *arena, const orr_node *base, const orr_node *over);
/* base overlaid by over (relative values applied), where cited values, domains, lists and maps that extend something of their own are replaced whole. A new tree. */
orr_node *orr_spec_merge(orr_arena *arena, const orr_node *base, const orr_node *over);

typedef struct orr_chip_made { orr_architecture parts; orr_silicon silicon; } orr_chip_made;
bool orr_chip_has_parts(const orr_node *chip);
/* Reads the parts of a chip that has an architecture (the binder is at the chip's path), and leaves that settled: domains chosen, names replaced. False: reported. */
bool orr_chip_read_parts(orr_binder *binder, orr_node *chip, orr_chip_made *made);
/* A chip that has an architecture: what it leaves open is stated as its parts give it; the binder is at the chip's path, and `chip` is the caller's to edit (spec/chip_architecture.c). False: reported. */
bool orr_chip_from_parts(orr_binder *binder, orr_node *chip);
/* `altered` is `base` with `over` laid on top: what the base states follows what `over` does to its parts. False: reported. */
bool orr_chip_follow_parts(orr_binder *binder, const orr_node *base, const orr_node *over, orr_node *altered);

/* The tree that a reference stands for: a name or path, {extends: .., overrides}, a whole inline map, or overrides of `fallback` (a name, or NULL). NULL when reported or when
 * there is nothing. The tree is the caller's to edit. */
orr_node *orr_reference_tree(orr_binder *binder, orr_catalogue_kind kind, const orr_node *node, const char *fallback, orr_place fallback_place);
/* The tree of the file at `path`, as named at `place`: a map, read once and not to be edited. NULL when reported; `what` names it there. */
const orr_node *orr_reference_file(orr_binder *binder, const char *path, orr_place place, const char *what);
/* Is it a path rather than a name? It begins with / or ., or ends in .yaml, .yml or .json. */
bool orr_looks_like_path(const char *name);
void orr_binder_mark_broken(orr_binder *binder, const char *path);
bool orr_binder_is_broken(const orr_binder *binder, const char *path);
/* `path` as named in a file at `place`: relative to that file's folder. */
const char *orr_path_beside(orr_arena *arena, orr_place place, const char *path);

/* The study's tree with every reference replaced by what it refers to, as the table of a study reads it (spec/study_expand.c). Never NULL. */
orr_node *orr_study_expand(orr_binder *binder, const orr_node *tree);
/* Binds structure and meaning, layout aside: what must hold for every choice. */
bool orr_study_bind_structure(orr_binder *binder, const orr_node *tree, orr_study *study);
/* Layout: whether this model can be laid out so on this hardware. Sets layout_fault. */
bool orr_study_check_layout(orr_binder *binder, orr_study *study);
/* What the fleet's settings need of one another and of the layout. Sets layout_fault. */
bool orr_study_check_serving(orr_binder *binder, orr_study *study);
/* Where the value at a dotted path was written; a place without a source when it is a default. */
orr_place orr_binder_place(const orr_binder *binder, const char *path);

#endif
