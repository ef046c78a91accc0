/* What stands behind source.h: one kind of source, as a small table of functions. Private to src/traffic.
 *
 * A kind says what request i is made of; when it arrives is the business of source.c (arrivals.h), except for a trace, which also knows its own times. */
#ifndef ORR_TRAFFIC_SOURCE_KIND_H
#define ORR_TRAFFIC_SOURCE_KIND_H

#include "base/mem.h"
#include "traffic/source.h"

typedef struct orr_source_kind {
    /* Fills lengths, segments and session of request `index` (from 0, in order); a trace also arrival_ns, from its first record. False at the end or when broken. */
    bool (*next)(void *state, uint64_t index, orr_arrival *arrival);
    bool (*failed)(const void *state);      /* NULL: can't */
    void (*close)(void *state);             /* NULL: the arena has it all */
    /* Sessions (source_sessions.c), as orr_source_left and orr_source_turn say; NULL: none. `arrival` NULL: the turn is not wanted. */
    orr_turns (*left)(void *state, uint64_t session, int64_t time_ns, bool served);
    void (*turn)(void *state, uint32_t number, orr_arrival *arrival);
} orr_source_kind;

/* An open source; `state` NULL: not opened (reported). */
typedef struct orr_source_part {
    const orr_source_kind *kind;
    void *state;
    double rate_per_s;      /* its own mean rate; 0: none */
    double gap_cv;          /* of its own gaps; 0: not known */
} orr_source_part;

orr_source_part orr_source_profile_open(orr_arena *arena, const orr_workload *workload, uint64_t seed);
/* Sessions whose turns have the lengths of `lengths`. */
orr_source_part orr_source_sessions_open(orr_arena *arena, const orr_sessions *sessions, orr_source_part lengths, uint64_t seed);
orr_source_part orr_source_fixed_open(orr_arena *arena, const orr_traffic *traffic, uint64_t seed);
/* `rate_wanted`: read the file once ahead to know rate_per_s. */
orr_source_part orr_source_trace_open(orr_arena *arena, const orr_traffic *traffic, bool rate_wanted, orr_diags *diags);

#endif
