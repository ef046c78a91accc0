/* The parameters of a replica whose attention and feed-forward networks stand on devices of their own. */
#include "spec/attention_ffn.h"

#include "spec/field.h"

static const orr_field link_fields[] = {
    {.name = "bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_ffn_link, bytes_per_s), .max = 1e16, .default_text = "0 B/s", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "one way, of each device, as reached; 0: what dispatch to experts reaches of the fabric, of the scale-up link where one node holds both sides"},
    {.name = "latency", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_ffn_link, latency_ns), .max = 1e12, .default_text = "0 ns", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "of one micro-batch's way, beside its bytes; 0: what dispatch to experts takes over the same link"},
};
static const orr_table link_table = {"ffn_link", "the link between attention and FFN devices", ORR_FIELDS(link_fields)};

static const orr_field attention_ffn_fields[] = {
    {.name = "ffn_devices", .kind = ORR_FIELD_INT, .offset = offsetof(orr_attention_ffn, ffn_devices), .max = 4096, .flags = ORR_FIELD_SEARCHABLE | ORR_FIELD_REQUIRED,
     .doc = "devices of a replica that hold its feed-forward networks, beside the tensor x data devices that hold attention and the cache; 0: the same devices hold both"},
    {.name = "ffn_tensor_parallel_size", .kind = ORR_FIELD_INT, .offset = offsetof(orr_attention_ffn, ffn_tensor_parallel_size), .max = 4096, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "of them that cut dense FFNs and shared experts among themselves (engine.enable_expert_parallel spreads routed experts over all of them); 0: one where experts are spread, else all"},
    {.name = "micro_batches", .kind = ORR_FIELD_INT, .offset = offsetof(orr_attention_ffn, micro_batches), .min = 1, .max = 64, .default_text = "3", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "parts of each step's batch that go back and forth between the two sides; 1: no overlap"},
    {.name = "hardware", .kind = ORR_FIELD_TABLE, .table = &orr_hardware_table, .offset = offsetof(orr_attention_ffn, hardware), .flags = ORR_FIELD_REFERENCE,
     .doc = "nodes and chips of the FFN devices; left out: they stand on the hardware of the rest"},
    {.name = "link", .kind = ORR_FIELD_TABLE, .table = &link_table, .offset = offsetof(orr_attention_ffn, link), .doc = "between the two sides"},
};
const orr_table orr_attention_ffn_table = {"attention_ffn", "attention and feed-forward networks of a replica on devices of their own", ORR_FIELDS(attention_ffn_fields)};
