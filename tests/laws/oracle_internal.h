/* What the parts of the naive simulator share: engines (oracle_engine.c), routers (oracle_router.c), and the world around them (oracle.c). */
#ifndef ORR_TESTS_ORACLE_INTERNAL_H
#define ORR_TESTS_ORACLE_INTERNAL_H

#include "oracle.h"

#include "base/rng.h"

/* Plain growing lists: this file values being obvious over being fast. */
typedef struct list { int64_t *items; int64_t count, capacity; } list;

/* A cached segment: its resident blocks in order. chain: the contents and lengths up to and with it. */
typedef struct segment { int chain_length; orr_segment chain[8]; list blocks; int64_t whole, pins, uses, since_ns; bool alive; } segment;

typedef struct request {
    const oracle_request *in;
    int64_t id, arrival_ns, stored, reserved, generated, target, admitted_ns, first_token_ns, last_token_ns, cached, lost;
    int replica, preemptions, pinned_count;
    int64_t pinned[8];              /* segment numbers, by link; -1: none */
    int64_t answer_segment;         /* one more than its number; 0: none */
    list private, parked;           /* block numbers; parked ones stay in the free queue */
    int64_t parked_ns, owed;
    int64_t found, ahead_from, ahead_to;        /* blocks of its prompt: in the HBM when it was reserved for; fetched since it arrived */
    int fetches;
    bool awaits;
    bool decoding, admitted_once;
    int64_t images;                 /* not encoded yet */
    bool seated;                    /* holds blocks, and runs or will */
    bool remote;                    /* its context is computed on a prefill replica */
    int64_t computed_ns;            /* there */
    int covered;
    int64_t retries;                /* a fleet that changes: how often it was sent again */
    int earlier_preemptions;        /* on engines that are gone */
    bool alive, taken, in_engine;   /* in flight; past the door; its replica has it, or it is lost there */
    int64_t match;                  /* tokens that the cache held of it when the step began to admit; -1: not asked */
} request;

/* Bursts of a speculating lane: 256 cards, dealt to the last, then made and shuffled again. */
typedef struct deck { int64_t cards[256]; int dealt; orr_rng rng; int64_t replayed; } deck;

typedef struct lane { list running; bool busy; deck deck; bool has_decoded; orr_plan_chunk chunks[4096]; int64_t chunk_requests[4096], chunk_count, last_end_ns; list decodes; } lane;

typedef struct replica {
    const orr_engine_config *e;
    const orr_executor *executor;
    int number, in_pool, kind;
    bool hands_over;
    list received;                  /* requests whose context has come, in no lane yet */
    int64_t coming;                 /* requests with a seat and blocks, in no lane yet */
    list free_queue;                /* block numbers, front first */
    int64_t *block_rank;            /* of the blocks in it: the least goes first */
    int64_t age, reached;           /* the greatest rank taken; the last request that was given blocks */
    struct sim *sim;
    const orr_tiers_config *tiers;  /* NULL: none */
    list ready;                     /* fetched, in no lane yet */
    int64_t from_tier[ORR_MOST_TIERS];  /* blocks, of the request that is being reserved for */
    segment *segments; int64_t segment_count;
    list waiting;
    lane *lanes;
    int next_lane;
    int64_t start_free_ns, last_end_ns, in_flight, seen, steps, next_look, gathers_since;
    bool gathers;
    int64_t step_images;            /* that the step being planned encodes */
    double ratio;                   /* of what is foreseen */
    int64_t service[64], last_left; /* by tenant, in weighted tokens; the tenant that left the queue last, or -1 */
    bool plan_pending;
    /* the router's */
    bool open;
    int64_t in_flight_tokens, speed, turns;
    /* a fleet that changes */
    orr_replica_phase phase;
    bool unnoticed, used;
    double runs_at;
    int64_t due_ns[4];
    uint64_t life;
    orr_rng failures;
    segment *told; int64_t told_count;      /* as last reported; `uses` is how many blocks there were */
} replica;

/* A block in a tier: which one of which segment. What has the same segment has the same stamp. */
typedef struct tier_block { int chain_length; orr_segment chain[8]; int64_t block, stamp; } tier_block;
typedef struct tier_store { tier_block *blocks; int64_t count; } tier_store;
/* Bytes on their way: 1e-6 bytes left. request -1: of a replica's writes. late_ns: when its latency is over, once all bytes are there; 0: they are not. */
typedef struct passage { int kind, tier, replica, fetch; bool writes; int64_t left, rate, late_ns, late_order; } passage;

typedef struct event { int64_t time_ns, sequence; int class, replica, lane; bool alive; } event;

/* Replicas that are alike: of one group of the configuration, or the prefill pool, which comes last. */
typedef struct kind { const orr_engine_config *engine; const orr_tiers_config *tiers; const orr_door_config *door; const orr_executor *executor; int first, count; int64_t weight; } kind;

/* Replicas behind one router. */
typedef struct pool {
    const char *router;
    int first, count;
    int64_t turn, turned_to;        /* turned_to: one more than the replica whose turn it was last */
    struct { int length; orr_segment chain[8]; int replica; } homes[65536]; int home_count;
    struct { uint64_t session; int replica; } sessions[65536]; int session_count;
} pool;

/* An encoder of images: requests in its queue, and in its batch (numbers of the script's requests, by arrival). */
typedef struct encoder { list queue, batch; bool busy; int64_t link_free_ns; } encoder;

