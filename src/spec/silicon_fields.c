/* The parameters of processes, memories and links (data/processes, data/memories, data/links), of what all chips have in common (data/silicon), and of an architecture, which is made of them. */
#include "silicon/parts.h"
#include "spec/field.h"

#define NUMBER(type, key, member, least, most, fallback, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(type, member), .min = least, .max = most, .default_text = fallback, .doc = text}
#define NEEDED(type, key, member, least, most, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(type, member), .min = least, .max = most, .flags = ORR_FIELD_REQUIRED, .doc = text}
#define AMOUNT(type, key, unit_, member, most, fallback, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = unit_, .offset = offsetof(type, member), .max = most, .default_text = fallback, .doc = text}

static const orr_field process_fields[] = {
    ORR_HEAD_FIELDS(orr_process),
    NEEDED(orr_process, "million_transistors_per_mm2", million_transistors_per_mm2, 0.01, 1e5, "density of logic"),
    NEEDED(orr_process, "sram_um2_per_bit", sram_um2_per_bit, 1e-5, 10, "of a bit of SRAM, the array's overhead apart"),
    {.name = "wafer_price", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_USD, .offset = offsetof(orr_process, wafer_usd), .max = 1e7, .flags = ORR_FIELD_REQUIRED, .doc = "of a processed wafer"},
    NUMBER(orr_process, "wafer_mm", wafer_mm, 50, 1000, "300", "diameter of a wafer"),
    NEEDED(orr_process, "defects_per_cm2", defects_per_cm2, 0, 100, "density of defects that kill"),
    NUMBER(orr_process, "defect_clustering", defect_clustering, 0.01, 1e6, "3", "how far defects stand together (the alpha of the negative binomial yield)"),
    NEEDED(orr_process, "energy", energy, 1e-3, 1e3, "of a switching transistor over that of 7 nm, each at its nominal voltage"),
    {.name = "nominal_clock", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_HZ, .offset = offsetof(orr_process, nominal_hz), .min = 1e6, .max = 1e11, .flags = ORR_FIELD_REQUIRED, .doc = "clock that large accelerators reach at nominal voltage"},
    NUMBER(orr_process, "voltage_slope", voltage_slope, 0, 10, "0.5", "relative change of voltage over relative change of clock"),
    NUMBER(orr_process, "least_voltage", least_voltage, 0.1, 1, "0.8", "voltage below which a slower clock saves none, over the nominal one"),
    NUMBER(orr_process, "reticle_mm2", reticle_mm2, 1, 1e6, "858", "the largest die that is exposed at once"),
};
const orr_table orr_process_table = {"process", "a process node: density, price, defects, energy", ORR_FIELDS(process_fields)};

