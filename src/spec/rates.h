/* A list of numbers by position; one number stands for all positions. */
#ifndef ORR_SPEC_RATES_H
#define ORR_SPEC_RATES_H

#include <stdbool.h>

enum { ORR_MAX_RATES = 24 };        /* the hours of a day */

typedef struct orr_rates { int count; bool same; double values[ORR_MAX_RATES]; } orr_rates;      /* count 0: not given */

#endif
