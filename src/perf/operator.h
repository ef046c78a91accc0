/* An operator's cost, and the sinks that take it.
 *
 * The model is walked once, operator by operator, into a sink: a *sum*, or a sum that also keeps the list. Invariants: 1. a line of the list is what was added
 * to the sum, bit for bit, in the same order; 2. times are of the busiest rank, everything else is of all the engine's chips that take part. */
#ifndef ORR_PERF_OPERATOR_H
#define ORR_PERF_OPERATOR_H

#include "perf/energy.h"
#include "perf/kernel_shape.h"
#include "perf/step.h"

/* What the numbers of a shape mean, for the explanation. */
typedef enum {
    ORR_SHAPE_NONE,
    ORR_SHAPE_GEMM,             /* m, n, k, dtype */
    ORR_SHAPE_GROUPED,          /* experts touched, rows in all, n, k, dtype */
    ORR_SHAPE_ROWS,             /* rows, bytes a row */
    ORR_SHAPE_DECODE,           /* requests, context in all, KV heads, dtype */
    ORR_SHAPE_CHUNK,            /* new tokens, context, heads, dtype; chunks: of so many together */
    ORR_SHAPE_COLLECTIVE,       /* ranks, bytes */
    ORR_SHAPE_LAUNCH            /* kernels */
} orr_shape_kind;

typedef struct orr_operator {
    const char *name;
    double times;               /* executions in a step */
    double kernels;             /* launches of one execution */
    orr_cost cost;              /* of one execution; time_ns: what of it lies on the step's longest path in the mean, all of it but where micro-batches overlap */
    double own_ns;              /* its own time */
    orr_binding binding;
    orr_shape_kind shape;
    orr_dtype dtype;
    double size[4];
    const char *way;            /* of a collective on a fabric by parts: the algorithm that was the quickest; NULL: not said */
    orr_kernel_family family;   /* whose error is its own: COUNT_ for what no measured family speaks of */
    double log_error;           /* |log(real / predicted)| that nine kernels of ten keep */
} orr_operator;

typedef struct orr_operator_list { orr_operator *items; int count, capacity; orr_arena *arena; } orr_operator_list;

typedef struct orr_sink {
    orr_cost *sum;
    double kernels;
    double excess;              /* residual correction of what is emitted: its time is 1 + excess times the model's (correction.h) */
    orr_kernel_family family;   /* with a list: of what is emitted, and how far off it may be */
    double log_error;
    orr_operator_list *list;    /* NULL: sum only */
    int group;                  /* of layers, which what is emitted belongs to; ORR_NO_LAYER_GROUP: none */
    double *group_ns;           /* with attention and FFN apart (afd.h): time by group, [ORR_LAYER_GROUPS]; NULL: not asked for */
    const double *hidden;       /* the same: what share of a group's executions lies behind others; NULL: nothing does */
} orr_sink;

/* Groups of equal layers, and what is outside of layers. */
enum { ORR_NO_LAYER_GROUP = ORR_MAX_LAYER_GROUPS, ORR_LAYER_GROUPS = ORR_MAX_LAYER_GROUPS + 1 };

void orr_operator_list_push(orr_operator_list *list, const orr_operator *operator_);

/* Adds what is emitted to the sum: corrected, as `cost` then is. All there is to do where nobody keeps the list. */
static inline void orr_emit_sum(orr_sink *sink, orr_cost *cost, double times, double kernels)
{
    cost->time_ns *= 1 + sink->excess;
    if (sink->group_ns != NULL) sink->group_ns[sink->group] += cost->time_ns * times;
    if (sink->hidden != NULL) cost->time_ns *= 1 - sink->hidden[sink->group];
    orr_cost_add(sink->sum, cost, times);
    sink->kernels += times * kernels;
}

static inline void orr_emit(orr_sink *sink, const orr_operator *operator_)
{
    orr_operator corrected = *operator_;
    corrected.own_ns = corrected.cost.time_ns * (1 + sink->excess);
    orr_emit_sum(sink, &corrected.cost, operator_->times, operator_->kernels);
    if (sink->list == NULL) return;
    corrected.family = sink->family;
    corrected.log_error = sink->log_error;
    orr_operator_list_push(sink->list, &corrected);
}

/* What one execution asks of one rank (the busiest), and how that scales to all. */
typedef struct orr_work {
    orr_dtype dtype;            /* of the matrix products */
    double flop, vector_flop;   /* a rank's */
    double bytes;               /* a rank's DRAM traffic that follows the tokens */
    double static_bytes;        /* a rank's DRAM traffic whatever the tokens: weights */
    double link_bytes, fabric_bytes;    /* sent by a rank */
    double ranks;               /* chips that do the same */
    double mean_share;          /* mean rank's tokens / busiest rank's: 1 unless ranks differ */
} orr_work;

/* Turns a rank's work and time into an operator's cost. */
static inline void orr_work_cost(const orr_machine *machine, const orr_work *work, double time_ns, orr_cost *cost)
{
    double bytes = work->bytes + work->static_bytes, peak = machine->matrix_flop_per_ns[work->dtype];
    double scale = work->ranks * work->mean_share;
    double total_flop = work->flop * scale, total_vector = work->vector_flop * scale;
    double total_bytes = work->bytes * scale + work->static_bytes * work->ranks;
    double link_bytes = work->link_bytes * scale, fabric_bytes = work->fabric_bytes * scale;
    cost->time_ns = time_ns;
    cost->flop = total_flop + total_vector;
    cost->memory_bytes = total_bytes;
    cost->link_bytes = link_bytes + fabric_bytes;
    double matrix_ns = peak > 0 ? work->flop / peak * machine->matrix_reach : 0, vector_ns = work->vector_flop / machine->vector_flop_per_ns;
    cost->compute_limit_ns = matrix_ns > vector_ns ? matrix_ns : vector_ns;     /* the units could work side by side */
    cost->memory_limit_ns = bytes / machine->memory_bytes_per_ns * machine->memory_reach;     /* of the datasheet's peak */
    double link_ns = work->link_bytes > 0 ? work->link_bytes / machine->link_bytes_per_ns : 0, fabric_ns = work->fabric_bytes > 0 ? work->fabric_bytes / machine->fabric_bytes_per_ns : 0;
    cost->link_limit_ns = link_ns > fabric_ns ? link_ns : fabric_ns;
    cost->energy_j = orr_energy_j(machine, time_ns, work->ranks, total_flop, work->dtype, total_vector, total_bytes,
                                  link_bytes * machine->j_per_link_byte + fabric_bytes * machine->j_per_fabric_byte);
}

#endif
