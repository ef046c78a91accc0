/* A study: model x hardware x engine x serving x traffic x SLO x objective, every value with its place and origin.
 *
 * Two forms. The *tree* (YAML, extends resolved, --set applied) may hold domains; orr_study_domains lists them. A *study* is one system: the tree with each domain
 * replaced by one choice, bound to these structs. Invariants: 1. a bound study has no domain; 2. every default taken is written by
 * orr_study_resolved; 3. resolved.yaml binds to the same study, bit for bit.
 *
 * A system is made of pools: the groups of its serving section in order (where there are none: what the study says itself), then the prefill engines, where it is disaggregated. With groups the study's own hardware and engine are the
 * first group's, and one group is no groups: what it says is what the study says. */
#ifndef ORR_SPEC_STUDY_H
#define ORR_SPEC_STUDY_H

#include "base/tree.h"
#include "silicon/ownership.h"
#include "spec/capacity.h"
#include "spec/chip.h"
#include "spec/constraints.h"
#include "spec/engine.h"
#include "spec/fleet.h"
#include "spec/measure.h"
#include "spec/model.h"
#include "spec/slo.h"
#include "spec/traffic.h"

typedef enum { ORR_MINIMIZE_USD_PER_MTOK, ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU, ORR_MINIMIZE_JOULES_PER_TOKEN, ORR_MINIMIZE_GPUS, ORR_MAXIMIZE_GOODPUT, ORR_MAXIMIZE_TOKENS_PER_S_PER_MW } orr_objective;

typedef enum { ORR_SERVING_AGGREGATED, ORR_SERVING_DISAGGREGATED } orr_serving_mode;

typedef enum { ORR_CALIBRATION_CALIBRATED, ORR_CALIBRATION_UNIVERSAL } orr_calibration;

typedef struct orr_prefill { int64_t replicas; orr_router_kind router; orr_engine engine; orr_hardware hardware; } orr_prefill;     /* hardware: chip_count 0: the study's */
/* Replicas of one kind behind the study's router, beside others. own_hardware: else they stand on what the study's hardware section says, which `hardware` then repeats. */
typedef struct orr_group { const char *name; int64_t replicas /* 0 before binding: as many as its hardware holds */, weight; orr_engine engine; orr_hardware hardware; bool own_hardware; } orr_group;
typedef struct orr_groups { orr_group *items; int64_t count; } orr_groups;      /* as orr_named_items; count is 0 or more than 1 in a bound study */
enum { ORR_MOST_STUDY_GROUPS = 16 };
typedef enum { ORR_TRANSFER_AFTER, ORR_TRANSFER_LAYERWISE } orr_transfer_overlap;
typedef struct orr_transfer { double bytes_per_s, latency_ns; orr_transfer_overlap overlap; } orr_transfer;       /* 0: the link's */
typedef struct orr_disaggregation { int64_t max_local_prefill_length, max_prefill_queue_size; } orr_disaggregation;       /* serve/local_prefill.h; 0: no prompt stays for its length; for a queue */
/* Engines that encode images and do nothing else (drive/loop.h); replicas 0: images are encoded in the steps of engines that compute prompts. One chip each. max_images 0: as many embeddings as such a step's token budget; bytes_per_s, latency_ns 0: the link's; hardware: chip_count 0: the study's. */
typedef struct orr_encoders { int64_t replicas, max_images; orr_router_kind router; double bytes_per_s, latency_ns; orr_hardware hardware; } orr_encoders;
typedef struct orr_serving {
    orr_serving_mode mode;
    int64_t replicas;               /* 0: as many as the hardware holds; with groups: of all of them */
    orr_groups groups;
    orr_router_kind router;
    orr_routing routing;
    orr_door admission;
    orr_prefill prefill;
    orr_transfer transfer;
    orr_disaggregation disaggregation;
    orr_encoders encoders;
    orr_faults faults;
    orr_slow_replicas slow_replicas;
    orr_autoscale autoscale;
} orr_serving;