static const orr_field memory_fields[] = {
    ORR_HEAD_FIELDS(orr_memory_technology),
    {.name = "capacity", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES, .offset = offsetof(orr_memory_technology, capacity_bytes), .max = 1e15, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "of one unit: a stack, a chip"},
    {.name = "bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_memory_technology, bytes_per_s), .max = 1e15, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "of one unit, reads and writes together"},
    AMOUNT(orr_memory_technology, "latency", ORR_UNIT_NS, latency_ns, 1e9, "600 ns", "of one access, as seen by a core"),
    NUMBER(orr_memory_technology, "phy_mm2", phy_mm2, 0, 1e3, "0", "of its interface on the die that it is joined to"),
    NUMBER(orr_memory_technology, "controller_million_transistors", controller_million_transistors, 0, 1e6, "0", "of its controller on that die"),
    AMOUNT(orr_memory_technology, "energy", ORR_UNIT_J_PER_BYTE, j_per_byte, 1e-6, "0 pJ/bit", "of moving data, interface included"),
    AMOUNT(orr_memory_technology, "idle", ORR_UNIT_W, idle_w, 1e4, "0 W", "of one unit that holds data and moves none"),
    NUMBER(orr_memory_technology, "usd_per_gb", usd_per_gb, 0, 1e5, "0", "price of a gigabyte"),
    NUMBER(orr_memory_technology, "footprint_mm2", footprint_mm2, 0, 1e4, "0", "of one unit on the package; 0: it stands on the board, or on the dies"),
};
const orr_table orr_memory_technology_table = {"memory", "a memory technology: one stack or chip of it", ORR_FIELDS(memory_fields)};

static const orr_field link_fields[] = {
    ORR_HEAD_FIELDS(orr_link_technology),
    {.name = "bandwidth", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES_PER_S, .offset = offsetof(orr_link_technology, bytes_per_s), .max = 1e15, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "of one link or lane, one way"},
    AMOUNT(orr_link_technology, "latency", ORR_UNIT_NS, latency_ns, 1e9, "2 us", "of a transfer of a few bytes"),
    NUMBER(orr_link_technology, "phy_mm2", phy_mm2, 0, 1e3, "0", "of one link's interface on the die"),
    NUMBER(orr_link_technology, "controller_million_transistors", controller_million_transistors, 0, 1e6, "0", "of one link's controller"),
    AMOUNT(orr_link_technology, "energy", ORR_UNIT_J_PER_BYTE, j_per_byte, 1e-6, "0 pJ/bit", "of moving data, at this end"),
};
const orr_table orr_link_technology_table = {"link", "a link technology: one link or lane of it", ORR_FIELDS(link_fields)};

static const orr_field costs_fields[] = {
    ORR_HEAD_FIELDS(orr_silicon_costs),
    NEEDED(orr_silicon_costs, "matrix_transistors", matrix_transistors, 1, 1e9, "of a 16-bit multiply-adder in a matrix unit"),
    NEEDED(orr_silicon_costs, "vector_transistors", vector_transistors, 1, 1e9, "of an fp32 multiply-adder"),
    NEEDED(orr_silicon_costs, "fp64_transistors", fp64_transistors, 1, 1e9, "of an fp64 multiply-adder"),
    NEEDED(orr_silicon_costs, "integer_transistors", integer_transistors, 1, 1e9, "of an int32 multiply-adder"),
    NEEDED(orr_silicon_costs, "control_transistors", control_transistors, 0, 1e9, "of a vector lane's share of fetching, scheduling and addressing"),
    NEEDED(orr_silicon_costs, "fabric_transistors", fabric_transistors, 0, 1e12, "of a core's way to the others and to the cache"),
    NEEDED(orr_silicon_costs, "sram_efficiency", sram_efficiency, 0.01, 1, "share of an SRAM array that is bits"),
    NEEDED(orr_silicon_costs, "register_factor", register_factor, 1, 100, "area of a register file's bit over an array's"),
    NEEDED(orr_silicon_costs, "uncounted_factor", uncounted_factor, 1, 10, "area of a die over what is counted of it"),
    {.name = "matrix_energy", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_J, .offset = offsetof(orr_silicon_costs, matrix_j), .max = 1, .flags = ORR_FIELD_REQUIRED, .doc = "of a 16-bit multiply-add with its operands' way, at 7 nm"},
    {.name = "logic_energy", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_J, .offset = offsetof(orr_silicon_costs, logic_j), .max = 1, .flags = ORR_FIELD_REQUIRED, .doc = "of a transistor of the cores and a clock, at 7 nm"},
    NEEDED(orr_silicon_costs, "static_w_per_mm2", static_w_per_mm2, 0, 100, "leakage and what never stops"),
    NEEDED(orr_silicon_costs, "interposer_usd_per_mm2", interposer_usd_per_mm2, 0, 1e4, "of a package with a silicon interposer, by what stands on it"),
    NEEDED(orr_silicon_costs, "substrate_usd_per_mm2", substrate_usd_per_mm2, 0, 1e4, "of an organic package"),
    NEEDED(orr_silicon_costs, "stacking_usd_per_mm2", stacking_usd_per_mm2, 0, 1e4, "of bonding dies on dies"),
    NEEDED(orr_silicon_costs, "test_factor", test_factor, 0, 10, "test and assembly over all the rest"),
};
const orr_table orr_silicon_costs_table = {"silicon", "what all chips have in common: transistors of units, energies, costs of packages", ORR_FIELDS(costs_fields)};

#define PART(key, text) static const orr_table key##_table = {#key, text, ORR_FIELDS(key##_part)}
#define COUNT(key, member, most, fallback, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_architecture, member), .max = most, .default_text = fallback, .flags = ORR_FIELD_SEARCHABLE, .doc = text}
#define SHARE(key, member, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_architecture, member), .min = 0.01, .max = 1, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = text}
#define MADE_OF(key, of, member, text) {.name = key, .kind = ORR_FIELD_TABLE, .table = &of, .offset = offsetof(orr_architecture, member), .flags = ORR_FIELD_REFERENCE | ORR_FIELD_SEARCHABLE | ORR_FIELD_OPTIONAL, .doc = text}
#define SUB(key, text) {.name = #key, .kind = ORR_FIELD_TABLE, .table = &key##_table, .doc = text}

static const orr_field matrix_part[] = {
    COUNT("units", core.matrix.count, 1e6, "1", "matrix units of a core"),
    COUNT("rows", core.matrix.rows, 1e6, "1", "rows of the tile that a unit multiplies in a clock"),
    COUNT("columns", core.matrix.columns, 1e6, "1", "its columns"),
    COUNT("depth", core.matrix.depth, 1e6, "1", "how many products each of them adds up in a clock; 1 for a systolic array"),
    COUNT("fp16", core.matrix.fp16, 64, "1", "rate with fp16 inputs over that with bf16; 0: not in hardware"),
    COUNT("tf32", core.matrix.tf32, 64, "0", "with tf32"),
    COUNT("fp8", core.matrix.fp8, 64, "0", "with fp8"),
    COUNT("fp4", core.matrix.fp4, 64, "0", "with fp4"),
    COUNT("int8", core.matrix.int8, 64, "0", "with int8"),
};
PART(matrix, "the matrix units of a core");
static const orr_field vector_part[] = {
    COUNT("lanes", core.vector_lanes, 1e7, "0", "fp32 multiply-adds a clock of a core"),
    COUNT("fp64", core.fp64_lanes, 1e7, "0", "fp64 multiply-adds a clock"),
    COUNT("integer", core.integer_lanes, 1e7, "0", "int32 multiply-adds a clock"),
};
PART(vector, "the vector unit of a core");
static const orr_field core_part[] = {
    {.name = "count", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_architecture, core.built), .min = 1, .max = 1e7, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "cores built, of all dies"},
    SHARE("enabled", core.enabled, "share of them in use: the rest is spare"),
    SUB(matrix, "the matrix units of a core"),
    SUB(vector, "the vector unit of a core"),
    {.name = "registers", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES, .offset = offsetof(orr_architecture, core.register_bytes), .max = 1e12, .default_text = "0 B", .flags = ORR_FIELD_SEARCHABLE, .doc = "register files of a core"},
    {.name = "sram", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES, .offset = offsetof(orr_architecture, core.sram_bytes), .max = 1e13, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "software-managed memory of a core, with its L1"},
};
PART(core, "a core, and how many");
static const orr_field cache_part[] = {
    {.name = "capacity", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_BYTES, .offset = offsetof(orr_architecture, cache.built_bytes), .max = 1e13, .default_text = "0 B", .flags = ORR_FIELD_SEARCHABLE, .doc = "last-level cache built"},
    SHARE("enabled", cache.enabled, "share of it in use"),
    COUNT("bytes_per_clock", cache.bytes_per_clock, 1e7, "0", "of all of it"),
};
PART(cache, "the last-level cache");
static const orr_field memory_part[] = {
    MADE_OF("technology", orr_memory_technology_table, memory.technology, "a memory of the catalogue, a path, or its own parameters"),
    COUNT("count", memory.built, 1e6, "0", "places for units of it, each with its interface on the die"),
    SHARE("enabled", memory.enabled, "share of the places with a unit in use"),
};
PART(memory, "device memory");
#define LINKS(part, text) \
    MADE_OF("technology", orr_link_technology_table, part.technology, "a link of the catalogue, a path, or its own parameters"), COUNT("count", part.count, 1e7, "0", text)
