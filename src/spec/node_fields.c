/* The parameters of a node (a scale-up domain) and of a study's hardware. */
#include "spec/chip.h"
#include "spec/field.h"
#include "spec/study.h"

static const char *const scale_up_names[] = {"none", "switch", "mesh", "torus2d", "torus3d", "pcie"};

static const orr_field scale_up_fields[] = {
    {.name = "topology", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_node_spec, topology), .default_text = "switch", .names = scale_up_names, .name_count = 6, .doc = "how the chips of a node are joined"},
    {.name = "bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_node_spec, scale_up_bytes_per_s), .max = 1e16, .flags = ORR_FIELD_REQUIRED, .doc = "one way per chip, all its links together"},
    {.name = "latency", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_node_spec, scale_up_latency_ns), .max = 1e9, .default_text = "2 us", .doc = "of a transfer of a few bytes"},
    {.name = "in_network_reduction", .kind = ORR_FIELD_BOOL, .offset = offsetof(orr_node_spec, in_network_reduction), .default_text = "false", .doc = "the switch adds: all-reduce sends each byte once"},
};
static const orr_table scale_up_table = {"scale_up", "links inside a node", ORR_FIELDS(scale_up_fields)};

static const orr_field host_fields[] = {
    {.name = "cpus", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_node_spec, host_cpu_count), .max = 1e5, .default_text = "0", .doc = "CPU cores of the host; 0: not known"},
    {.name = "memory", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES, .offset = offsetof(orr_node_spec, host_memory_bytes), .max = 1e16, .default_text = "0 B", .doc = "of the host; 0: not known"},
    {.name = "memory_bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_node_spec, host_memory_bytes_per_s), .max = 1e15, .default_text = "0 B/s", .doc = "of the host's memory; 0: not known"},
};
static const orr_table host_table = {"host", "the host of a node", ORR_FIELDS(host_fields)};

static const orr_field node_fields[] = {
    ORR_HEAD_FIELDS(orr_node_spec),
    {.name = "chip", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_node_spec, chip_name), .doc = "the chip it is built of: a catalogue name or a path"},
    {.name = "chips", .kind = ORR_FIELD_INT, .offset = offsetof(orr_node_spec, chip_count), .min = 1, .max = 100000, .flags = ORR_FIELD_REQUIRED, .doc = "chips in the scale-up domain"},
    {.name = "scale_up", .kind = ORR_FIELD_TABLE, .table = &scale_up_table, .flags = ORR_FIELD_REQUIRED, .doc = "links inside the node"},
    {.name = "fabric", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_node_spec, fabric_name), .doc = "what joins such nodes, unless the study says otherwise"},
    {.name = "host", .kind = ORR_FIELD_TABLE, .table = &host_table, .doc = "the host"},
};
const orr_table orr_node_table = {"node", "a node: the chips of one scale-up domain", ORR_FIELDS(node_fields)};

static const orr_field hardware_fields[] = {
    {.name = "node", .kind = ORR_FIELD_TABLE, .table = &orr_node_table, .offset = offsetof(orr_hardware, node), .flags = ORR_FIELD_REFERENCE | ORR_FIELD_SEARCHABLE, .doc = "the node; or give chip and chips"},
    {.name = "nodes", .kind = ORR_FIELD_INT, .offset = offsetof(orr_hardware, nodes), .min = 1, .max = 100000, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "how many nodes"},
    {.name = "chip", .kind = ORR_FIELD_TABLE, .table = &orr_chip_table, .offset = offsetof(orr_hardware, chip), .flags = ORR_FIELD_REQUIRED | ORR_FIELD_REFERENCE | ORR_FIELD_SEARCHABLE, .doc = "the chip, in place of the node's own; a map without `extends` and `name` alters the node's chip"},
    {.name = "chips", .kind = ORR_FIELD_INT, .offset = offsetof(orr_hardware, chip_count), .min = 1, .max = 10000000, .flags = ORR_FIELD_SEARCHABLE, .doc = "how many chips, all in one scale-up domain, where no node is given"},
    {.name = "fabric", .kind = ORR_FIELD_TABLE, .table = &orr_fabric_table, .offset = offsetof(orr_hardware, fabric), .flags = ORR_FIELD_REFERENCE | ORR_FIELD_SEARCHABLE, .doc = "what joins nodes, in place of the node's own"},
};
const orr_table orr_hardware_table = {"hardware", "what the system runs on: nodes of chips", ORR_FIELDS(hardware_fields)};
