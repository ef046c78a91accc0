/* How tokens come to experts, and where experts are: what a study says of a mixture of experts beside its model. */
#ifndef ORR_SPEC_EXPERTS_H
#define ORR_SPEC_EXPERTS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    ORR_POPULARITY_DRAWN,           /* unknown, of the spread that measured kernels and servers speak for */
    ORR_POPULARITY_EVEN,
    ORR_POPULARITY_POWER_LAW,       /* the i-th most popular as popular as i^-exponent */
    ORR_POPULARITY_HISTOGRAM        /* as counted */
} orr_popularity;

/* Non-negative weights, one an entry. */
typedef struct orr_shares { int64_t count; const double *values; } orr_shares;

enum { ORR_MOST_SHARES = 4096 };

typedef struct orr_experts {
    orr_popularity popularity;
    double exponent;                /* POWER_LAW */
    orr_shares histogram;           /* HISTOGRAM: of each expert, by number */
    int64_t redundant;              /* copies beyond one of each, over all ranks of the engine */
    bool balanced;                  /* experts are put where they even out ranks' loads; else in the order of their numbers */
} orr_experts;

#endif
