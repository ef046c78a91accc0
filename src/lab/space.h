/* The space of a search: the product of a study's domains, as mixed-radix numbers. Point 0 takes every first choice; the last domain turns fastest.
 *
 * Invariants: 1. orr_space_point(orr_space_choices(p)) == p; 2. the number of points is at most ORR_SPACE_POINTS_MAX; 3. a study without domains is a space of one point. */
#ifndef ORR_LAB_SPACE_H
#define ORR_LAB_SPACE_H

#include "spec/study.h"

/* A candidate keeps its summaries (about 2 KB), so this many need 0.5 GB: more points want a smaller question, not a longer wait. */
enum { ORR_SPACE_POINTS_MAX = 1 << 18 };
#define ORR_NO_DOMAIN SIZE_MAX

typedef struct orr_space {
    const orr_domain *domains;
    size_t domain_count;
    size_t point_count;
} orr_space;

/* False with a diagnostic when there are too many points. The space points into `file`. */
bool orr_space_open(const orr_study_file *file, orr_space *space, orr_diags *diags);
void orr_space_choices(const orr_space *space, size_t point, size_t *choice_index /* domain_count of them */);
size_t orr_space_point(const orr_space *space, const size_t *choice_index);

/* The point that is the same system, written with the first choice of each domain that says nothing there (serving.prefill where serving is aggregated): the point itself for most. `choice_index` takes its choices. */
size_t orr_space_original(const orr_space *space, size_t point, size_t *choice_index);

/* The domain whose path ends in `key` ("max_num_seqs"), of the engines that decode where a prefill pool has one too; or ORR_NO_DOMAIN. */
size_t orr_space_find_domain(const orr_space *space, const char *key);
/* True where the domain changes what arrives (traffic, seed), not what serves it. A path that is not known counts as one that does. */
bool orr_domain_shapes_traffic(const orr_domain *domain);

/* The domain of this path or, where there is none, the one whose path ends so ("memory.bandwidth"); NULL: none. `several`: more than one does, and what is returned is any of them. */
const orr_domain *orr_domain_find(const orr_domain *domains, size_t count, const char *path, bool *several);
/* True where the domain says how much of a system there is or how much is asked of it: a prepared system (perf/step.h) is the same whatever its choice. */
bool orr_domain_is_load(const orr_domain *domain);
/* The points in groups that differ in load alone: those of group g are members[first[g] .. first[g + 1]), of which no group has more than `most`. */
typedef struct orr_point_groups { size_t *members, *first, count; } orr_point_groups;
orr_point_groups orr_space_groups(const orr_space *space, size_t most, orr_arena *arena);

/* The end of its path that no other of the domains shares: "memory.bandwidth" beside "link.bandwidth". */
const char *orr_domain_name(const orr_domain *domains, size_t count, size_t domain);

#endif
