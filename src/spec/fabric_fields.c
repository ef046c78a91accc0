/* The parameters of a fabric: what joins nodes, and, by parts, the scale-up domain and the network. */
#include "spec/field.h"

#include <stddef.h>
#include "spec/fabric.h"

static const char *const fabric_names[] = {"rail", "fat_tree", "torus", "ethernet"};
static const char *const domain_names[] = {[ORR_DOMAIN_AS_NODE] = NULL, [ORR_DOMAIN_SWITCH] = "switch", [ORR_DOMAIN_FULL_MESH] = "full_mesh", [ORR_DOMAIN_TORUS] = "torus", [ORR_DOMAIN_GRID] = "grid",
    [ORR_DOMAIN_OPTICAL] = "optical", [ORR_DOMAIN_DRAGONFLY] = "dragonfly"};
static const char *const network_names[] = {[ORR_NETWORK_PLAIN] = NULL, [ORR_NETWORK_RAILS] = "rails", [ORR_NETWORK_FAT_TREE] = "fat_tree"};
static const char *const route_names[] = {[ORR_ROUTE_ADAPTIVE] = "adaptive", [ORR_ROUTE_MINIMAL] = "minimal", [ORR_ROUTE_VALIANT] = "valiant"};

#define NUMBER(type, key, unit_, member, least, most, fallback, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = unit_, .offset = offsetof(type, member), .min = least, .max = most, .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}
#define WHOLE(key, member, least, most, fallback, text) {.name = key, .kind = ORR_FIELD_INT, .offset = offsetof(orr_scale_up, member), .min = least, .max = most, .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}

static const orr_field switch_fields[] = {
    NUMBER(orr_switch_part, "ports", ORR_UNIT_NONE, ports, 0, 1e5, "0", "links that one switch joins; 0: as many as there are"),
    NUMBER(orr_switch_part, "power", ORR_UNIT_W, power_w, 0, 1e6, "0 W", "of one"),
    NUMBER(orr_switch_part, "price", ORR_UNIT_USD, usd, 0, 1e8, "0 USD", "of one"),
};
static const orr_table switch_table = {"fabric_switch", "a switch of a domain or a network", ORR_FIELDS(switch_fields)};
static const orr_field link_fields[] = {
    NUMBER(orr_link_part, "power", ORR_UNIT_W, power_w, 0, 1e6, "0 W", "of one with both its ends, beyond what chips and switches draw"),
    NUMBER(orr_link_part, "price", ORR_UNIT_USD, usd, 0, 1e8, "0 USD", "of one with both its ends"),
};
static const orr_table link_table = {"fabric_link", "a link of a domain or a network, or what a chip is joined to one by", ORR_FIELDS(link_fields)};
#define PARTS(type) \
    {.name = "switch", .kind = ORR_FIELD_TABLE, .table = &switch_table, .offset = offsetof(type, parts.switches), .doc = "its switches"}, \
    {.name = "cable", .kind = ORR_FIELD_TABLE, .table = &link_table, .offset = offsetof(type, parts.cable), .doc = "a short link: chip to switch, chip to chip"}, \
    {.name = "optics", .kind = ORR_FIELD_TABLE, .table = &link_table, .offset = offsetof(type, parts.optics), .doc = "a long link: between switches, groups, blocks"}, \
    {.name = "adapter", .kind = ORR_FIELD_TABLE, .table = &link_table, .offset = offsetof(type, parts.adapter), .doc = "what a chip is joined to it by"}

