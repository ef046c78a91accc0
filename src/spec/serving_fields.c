/* The parameters of serving: how many engines, who picks one, and where prompts are computed apart, with what. */
#include "spec/field.h"
#include "spec/study.h"

static const char *const mode_names[] = {"aggregated", "disaggregated"};
static const char *const router_names[ORR_ROUTER_COUNT_] = {"round_robin", "least_loaded", "prefix_affine", "random", "power_of_two", "session_sticky", "slo_lanes", "kv_aware"};
static const char *const overlap_names[] = {"after", "layerwise"};

#define ROUTER(type, text) {.name = "router", .kind = ORR_FIELD_ENUM, .offset = offsetof(type, router), .default_text = "round_robin", .names = router_names, .name_count = ORR_ROUTER_COUNT_, .flags = ORR_FIELD_SEARCHABLE, .doc = text}

static const orr_field prefill_fields[] = {
    {.name = "replicas", .kind = ORR_FIELD_INT, .offset = offsetof(orr_prefill, replicas), .min = 1, .max = 100000, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "engines that compute prompts"},
    ROUTER(orr_prefill, "which prefill engine a request goes to"),
    {.name = "engine", .kind = ORR_FIELD_TABLE, .table = &orr_engine_table, .offset = offsetof(orr_prefill, engine), .flags = ORR_FIELD_INHERITS, .doc = "what differs from the study's engine section; a profile of its own gives all that profile gives"},
    {.name = "hardware", .kind = ORR_FIELD_TABLE, .table = &orr_hardware_table, .offset = offsetof(orr_prefill, hardware), .flags = ORR_FIELD_REFERENCE, .doc = "nodes and chips of its own; left out: the prefill engines stand on the study's hardware, in its first nodes"},
};
const orr_table orr_prefill_table = {"prefill", "the engines that compute prompts where serving is disaggregated", ORR_FIELDS(prefill_fields)};

static const orr_field group_fields[] = {
    {.name = "name", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_group, name), .flags = ORR_FIELD_REQUIRED, .doc = "the group's name; where groups are a map, its key"},
    {.name = "replicas", .kind = ORR_FIELD_INT, .offset = offsetof(orr_group, replicas), .max = 100000, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "engine instances; 0: as many as its hardware holds"},
    {.name = "weight", .kind = ORR_FIELD_INT, .offset = offsetof(orr_group, weight), .min = 1, .max = 1000, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "what the router takes a replica of this group to be worth, against replicas of other groups: their shares of turns and draws, and of requests in flight"},
    {.name = "engine", .kind = ORR_FIELD_TABLE, .table = &orr_engine_table, .offset = offsetof(orr_group, engine), .flags = ORR_FIELD_INHERITS, .doc = "what differs from the study's engine section; a profile of its own gives all that profile gives"},
    {.name = "hardware", .kind = ORR_FIELD_TABLE, .table = &orr_hardware_table, .offset = offsetof(orr_group, hardware), .flags = ORR_FIELD_REFERENCE, .doc = "nodes and chips of its own; left out: the group stands on the study's hardware"},
};
const orr_table orr_group_table = {"group", "replicas of one kind behind the study's router, beside others", ORR_FIELDS(group_fields)};

static const orr_field transfer_fields[] = {
    {.name = "bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_transfer, bytes_per_s), .max = 1e16, .default_text = "0 B/s", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "one way, each chip's; 0: what a hop of the scale-up link reaches where one node holds both pools, else of the fabric"},
    {.name = "latency", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_transfer, latency_ns), .max = 1e12, .default_text = "0 ns", .doc = "what a transfer takes beside its bytes: the link's, set-up and messages between the engines; 0: the link's alone"},
    {.name = "overlap", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_transfer, overlap), .default_text = "after", .names = overlap_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "after: keys and values are shipped when the prompt is done; layerwise: each layer's while the next is computed"},
};
const orr_table orr_transfer_table = {"transfer", "how keys and values go from prefill to decode engines", ORR_FIELDS(transfer_fields)};

