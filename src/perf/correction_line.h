/* A residual correction of decoding requests while their count stays: a line in their mean context, from `low` up to `high`. */
#ifndef ORR_PERF_CORRECTION_LINE_H
#define ORR_PERF_CORRECTION_LINE_H

typedef struct orr_correction_line { double low, high, base, slope, least; } orr_correction_line;

/* factor - 1 there. */
static inline double orr_correction_line_excess(const orr_correction_line *line, double context)
{
    const double excess = line->base + line->slope * (context - line->low);
    return excess > line->least ? excess : line->least;
}

#endif
