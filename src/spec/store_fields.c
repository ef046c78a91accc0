/* The parameters of a store of KV cache (data/stores/NAME.yaml), and of a tier, which is a store in an engine's use. */
#include "spec/store.h"

#include "spec/field.h"

static const char *const per_names[] = {[ORR_STORE_WHOLE] = "store", [ORR_STORE_PER_CHIP] = "chip"};
static const char *const shared_names[] = {[ORR_SHARED_ENGINE] = "engine", [ORR_SHARED_NODE] = "node", [ORR_SHARED_CLUSTER] = "cluster"};
static const char *const write_names[] = {[ORR_WRITE_ON_EVICT] = "on_evict", [ORR_WRITE_THROUGH] = "through", [ORR_WRITE_NONE] = "none"};
static const char *const prefetch_names[] = {[ORR_FETCH_AT_ADMISSION] = "at_admission", [ORR_FETCH_AT_ARRIVAL] = "at_arrival"};

#define STORE_FIELDS(type, member) \
    {.name = "technology", .kind = ORR_FIELD_TEXT, .offset = offsetof(type, member technology), .doc = "what it is made of, and how it is reached"}, \
    {.name = "capacity", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES, .offset = offsetof(type, member capacity_bytes), .min = 0, .max = 1e18, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "of the store, or for each chip (per)"}, \
    {.name = "read_bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(type, member read_bytes_per_s), .min = 1e6, .max = 1e15, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "one way, as fetches reach it"}, \
    {.name = "write_bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(type, member write_bytes_per_s), .max = 1e15, .default_text = "0 B/s", .flags = ORR_FIELD_SEARCHABLE, .doc = "the other way; 0: as read_bandwidth"}, \
    {.name = "latency", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(type, member latency_ns), .max = 1e12, .default_text = "0 ns", .flags = ORR_FIELD_SEARCHABLE, .doc = "of a fetch, beside its bytes"}, \
    {.name = "per", .kind = ORR_FIELD_ENUM, .offset = offsetof(type, member per), .default_text = "store", .names = per_names, .name_count = 2, .doc = "whose capacity and bandwidths these are: of the whole store, or of each chip of the engines that share it"}

static const orr_field store_fields[] = {ORR_HEAD_FIELDS(orr_store), STORE_FIELDS(orr_store, )};
const orr_table orr_store_table = {"store", "a store of KV cache below the HBM, and the link to it", ORR_FIELDS(store_fields)};

static const orr_field tier_fields[] = {
    {.name = "schema", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "format and version of the store's file"},
    {.name = "aliases", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "other names that find the store"},
    {.name = "sources", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "where the store's values come from"},
    {.name = "name", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_kv_tier_spec, store.name), .flags = ORR_FIELD_REQUIRED, .doc = "of the tier"},
    {.name = "title", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_kv_tier_spec, store.title), .doc = "name for people"},
    {.name = "store", .kind = ORR_FIELD_TEXT, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_SEARCHABLE, .doc = "a store of the catalogue, or a path: it gives capacity, bandwidths and latency where the tier doesn't"},
    STORE_FIELDS(orr_kv_tier_spec, store.),
    {.name = "shared", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_kv_tier_spec, shared), .default_text = "engine", .names = shared_names, .name_count = 3, .flags = ORR_FIELD_SEARCHABLE, .doc = "who has one together: each engine its own, the engines of a node, all of a pool"},
    {.name = "write", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_kv_tier_spec, write), .default_text = "on_evict", .names = write_names, .name_count = 3, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "what is written to it: what the written tier above (the HBM, for the first) evicts; through: all shareable content when it is computed; none: nothing"},
    {.name = "exclusive", .kind = ORR_FIELD_BOOL, .offset = offsetof(orr_kv_tier_spec, exclusive), .default_text = "false", .flags = ORR_FIELD_SEARCHABLE, .doc = "what has been fetched whole leaves the tier (write on_evict); else a copy stays"},
    {.name = "prefetch", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_kv_tier_spec, prefetch), .default_text = "at_admission", .names = prefetch_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "when a fetch begins: when the request's turn has come, or when it arrives, into a buffer of its own"},
    {.name = "via", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_kv_tier_spec, via), .doc = "an earlier tier whose link its transfers cross as well: a disk behind the host's memory"},
};
const orr_table orr_kv_tier_table = {"kv_tier", "a tier of KV cache below the HBM", ORR_FIELDS(tier_fields)};