/* Does it change while it serves? */
static inline bool orr_serving_changes(const orr_serving *serving) { return orr_faults_any(&serving->faults) || serving->slow_replicas.share > 0 || serving->autoscale.target > 0; }

typedef enum { ORR_ORIGIN_DATASHEET, ORR_ORIGIN_MEASURED, ORR_ORIGIN_CALIBRATED, ORR_ORIGIN_TRANSFERRED, ORR_ORIGIN_ASSUMED, ORR_ORIGIN_STUDY, ORR_ORIGIN_DEFAULT } orr_origin;
typedef struct orr_provenance { const char *path; orr_origin origin; const char *source_title, *source_url, *source_date, *note; orr_place place; } orr_provenance;
const char *orr_origin_name(orr_origin origin);                 /* "datasheet" */

/* Why a well-formed study is an impossible system: set when orr_study_bind fails for this alone, so that a search may count the point and go on. */
typedef enum {
    ORR_LAYOUT_POSSIBLE,
    ORR_LAYOUT_SPLIT,               /* tensor or expert parallelism does not divide the model */
    ORR_LAYOUT_STAGES,              /* more pipeline stages than layers */
    ORR_LAYOUT_CHIPS,               /* more chips than the hardware has, or than a node has */
    ORR_LAYOUT_SCHEDULER,           /* token budget below what the scheduler needs */
    ORR_LAYOUT_CONTEXT,             /* max_model_len over the model's context */
    ORR_LAYOUT_SPECULATION,         /* nothing to draft with, or a draft that does not go with the model */
    ORR_LAYOUT_DTYPE,               /* the chip multiplies none of the dtypes that would do */
    ORR_LAYOUT_CACHE,               /* a cache policy without prefix caching */
    ORR_LAYOUT_POOLS,               /* what prefill engines make, decode engines can't take */
    ORR_LAYOUT_CHIP,                /* a die that can't be made */
    ORR_LAYOUT_APART,               /* what engines whose attention and FFN stand apart can't have */
    ORR_LAYOUT_FLEET                /* routing, admission, scaling or faults that this fleet can't have */
} orr_layout_fault;

typedef struct orr_study {
    const char *title;
    orr_model model;
    orr_hardware hardware;
    orr_engine engine;
    orr_serving serving;
    orr_traffic traffic;
    orr_slo slo;
    orr_objective objective;
    orr_measure measure;
    orr_constraints constraints;
    orr_ownership cost;                 /* name NULL: chips have a price per hour, or none */
    const orr_node *coefficients_tree;  /* the user's own universal coefficients, whole; NULL: the embedded ones. perf/coefficients.h reads it */
    orr_calibration calibration;        /* CALIBRATED: with what the chip's measured kernels differ from the universal model by, where there are any */
    uint64_t seed;
    const orr_provenance *provenance;
    size_t provenance_count;
    const orr_node *model_tree;         /* what `model` was read from: {name, title, parameters, config} */
    const orr_node *draft_tree;         /* the same of the draft model; NULL: none */
    orr_layout_fault layout_fault;      /* not POSSIBLE only where orr_study_bind returned false for nothing worse */
    const char *layout_reason;          /* one sentence, or NULL */
} orr_study;

/* One searchable value of a study file. */
typedef struct orr_domain { const char *path; orr_place place; const char *const *choices; size_t choice_count; const orr_node *const *choice_nodes; } orr_domain;   /* choices as text, in order; ranges expanded; choice_nodes: as written */

/* "PATH=VALUE", as --set takes it whatever folder the study is in. */
const char *orr_domain_setting(const orr_domain *domain, size_t choice, orr_arena *arena);

