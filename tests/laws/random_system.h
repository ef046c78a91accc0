/* Random serving systems for the laws: small, of every kind, drawn from a seed. */
#ifndef ORR_TESTS_RANDOM_SYSTEM_H
#define ORR_TESTS_RANDOM_SYSTEM_H

#include "drive/foresight.h"
#include "oracle.h"

enum { MOST_REQUESTS = 120, MOST_REPLICAS = 16 /* of all groups and pools */ };

/* `prefill`: with a prefill pool, whose executor is that of the system, and whose link is drawn too. */
typedef struct random_link { int64_t token_ns[2], fixed_ns, latency_ns; } random_link;
/* An executor that takes so many times as long as the system's. */
typedef struct random_pace { const bool *pipelined; int64_t times; } random_pace;
enum { MOST_FURTHER = 2, MOST_BATCH = 64, MOST_ACCEPTED = 50 };
typedef struct random_encoder { int64_t fixed_ns, image_ns, ship_ns; } random_encoder;
typedef struct random_system { orr_loop_config config; random_encoder encoder; orr_loop_group further[MOST_FURTHER]; random_pace paces[MOST_FURTHER]; orr_executor slower[MOST_FURTHER]; orr_foresight foresight; orr_future *future; orr_executor executor; random_link link; orr_fleet_event fleet_events[8]; double fleet_speeds[MOST_REPLICAS]; double prefill_acceptance[8]; const char *router; bool pipelined; double acceptance[8]; uint8_t depths[MOST_BATCH], accepted[MOST_ACCEPTED]; oracle_request requests[MOST_REQUESTS]; int64_t request_count; } random_system;

/* Empty, as before the first draw: what the last one holds is freed. */
void random_system_clear(random_system *system);
void random_system_draw(random_system *system, uint64_t seed);
/* The same, with a prefill pool and links of every kind. */
void random_system_draw_pools(random_system *system, uint64_t seed);
/* Either, where some requests wait for the answers to others (sessions, with branches). */
void random_system_draw_sessions(random_system *system, uint64_t seed);
/* The first or the second, with a cache of any kind: policy, tree, time to live. */
void random_system_draw_caches(random_system *system, uint64_t seed);
/* The third, with tiers below the HBM of each pool: stores, links and policies of every kind. */
void random_system_draw_tiers(random_system *system, uint64_t seed);
/* Any of the first, the second and the fifth, with further groups of replicas: of other engines, speeds and weights. */
void random_system_draw_groups(random_system *system, uint64_t seed);
/* One pool, where replicas fail, come back, are drained and run slow; some of several groups, some with sessions. */
void random_system_draw_fleet(random_system *system, uint64_t seed);
/* Each of these or not, in any combination. */
void random_system_draw_all(random_system *system, uint64_t seed);
/* An executor whose time depends on every sum of the plan, so that a wrong sum moves every later event. */
orr_executor random_system_executor(random_system *system);

/* A feed that plays a script of requests. Where some follow others, it is told which number each has become when it was delivered (accepted or not). */
typedef struct system_script { const oracle_request *requests; int64_t count, next, of_source, turn /* the last handed out */, place_of[MOST_REQUESTS] /* by number */; bool is_turn, handed_out[MOST_REQUESTS]; } system_script;
orr_feed system_script_feed(system_script *script);
void system_script_delivered(system_script *script, uint64_t id);

#endif