static const orr_field link_part[] = {LINKS(link, "links of the package")};
PART(link, "scale-up links");
static const orr_field host_link_part[] = {LINKS(host_link, "lanes of the package")};
PART(host_link, "the link to the host");
static const orr_field die_to_die_part[] = {LINKS(die_to_die, "links of each compute die to others of the package")};
PART(die_to_die, "links between the dies of the package");
static const orr_field io_dies_part[] = {
    COUNT("count", io_dies.count, 1e4, "0", "dies that hold the cache and the interfaces of memory and links; 0: the compute dies do"),
    MADE_OF("process", orr_process_table, io_dies.process, "their process"),
};
PART(io_dies, "dies apart from those with cores");

static const char *const package_names[] = {[ORR_PACKAGE_SUBSTRATE] = "substrate", [ORR_PACKAGE_INTERPOSER] = "interposer", [ORR_PACKAGE_STACKED] = "stacked"};

static const orr_field architecture_fields[] = {
    MADE_OF("process", orr_process_table, process, "of the dies with cores"),
    {.name = "dies", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_architecture, dies), .min = 1, .max = 1e4, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "dies with cores in a package"},
    {.name = "clock", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_HZ, .offset = offsetof(orr_architecture, clock_hz), .min = 1e6, .max = 1e11, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "of the cores, boost"},
    {.name = "sustained", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_architecture, sustained), .min = 0.01, .max = 1, .default_text = "0.8", .flags = ORR_FIELD_SEARCHABLE, .doc = "share of the peak matrix rate that TDP is meant for"},
    {.name = "core", .kind = ORR_FIELD_TABLE, .table = &core_table, .flags = ORR_FIELD_REQUIRED, .doc = "a core, and how many"},
    SUB(cache, "the last-level cache"),
    SUB(memory, "device memory"),
    SUB(link, "scale-up links"),
    SUB(host_link, "the link to the host"),
    SUB(die_to_die, "links between the dies of the package"),
    SUB(io_dies, "dies apart from those with cores"),
    {.name = "package", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_architecture, package), .default_text = "interposer", .names = package_names, .name_count = 3, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "what joins the parts: an organic substrate, a silicon interposer, or an interposer under I/O dies with the compute dies stacked on them"},
    {.name = "costs", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED, .doc = "what all chips have in common: a set of the catalogue (`orrery list silicon`), a path, or its own values"},
};
const orr_table orr_architecture_table = {"architecture", "a chip by its parts: cores, dies, memory, links, process, package", ORR_FIELDS(architecture_fields)};