typedef struct orr_study_file {
    orr_arena *arena;
    orr_node *tree;                     /* merged, with domains in it */
    orr_domain *domains;
    size_t domain_count;
    const char *path;                   /* NULL: none */
    const struct orr_reference *references;     /* users' files that the study names, read once */
    size_t reference_count;
    const orr_node *expanded;                   /* the tree with every name replaced by what it names, where no domain decides over names; NULL else */
    const orr_model *model;                     /* of `expanded` */
    const struct orr_bound_table *bound;        /* its table bound for one choice of each domain, to be altered for others; NULL: can't be */
    const struct orr_read_residuals *residuals; /* users' own, each read once */
    size_t residuals_count;
    const orr_node *coefficients_tree;          /* of the first system; NULL: the embedded ones */
} orr_study_file;

/* Reads a file, resolves `extends` (catalogue example or path, chains, cycles are errors), applies settings ("path=value", value is YAML), finds domains and checks every choice's type.
 * All errors in one pass. NULL when there were errors. */
orr_study_file *orr_study_file_read(orr_arena *arena, const char *path, const char *const *settings, size_t setting_count, orr_diags *diags);
/* The same of text in memory; `source` outlives the arena's use. */
orr_study_file *orr_study_file_read_source(orr_arena *arena, const orr_source *source, const char *const *settings, size_t setting_count, orr_diags *diags);
/* Binds one system: choice_index[i] picks from domains[i] (NULL when there are none). False with diagnostics, all in one pass. `study` lives in `arena`. Thread-safe for different arenas. */
bool orr_study_bind(const orr_study_file *file, const size_t *choice_index, orr_arena *arena, orr_study *study, orr_diags *diags);
/* resolved.yaml: every value that the system depends on, with origins as comments. */
void orr_study_resolved(const orr_study *study, orr_text *out);
/* JSON Schema (draft 2020-12) of the study file, from the tables that parse. */
void orr_study_json_schema(orr_text *out);

/* Replica = one engine instance. With FFN devices of its own the others hold attention and the cache. */
static inline int64_t orr_engine_attention_chips(const orr_engine *engine) { return engine->tensor_parallel_size * orr_engine_context_ranks(engine) * engine->pipeline_parallel_size * engine->data_parallel_size; }
static inline int64_t orr_engine_chips(const orr_engine *engine) { return orr_engine_attention_chips(engine) + engine->attention_ffn.ffn_devices; }
/* Those of them that stand on the study's hardware. */
/* Of the replica of this number (of all that are no prefill engines); NULL: there are no groups. */
const orr_group *orr_study_group_of(const orr_study *study, int64_t replica);
static inline int64_t orr_group_chips(const orr_group *group) { return group->replicas * orr_engine_chips(&group->engine); }
static inline int64_t orr_engine_own_chips(const orr_engine *engine) { return orr_ffn_has_hardware(&engine->attention_ffn) ? orr_engine_attention_chips(engine) : orr_engine_chips(engine); }
/* The system as the FFN devices of a replica are: one engine of their tensor and data ranks on their hardware. */
void orr_study_ffn_view(const orr_study *study, orr_arena *arena, orr_study *view);
/* Do attention and FFN devices stand in one scale-up domain? */
static inline bool orr_study_ffn_shares_node(const orr_study *study) { return !orr_ffn_has_hardware(&study->engine.attention_ffn) && study->hardware.nodes == 1; }

/* --- chips of the deployment (study_chips.c) --- */
typedef struct orr_chips { const orr_chip *chip; int64_t count; } orr_chips;
enum { ORR_MOST_CHIP_KINDS = ORR_MOST_STUDY_GROUPS + 3 };
/* Replicas as the study says or, where it does not, as many as the hardware holds; of bound studies they are said. */
int64_t orr_study_replicas(const orr_study *study);
/* One line for each part of it: returns how many. */
int orr_study_chips(const orr_study *study, orr_chips *chips);
int64_t orr_study_gpus(const orr_study *study);
/* Are there as many as it wants of the study's own hardware? */
bool orr_study_hardware_holds(const orr_study *study, int64_t *wanted);
/* Price of all; NaN: of one of them it is not known (orr_study_unpriced; else NULL). */
double orr_study_usd_per_h(const orr_study *study);
const orr_chip *orr_study_unpriced(const orr_study *study);
/* Power that the place must provide for all, servers, network and cooling included; NaN: not known. */
double orr_study_all_in_w(const orr_study *study);
/* The first constraint that the system breaks, in a few words; NULL: it keeps them all. */
const char *orr_study_broken_constraint(const orr_study *study, orr_arena *arena);

