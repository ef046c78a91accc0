/* A table bound for one choice of each domain, kept for all others: the struct as the walk left it, what it noted of provenance, and the few places where a domain decides.
 *
 * A leaf depends on its own node alone, so that the walk for other choices differs in the leaves of domains and nowhere else. What that does not hold for is refused when it is recorded: domains that
 * decide over whole sections, stand inside arrays, or choose among citations. What is left can't go wrong: collecting looked at every choice. Arrays of sections are the walk's own in each system, since what follows from other values is written into them: they are copied. */
#include "spec/bind.h"

#include <string.h>

enum { NO_PROVENANCE = -1 };
typedef struct leaf { const orr_field *field; size_t base, domain; int64_t provenance; const char *path; size_t path_length; const orr_node *sources; } leaf;
typedef struct items { size_t at, bytes; } items;

struct orr_bound_table {
    orr_arena *arena;
    const char *recorded;               /* the struct that is being bound */
    void *base;                         /* as the walk left it */
    size_t base_bytes;
    bool refused;
    ORR_VEC(leaf) leaves;
    ORR_VEC(items) arrays;
    const orr_provenance *provenance;
    size_t provenance_count;
    const orr_node *root_sources;
};

orr_bound_table *orr_bound_table_begin(orr_arena *arena, const void *base, size_t base_bytes)
{
    orr_bound_table *bound = ORR_NEW(arena, orr_bound_table);
    bound->arena = arena;
    bound->recorded = base;
    bound->base_bytes = base_bytes;
    return bound;
}

void orr_bound_table_refuse(const orr_binder *binder) { binder->recording->refused = true; }

/* Is it in the struct itself, and not in an array that the struct points at? */
static bool is_inside(const orr_bound_table *bound, const void *base) { return (const char *)base >= bound->recorded && (const char *)base < bound->recorded + bound->base_bytes; }

/* Of a citation the value alone has been looked at. */
static bool has_citation(const orr_domain *domain)
{
    for (size_t i = 0; i < domain->choice_count; i++) if (orr_node_is_cited(domain->choice_nodes[i])) return true;
    return false;
}

void orr_bound_table_note_leaf(const orr_binder *binder, const orr_field *field, const void *base)
{
    orr_bound_table *bound = binder->recording;
    size_t domain = 0;
    while (domain < binder->found.count && strcmp(binder->found.items[domain].path, binder->path) != 0) domain++;
    if (!is_inside(bound, base) || domain == binder->found.count || has_citation(&binder->found.items[domain])) { bound->refused = true; return; }
    const int64_t next = field->flags & ORR_FIELD_UNSTORED ? NO_PROVENANCE : (int64_t)binder->provenance.count;
    orr_vec_push(&bound->leaves, ((leaf){field, (size_t)((const char *)base - bound->recorded), domain, next, orr_arena_strdup(bound->arena, binder->path), binder->path_length, binder->sources}));
}

void orr_bound_table_note_items(const orr_binder *binder, const orr_field *field, const void *base)
{
    orr_bound_table *bound = binder->recording;
    const char *at = (const char *)base + field->offset;
    orr_named_items all;
    if (!is_inside(bound, base)) { bound->refused = true; return; }
    memcpy(&all, at, sizeof all);
    orr_vec_push(&bound->arrays, ((items){(size_t)(at - bound->recorded), ((size_t)all.count + 1) * field->element_bytes}));
}

/* The arrays as well: what follows from other values is written into those of the struct next. */
static void *copy_of(orr_arena *arena, const void *bytes, size_t count_bytes)
{
    void *copy = orr_arena_alloc(arena, count_bytes);
    if (count_bytes > 0) memcpy(copy, bytes, count_bytes);
    return copy;
}

static void own_arrays(const orr_bound_table *bound, orr_arena *arena, char *base)
{
    for (size_t i = 0; i < bound->arrays.count; i++) {
        orr_named_items all;
        memcpy(&all, base + bound->arrays.items[i].at, sizeof all);
        all.items = copy_of(arena, all.items, bound->arrays.items[i].bytes);
        memcpy(base + bound->arrays.items[i].at, &all, sizeof all);
    }
}

const orr_bound_table *orr_bound_table_end(orr_bound_table *bound, const orr_binder *binder)
{
    leaf *leaves = bound->leaves.items;
    items *arrays = bound->arrays.items;
    bound->leaves.items = copy_of(bound->arena, leaves, bound->leaves.count * sizeof *leaves);
    bound->arrays.items = copy_of(bound->arena, arrays, bound->arrays.count * sizeof *arrays);
    orr_mem_free(leaves);
    orr_mem_free(arrays);
    if (bound->refused) return NULL;
    bound->base = copy_of(bound->arena, bound->recorded, bound->base_bytes);
    own_arrays(bound, bound->arena, bound->base);
    bound->provenance = copy_of(bound->arena, binder->provenance.items, binder->provenance.count * sizeof *bound->provenance);
    bound->provenance_count = binder->provenance.count;
    bound->root_sources = binder->root_sources;
    return bound;
}

/* With a path of its own, as errors and citations want it. */
static bool bind_again(orr_binder *binder, const leaf *l, char *base, orr_provenance *provenance)
{
    const orr_node *value = binder->domains[l->domain].choice_nodes[binder->choice_index[l->domain]];
    memcpy(binder->path, l->path, l->path_length + 1);
    binder->path_length = l->path_length;
    binder->sources = l->sources;
    const bool good = orr_bind_chosen(binder, l->field, value, base + l->base, provenance);
    provenance->path = l->path;
    return good;
}

bool orr_bound_table_apply(orr_binder *binder, const orr_bound_table *bound, void *base)
{
    bool good = true;
    memcpy(base, bound->base, bound->base_bytes);
    orr_vec_reserve(&binder->provenance, bound->provenance_count + 64);     /* what prefill engines and the like say of their own follows */
    memcpy(binder->provenance.items, bound->provenance, bound->provenance_count * sizeof *bound->provenance);
    binder->root_sources = bound->root_sources;
    for (size_t i = 0; i < bound->leaves.count; i++) {
        const leaf *l = &bound->leaves.items[i];
        orr_provenance provenance;
        good &= bind_again(binder, l, base, &provenance);
        if (l->provenance != NO_PROVENANCE) binder->provenance.items[l->provenance] = provenance;
    }
    binder->path_length = 0;
    binder->path[0] = 0;
    binder->sources = NULL;
    binder->provenance.count = bound->provenance_count;
    own_arrays(bound, binder->arena, base);
    return good;
}