static const orr_field domain_fields[] = {
    {.name = "topology", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_scale_up, topology), .names = domain_names, .name_count = 7, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE,
     .doc = "how its chips are joined: switch (leaves and spines where one has too few ports), full_mesh (a link to each other chip), torus, grid (a mesh: a torus that is not closed), optical (blocks of a torus behind circuit switches), dragonfly"},
    WHOLE("chips", chips, 0, 100000, "0", "in one domain; 0: the node's. The hardware's chips stand in as many domains as that makes"),
    NUMBER(orr_scale_up, "bandwidth", ORR_UNIT_BYTES_PER_S, bytes_per_s, 0, 1e16, "0 B/s", "one way per chip, all its links together; 0: the node's"),
    NUMBER(orr_scale_up, "latency", ORR_UNIT_NS, latency_ns, 0, 1e9, "0 ns", "of a transfer of a few bytes to a neighbour, through one switch where there are any; 0: the node's"),
    NUMBER(orr_scale_up, "hop_latency", ORR_UNIT_NS, hop_ns, 0, 1e9, "300 ns", "of each switch, router or chip more that a message passes, with the link to it"),
    WHOLE("dimensions", dimensions, 1, 3, "3", "of a torus, a grid, an optical domain"),
    WHOLE("block", block, 1, 1000, "4", "edge of a block of an optical domain, in chips"),
    WHOLE("router_chips", router_chips, 0, 1000, "0", "chips behind a router of a dragonfly; 0: the fewest that balance it"),
    {.name = "routing", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_scale_up, route), .default_text = "adaptive", .names = route_names, .name_count = 3, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "of a dragonfly: the shortest way (minimal), by way of any group (valiant), or whichever is better"},
    NUMBER(orr_scale_up, "oversubscription", ORR_UNIT_NONE, oversubscription, 1, 1000, "1", "bandwidth of a leaf to its chips over that to the spines, where there are leaves"),
    {.name = "in_network_reduction", .kind = ORR_FIELD_BOOL, .offset = offsetof(orr_scale_up, in_network_reduction), .default_text = "false", .flags = ORR_FIELD_SEARCHABLE, .doc = "switches add: all-reduce sends each byte once"},
    NUMBER(orr_scale_up, "links", ORR_UNIT_NONE, parts.links, 0, 1e5, "0", "of a chip, to count switches and cables by; 0: one to a switch, one a neighbour"),
    NUMBER(orr_scale_up, "energy", ORR_UNIT_J_PER_BYTE, link_j_per_byte, 0, 1e-6, "0 pJ/bit", "of moving data, in the chips at both ends; 0: the universal coefficient"),
    PARTS(orr_scale_up),
};
static const orr_table domain_table = {"fabric_domain", "a scale-up domain by its parts", ORR_FIELDS(domain_fields)};

static const orr_field network_fields[] = {
    {.name = "topology", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_scale_out, topology), .names = network_names, .name_count = 3, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE,
     .doc = "rails: chips of the same number in each domain share leaves; fat_tree: chips of a domain do"},
    {.name = "chips", .kind = ORR_FIELD_INT, .offset = offsetof(orr_scale_out, chips), .max = 10000000, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "of the whole network, others' among them, which decides its levels; 0: the system's"},
    NUMBER(orr_scale_out, "hop_latency", ORR_UNIT_NS, hop_ns, 0, 1e9, "500 ns", "of each switch more that a message passes, with the link to it"),
    NUMBER(orr_scale_out, "links", ORR_UNIT_NONE, parts.links, 0, 1e5, "1", "of a chip, to count switches and cables by"),
    NUMBER(orr_scale_out, "energy", ORR_UNIT_J_PER_BYTE, link_j_per_byte, 0, 1e-6, "0 pJ/bit", "of moving data, in the chips and adapters at both ends; 0: the universal coefficient"),
    PARTS(orr_scale_out),
};
static const orr_table network_table = {"fabric_network", "what joins domains, by its parts", ORR_FIELDS(network_fields)};

static const orr_field fabric_fields[] = {
    ORR_HEAD_FIELDS(orr_fabric),
    {.name = "topology", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_fabric, topology), .default_text = "rail", .names = fabric_names, .name_count = 4, .doc = "how nodes are joined"},
    {.name = "bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_fabric, bytes_per_s), .max = 1e15, .flags = ORR_FIELD_REQUIRED, .doc = "one way per chip"},
    {.name = "latency", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_fabric, latency_ns), .max = 1e9, .default_text = "5 us", .doc = "of a transfer of a few bytes"},
    {.name = "oversubscription", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_fabric, oversubscription), .min = 1, .max = 1000, .default_text = "1", .doc = "bandwidth of the leaves over that of the spine; 1: none"},
    {.name = "domain", .kind = ORR_FIELD_TABLE, .table = &domain_table, .offset = offsetof(orr_fabric, domain), .flags = ORR_FIELD_OPTIONAL, .doc = "the scale-up domain by its parts, in place of the node's own links"},
    {.name = "network", .kind = ORR_FIELD_TABLE, .table = &network_table, .offset = offsetof(orr_fabric, network), .flags = ORR_FIELD_OPTIONAL, .doc = "the network between domains by its parts"},
};
const orr_table orr_fabric_table = {"fabric", "a fabric: what joins nodes", ORR_FIELDS(fabric_fields)};