static const orr_field disaggregation_fields[] = {
    {.name = "max_local_prefill_length", .kind = ORR_FIELD_INT, .offset = offsetof(orr_disaggregation, max_local_prefill_length), .max = 1e9, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "prompts that have at most so many tokens beyond what the decode engine's cache holds are computed there, and not handed over; 0: none for its length"},
    {.name = "max_prefill_queue_size", .kind = ORR_FIELD_INT, .offset = offsetof(orr_disaggregation, max_prefill_queue_size), .max = 1e9, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "where so many requests wait at the prefill engine that was chosen, a prompt is computed by the engine that decodes it; 0: however many wait"},
};
const orr_table orr_disaggregation_table = {"disaggregation", "which prompts stay with the engines that decode (as Dynamo's conditional disaggregation)", ORR_FIELDS(disaggregation_fields)};

static const orr_field encoders_fields[] = {
    {.name = "replicas", .kind = ORR_FIELD_INT, .offset = offsetof(orr_encoders, replicas), .max = 100000, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "encoders of images, one chip each; 0: images are encoded in the steps of the engines that compute prompts"},
    ROUTER(orr_encoders, "which encoder a request with images goes to"),
    {.name = "max_images", .kind = ORR_FIELD_INT, .offset = offsetof(orr_encoders, max_images), .max = 1e6, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "that an encoder takes at a time, unless one request brings more; 0: as many as have engine.max_num_batched_tokens embeddings"},
    {.name = "bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_encoders, bytes_per_s), .max = 1e16, .default_text = "0 B/s", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "one way, each encoder's, for its embeddings; 0: what a hop of the scale-up link reaches where one node holds all, else of the fabric"},
    {.name = "latency", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_encoders, latency_ns), .max = 1e12, .default_text = "0 ns", .doc = "what embeddings take beside their bytes, messages between encoder and engine included; 0: the link's alone"},
    {.name = "hardware", .kind = ORR_FIELD_TABLE, .table = &orr_hardware_table, .offset = offsetof(orr_encoders, hardware), .flags = ORR_FIELD_REFERENCE, .doc = "nodes and chips of their own; left out: encoders stand on the study's hardware, in its last nodes"},
};
const orr_table orr_encoders_table = {"encoders", "engines that encode images before the others see the request", ORR_FIELDS(encoders_fields)};

static const orr_field routing_fields[] = {
    {.name = "report_interval", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_routing, report_interval_ns), .max = 1e15, .default_text = "0 ns", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "kv_aware: every so long replicas report what their caches hold, and between reports the router knows no better; 0: it always knows"},
    {.name = "prefix_weight", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_routing, prefix_weight), .max = 1e6, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "kv_aware: what a prompt token to be computed counts against a prompt token in flight at the replica; 0: the least loaded by tokens"},
    {.name = "lanes", .kind = ORR_FIELD_SHARES, .offset = offsetof(orr_routing, lanes), .max = 1e9,
     .doc = "slo_lanes: shares of the replicas for requests of priority 0, 1, ..., the last for all further ones; at least one replica each"},
};
const orr_table orr_routing_table = {"routing", "what routers look at", ORR_FIELDS(routing_fields)};