/* Does the system depend on what serving.SECTION (a table's name) says? Else it is neither written nor kept (study_serving.c). */
bool orr_study_asks(const orr_study *study, const char *section);

/* The images that come with prompts (all that do have one size); NULL: none do. */
const orr_images *orr_study_images(const orr_study *study);

/* --- pools (study_pools.c) --- */
static inline bool orr_study_has_pools(const orr_study *study) { return study->serving.mode == ORR_SERVING_DISAGGREGATED; }
/* May prompts be computed by the engines that decode, too? */
static inline bool orr_study_keeps_prompts(const orr_study *study) { return orr_study_has_pools(study) && (study->serving.disaggregation.max_local_prefill_length > 0 || study->serving.disaggregation.max_prefill_queue_size > 0); }
static inline bool orr_study_has_groups(const orr_study *study) { return study->serving.groups.count > 0; }
/* Pools that compute prompts and decode, or decode alone. */
static inline int orr_study_own_pools(const orr_study *study) { return orr_study_has_groups(study) ? (int)study->serving.groups.count : 1; }
static inline int orr_study_pools(const orr_study *study) { return orr_study_own_pools(study) + orr_study_has_pools(study); }
enum { ORR_MOST_POOLS = ORR_MOST_STUDY_GROUPS + 1 };
/* The system as one of its pools is: a study without groups and prefill engines, of their settings and hardware. Provenance follows. */
void orr_study_pool_view(const orr_study *study, int pool, orr_arena *arena, orr_study *view);
/* "group new", "prefill engines"; NULL: the study itself. */
const char *orr_study_pool_name(const orr_study *study, int pool, orr_arena *arena);
/* Chips of the prefill engines; 0: there are none. */
static inline int64_t orr_study_prefill_chips(const orr_study *study) { return orr_study_has_pools(study) ? study->serving.prefill.replicas * orr_engine_chips(&study->serving.prefill.engine) : 0; }
static inline bool orr_prefill_has_hardware(const orr_prefill *prefill) { return prefill->hardware.chip_count > 0; }
/* The system as its prefill engines are: their settings and hardware in place of the study's, one pool. Provenance follows. */
void orr_study_prefill_view(const orr_study *study, orr_arena *arena, orr_study *view);
/* The hardware that encoders stand on, and that of the engines that take what they make; do both share a scale-up domain? */
static inline bool orr_study_has_encoders(const orr_study *study) { return study->serving.encoders.replicas > 0; }
static inline bool orr_encoders_have_hardware(const orr_encoders *encoders) { return encoders->hardware.chip_count > 0; }
static inline const orr_hardware *orr_study_encoder_hardware(const orr_study *study) { return orr_encoders_have_hardware(&study->serving.encoders) ? &study->serving.encoders.hardware : &study->hardware; }
static inline const orr_hardware *orr_study_prompt_hardware(const orr_study *study) { return orr_study_has_pools(study) && orr_prefill_has_hardware(&study->serving.prefill) ? &study->serving.prefill.hardware : &study->hardware; }
static inline bool orr_study_encoders_share_node(const orr_study *study) { return orr_study_encoder_hardware(study) == orr_study_prompt_hardware(study) && study->hardware.nodes == 1; }
/* Do both pools stand in one scale-up domain? */
bool orr_study_pools_share_node(const orr_study *study);

#endif
