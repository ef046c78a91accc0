/* A convex lower bound of a step's time over how many tokens it has.
 *
 * Invariant: orr_minorant_ns(m, n) <= time(n) for every whole n in 1 .. most, given only that time never falls as n grows (a law of the performance model, tested): of the counts
 * a < n <= b between two samples the least time is that of a + 1, and it is put at b. Where time is a staircase whose tiles end at samples, nothing is given away by it. */
#ifndef ORR_LAB_MINORANT_H
#define ORR_LAB_MINORANT_H

#include "base/mem.h"
#include "perf/step.h"

enum { ORR_MINORANT_VERTICES_MAX = 4096 };
typedef struct orr_minorant { int count; double tokens[ORR_MINORANT_VERTICES_MAX], ns[ORR_MINORANT_VERTICES_MAX]; } orr_minorant;

typedef double orr_tokens_ns_fn(const orr_perf *perf, int64_t tokens);
orr_tokens_ns_fn orr_dense_ns, orr_logits_ns;

/* Hulls that were made, for whoever asks again of the same systems: the points of a search that share one. Begin with zeros; they live in the arena. */
enum { ORR_HULLS_MOST = 16 };
typedef struct orr_hulls { int count; struct { orr_tokens_ns_fn *time_ns; const orr_perf *perf; int64_t most; const orr_minorant *hull; } kept[ORR_HULLS_MOST]; orr_arena *arena; } orr_hulls;
const orr_minorant *orr_hulls_get(orr_hulls *hulls, orr_tokens_ns_fn *time_ns, const orr_perf *perf, int64_t most);

void orr_minorant_make(orr_minorant *minorant, orr_tokens_ns_fn *time_ns, const orr_perf *perf, int64_t most);
double orr_minorant_ns(const orr_minorant *minorant, double tokens);
/* min over 0 < x <= most of the minorant at x, over x: the least time of a token in steps of at most `most` tokens in the mean. */
double orr_minorant_least_per_token_ns(const orr_minorant *minorant, double most);

#endif
