/* Does the queue grow without bound?
 *
 * How many requests wait is looked at as each arrives, at evenly spaced arrivals (up to 256, thinned by half when full, so that memory does not grow). Over the second half of the arrivals, cut into b = 16 blocks of equal
 * numbers of arrivals with growths g_1 .. g_b:
 *
 *     t = mean(g) / (s(g) / sqrt(b)),   s the standard deviation;    unstable: t > 3.73 (Student's t, 15 degrees of freedom: once in a thousand by chance),
 *                                                                    each quarter of that half grew, and all of it by more than 2 % of what arrived
 *
 * Blocks are long against the steps' own ups and downs, so their growths are nearly independent while the server is never idle (a random walk with drift: offered less sustained rate); where it is stable they pull
 * back towards the mean, which makes s too large rather than too small. Range: at least 200 arrivals of open load; a drift below some 3.73 s / sqrt(b) a block needs a longer run to be seen. Arrivals whose
 * rate has a course of its own (a trace, a day) are judged by the course that the second half had.
 * Method: batch means (A. M. Law, Simulation Modeling and Analysis, 5th ed. 2015, section 9.5.3) for the noise of a drift. */
#ifndef ORR_DRIVE_GROWTH_H
#define ORR_DRIVE_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

enum { ORR_GROWTH_SAMPLES = 256 };

typedef struct orr_growth_sample { int64_t time_ns, waiting, waiting_prefill /* of these, for prefill engines */, finished, waiting_encoders /* of these, or being encoded */, encoded /* so far */; } orr_growth_sample;
typedef struct orr_growth { orr_growth_sample samples[ORR_GROWTH_SAMPLES]; int count; int64_t stride, arrived; } orr_growth;      /* stride 0: 1 */

/* What the second half of the arrivals shows. */
typedef struct orr_drift {
    bool unstable;
    bool of_prefill;                /* most of the growth waits for prefill engines */
    bool of_encoders;               /* for encoders of images: rates are then of requests that bring some */
    double growth, noise;           /* requests more that wait at its end; their standard deviation by chance */
    double arrivals_per_s, sustained_per_s;     /* what came; what was finished or, where prefill engines hold it up, left their queue (what they served is still decoding) */
} orr_drift;

/* A request arrived and found so many waiting. */
void orr_growth_arrived(orr_growth *growth, const orr_growth_sample *found);
orr_drift orr_growth_drift(const orr_growth *growth);

#endif