typedef struct sim {
    const orr_loop_config *config;
    pool own, prefill, encoding;    /* encoding: of encoders, numbered behind the replicas, which stand for them to the router */
    encoder encoders[16];
    const oracle_request *brought[65536];   /* by number: what comes when its embeddings are there */
    const oracle_request *script;
    request *requests;              /* by id; the same requests on their prefill replica follow, script_count further */
    int64_t script_count, next_script, next_id, in_flight;
    oracle_outcome *outcomes;
    kind kinds[ORR_MOST_GROUPS]; int kind_count;
    replica *replicas; int replica_count;
    int64_t egress_free_ns[16][16], ingress_free_ns[16][16];
    event *events; int64_t event_count, sequence;
    int64_t now_ns, reported;       /* reported: intervals passed at the last report */
    bool pending, scheduled; int64_t pending_ns;
    list at_router;                 /* requests that wait for somebody to be up */
    int64_t wish_times[100000], wishes[100000], wish_count;     /* of autoscaling */
    tier_store stores[ORR_MOST_GROUPS][ORR_MOST_TIERS][16];
    int64_t stamp;
    passage passages[8192]; int64_t passage_count, passed_ns, late_count;
    struct { int64_t request, parts; } fetches[65536]; int fetch_count;
    oracle_totals totals;
} sim;

enum { STEP_ENDS, TRANSFER_ENDS, ENCODES, FLEET_CHANGES, ARRIVES, PLANS };      /* the order at one instant */

void list_push(list *l, int64_t value);
void list_insert(list *l, int64_t place, int64_t value);
void list_remove(list *l, int64_t value);
bool list_has(const list *l, int64_t value);
static inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* oracle.c */
void push_event(sim *s, int64_t time_ns, int class, int r, int l);
bool can_run(const replica *r, const oracle_request *in);
request *appear(sim *s, int64_t index, const oracle_request *in, int64_t arrival_ns, int number);
void begin_engine(sim *s, replica *r);
void end_engine(replica *r);
void turn_away(sim *s, int64_t time_ns);
/* oracle_fleet.c */
void fleet_begin(sim *s);
void fleet_happen(sim *s, const event *e);
/* Its fleet changes: true, and the request is seen to. */
bool fleet_delivers(sim *s, const oracle_request *in, int64_t id, int64_t arrival_ns);
void fleet_finished(sim *s, request *q);
bool fleet_is_over(const sim *s);
void fleet_give_up(sim *s);
orr_outcome fleet_speed(const sim *s, const replica *r, orr_outcome outcome);

/* oracle_router.c */
int open_count(const sim *s, const pool *p);
int route(sim *s, pool *p, const oracle_request *in, int64_t id);
bool door_admits(const sim *s, const replica *r, const oracle_request *in, int64_t arrival_ns);
/* Replicas tell of their caches, where it is time; before anything happens at that time. */
void report_caches(sim *s);

/* Drafts that a step verifies in which so many decode. */
int64_t drafts_of(const orr_engine_config *e, int64_t decodes);
/* Tokens that every decoding request of the lane gains in this step, in which so many decode: 1, and one for each draft accepted in a row. */
int64_t next_burst(const orr_engine_config *e, deck *d, int64_t decodes);
/* The prompt is computed up to here: what is complete becomes shareable. */
void cover(replica *r, request *q, int64_t computed);
void release(replica *r, request *q, bool park);
/* It has finished: its answer, all but the last token, becomes a segment behind its prompt. */
void keep_answer(replica *r, request *q);
/* oracle_sched.c: may it enter, `free_blocks` being left once its target is reserved? */
bool may_enter(const sim *s, const replica *r, const lane *l, const request *q, int64_t free_blocks);
/* The place in the waiting list of whose turn it is, of those seen. */
int64_t whose_turn(const sim *s, const replica *r);
/* The request at this place of the waiting list is seen from now on. */
void see(const sim *s, replica *r, int64_t place);
/* It left the waiting list, for the first time or again. */
void entered(const sim *s, replica *r, const request *q);
/* Who gives its blocks up so that all of the lane can decode; -1: blocks are there. `going`: somebody has gone already. For rules other than the tail's, which goes request by request. */
int64_t victim_of(const sim *s, const replica *r, const lane *l, bool going);
/* The step decodes: what is foreseen from now on. */
void foresee(const sim *s, replica *r, const lane *l, bool preempted);

/* --- tiers (oracle_tiers.c) --- */
void tiers_lose(replica *r, int tier, const orr_segment *chain, int chain_length, int64_t blocks);
void tiers_computed(replica *r, const orr_segment *chain, int chain_length, int64_t blocks);
void tiers_touch(replica *r, const orr_segment *chain, int chain_length);
void tiers_fetched(replica *r, const orr_segment *chain, int chain_length);
/* How many of its first blocks the request need not compute, `found` of them being in the HBM; from_tier says where the others are. links: of its prefix; asked: 0 no tier, 1 those with `ahead`, 2 all. */
int64_t tiers_reach(replica *r, const request *q, int64_t found, int64_t most, int asked);
void tiers_begin_fetch(replica *r, request *q);
bool tiers_hold_back(const replica *r);     /* something is to be fetched */
int64_t tiers_next_ns(sim *s);              /* INT64_MAX: nothing is under way */
void tiers_step(sim *s);
int links_of(const replica *r, const request *q, int link_segment[8], int64_t link_blocks[8], int64_t link_end[8]);
int64_t found_in_hbm(replica *r, const request *q);
void fetched(sim *s, request *q);
void request_plan(sim *s, int number);

bool plan_lane(sim *s, replica *r, lane *l, orr_plan *plan);
/* The world's: blocks for the request's context are reserved, all but `missing` tokens of it were cached. */
void ship(sim *s, replica *to, request *q, int64_t missing);

#endif