static const char *const admit_names[] = {"none", "queue", "tokens", "deadline"};
static const orr_field door_fields[] = {
    {.name = "policy", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_door, policy), .default_text = "none", .names = admit_names, .name_count = 4, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "which requests are refused when the router has chosen a replica: none; queue: where max_queue wait there; tokens: that would bring the prompt tokens in flight there over max_tokens; deadline: whose TTFT, foreseen from the prompts that wait there, would miss the limit of their class"},
    {.name = "max_queue", .kind = ORR_FIELD_INT, .offset = offsetof(orr_door, max_queue), .min = 1, .max = 1e9, .default_text = "100", .flags = ORR_FIELD_SEARCHABLE, .doc = "queue: requests that may wait at a replica"},
    {.name = "max_tokens", .kind = ORR_FIELD_INT, .offset = offsetof(orr_door, max_tokens), .min = 1, .max = 1e12, .default_text = "1000000", .flags = ORR_FIELD_SEARCHABLE, .doc = "tokens: prompt tokens in flight at a replica"},
    {.name = "prompt_rate", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_PER_S, .offset = offsetof(orr_door, prompt_tokens_per_s), .max = 1e12, .default_text = "0 /s", .flags = ORR_FIELD_BARE,
     .doc = "deadline: prompt tokens a second that a replica is taken to compute; 0: as the performance model says of a full step of prompts"},
};
const orr_table orr_door_table = {"admission", "which requests a replica's door refuses", ORR_FIELDS(door_fields)};

const char *orr_router_key(orr_router_kind kind) { return router_names[kind]; }
const char *orr_door_key(orr_admit_kind kind) { return admit_names[kind]; }

static const orr_field serving_fields[] = {
    {.name = "mode", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_serving, mode), .default_text = "aggregated", .names = mode_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE, .doc = "aggregated: each engine computes prompts and decodes; disaggregated: engines of their own for each (serving.prefill)"},
    {.name = "replicas", .kind = ORR_FIELD_INT, .offset = offsetof(orr_serving, replicas), .max = 100000, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "engine instances, where disaggregated those that decode; 0: as many as the hardware holds"},
    ROUTER(orr_serving, "which replica a request goes to"),
    {.name = "groups", .kind = ORR_FIELD_TABLES, .table = &orr_group_table, .element_bytes = sizeof(orr_group), .most = ORR_MOST_STUDY_GROUPS, .offset = offsetof(orr_serving, groups), .doc = "instead of `replicas`: groups of replicas with hardware and engine settings of their own, behind the one router"},
    {.name = "admission", .kind = ORR_FIELD_TABLE, .table = &orr_door_table, .offset = offsetof(orr_serving, admission), .doc = "which requests are refused at the door"},
    {.name = "routing", .kind = ORR_FIELD_TABLE, .table = &orr_routing_table, .offset = offsetof(orr_serving, routing), .doc = "what routers look at"},
    {.name = "prefill", .kind = ORR_FIELD_TABLE, .table = &orr_prefill_table, .offset = offsetof(orr_serving, prefill), .doc = "disaggregated: the engines that compute prompts"},
    {.name = "transfer", .kind = ORR_FIELD_TABLE, .table = &orr_transfer_table, .offset = offsetof(orr_serving, transfer), .doc = "disaggregated: how keys and values go from there to the engines that decode"},
    {.name = "disaggregation", .kind = ORR_FIELD_TABLE, .table = &orr_disaggregation_table, .offset = offsetof(orr_serving, disaggregation), .doc = "disaggregated: which prompts are computed where they are decoded"},
    {.name = "faults", .kind = ORR_FIELD_TABLE, .table = &orr_faults_table, .offset = offsetof(orr_serving, faults), .doc = "replicas that fail, are drained, or run slow, and what becomes of their requests"},
    {.name = "autoscale", .kind = ORR_FIELD_TABLE, .table = &orr_autoscale_table, .offset = offsetof(orr_serving, autoscale), .doc = "replicas that come and go with the load: `replicas` are the most there may be"},
    {.name = "slow_replicas", .kind = ORR_FIELD_TABLE, .table = &orr_slow_table, .offset = offsetof(orr_serving, slow_replicas), .doc = "replicas that run slow all the time"},
    {.name = "encoders", .kind = ORR_FIELD_TABLE, .table = &orr_encoders_table, .offset = offsetof(orr_serving, encoders), .doc = "engines that encode images, apart from the others"},
};
const orr_table orr_serving_table = {"serving", "how many engines serve, and who picks one", ORR_FIELDS(serving_fields)};
