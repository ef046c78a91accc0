/* The parameters of a chip: data/chips/NAME.yaml, and `hardware.chip` of a study. Rates are dense peaks; 0 says that the hardware has none. */
#include "spec/chip.h"
#include "spec/field.h"

#define RATE(key, member, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_FLOP_PER_S, .offset = offsetof(orr_chip, member), .max = 1e19, .default_text = "0 FLOP/s", .doc = text}
#define AMOUNT(key, unit_, member, least, most, fallback, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = unit_, .offset = offsetof(orr_chip, member), .min = least, .max = most, .default_text = fallback, .doc = text}
#define NEEDED(key, unit_, member, least, most, text) \
    {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = unit_, .offset = offsetof(orr_chip, member), .min = least, .max = most, .flags = ORR_FIELD_REQUIRED, .doc = text}
#define WORDS(key, member, text) {.name = key, .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_chip, member), .doc = text}

static const orr_field compute_fields[] = {
    RATE("bf16", bf16_flop_per_s, "dense matrix rate with bf16 inputs"),
    RATE("fp16", fp16_flop_per_s, "dense matrix rate with fp16 inputs"),
    RATE("fp8", fp8_flop_per_s, "dense matrix rate with fp8 inputs"),
    RATE("fp4", fp4_flop_per_s, "dense matrix rate with fp4 inputs"),
    RATE("int8", int8_flop_per_s, "dense matrix rate with int8 inputs"),
    RATE("tf32", tf32_flop_per_s, "dense matrix rate with tf32 inputs"),
    NEEDED("vector", ORR_UNIT_FLOP_PER_S, vector_flop_per_s, 1, 1e18, "fp32 rate outside the matrix units"),
    AMOUNT("reached", ORR_UNIT_NONE, matrix_reached, 0, 1, "0", "share of the 16-bit matrix rate that the best product measured reaches; 0: as the chips whose kernels were measured"),
};
static const orr_field core_fields[] = {
    NEEDED("count", ORR_UNIT_NONE, core_count, 1, 1e7, "cores that schedule tiles on their own: SMs, CUs, TensorCores"),
    NEEDED("clock", ORR_UNIT_HZ, clock_hz, 1e6, 1e11, "boost clock"),
    NEEDED("sram", ORR_UNIT_BYTES, core_sram_bytes, 0, 1e12, "software-managed memory of one core: shared memory and L1, LDS, VMEM"),
    AMOUNT("dispatch", ORR_UNIT_NS, core_dispatch_ns, 0, 1e6, "0 ns", "from the start of a kernel with next to no work to that of the one that waits for it, in a captured graph; 0 ns: as on the chips whose kernels were measured"),
};
static const orr_field cache_fields[] = {
    AMOUNT("capacity", ORR_UNIT_BYTES, cache_bytes, 0, 1e13, "0 B", "last-level cache shared by the cores; 0 B: none"),
    AMOUNT("bandwidth", ORR_UNIT_BYTES_PER_S, cache_bytes_per_s, 0, 1e16, "0 B/s", "of the last-level cache"),
};
static const orr_field memory_fields[] = {
    WORDS("technology", technology, "kind of memory, such as HBM3"),
    NEEDED("capacity", ORR_UNIT_BYTES, memory_bytes, 1e6, 1e15, "memory of one chip"),
    NEEDED("bandwidth", ORR_UNIT_BYTES_PER_S, memory_bytes_per_s, 1e6, 1e17, "peak, reads and writes together"),
    AMOUNT("latency", ORR_UNIT_NS, memory_latency_ns, 0, 1e6, "600 ns", "of one access that misses every cache"),
    AMOUNT("reached", ORR_UNIT_NONE, memory_reached, 0, 1, "0", "share of the bandwidth that the best stream measured reaches; 0: as the chips whose kernels were measured"),
};
static const orr_field link_fields[] = {
    WORDS("technology", link_technology, "kind of scale-up link, such as NVLink4"),
    AMOUNT("bandwidth", ORR_UNIT_BYTES_PER_S, link_bytes_per_s, 0, 1e16, "0 B/s", "scale-up, one way, all links of the chip together; 0 B/s: none"),
    AMOUNT("latency", ORR_UNIT_NS, link_latency_ns, 0, 1e9, "2 us", "of one scale-up transfer of a few bytes"),
};
static const orr_field host_link_fields[] = {
    WORDS("technology", host_link_technology, "kind of link to the host, such as PCIe5 x16"),
    AMOUNT("bandwidth", ORR_UNIT_BYTES_PER_S, host_link_bytes_per_s, 0, 1e15, "0 B/s", "to the host, one way"),
};
static const orr_field power_fields[] = {
    NEEDED("tdp", ORR_UNIT_W, tdp_w, 0.1, 1e6, "board power under sustained load"),
    AMOUNT("idle", ORR_UNIT_W, idle_w, 0, 1e6, "0 W", "board power with nothing to do"),
    AMOUNT("all_in", ORR_UNIT_W, all_in_w, 0, 1e6, "0 W", "share of server, network and cooling included; 0 W: not known"),
};
static const orr_field price_fields[] = {
    AMOUNT("per_hour", ORR_UNIT_USD_PER_H, price_usd_per_h, 0, 1e5, "0 USD/h", "rent or cost of ownership of one chip for an hour; 0: not known"),
};

static const orr_field silicon_fields[] = {
    AMOUNT("area_mm2", ORR_UNIT_NONE, silicon_mm2, 0, 1e6, "0", "of all dies, memory apart; 0: not known"),
    AMOUNT("die_mm2", ORR_UNIT_NONE, die_mm2, 0, 1e6, "0", "of one die with cores; 0: not known"),
    AMOUNT("die_of_reticle", ORR_UNIT_NONE, die_of_reticle, 0, 1e6, "0", "area of the largest die over what one exposure covers; above 1 it can't be made; 0: not known"),
    AMOUNT("yield", ORR_UNIT_NONE, die_yield, 0, 1, "0", "share of those dies that can be sold; 0: not known"),
    AMOUNT("cost", ORR_UNIT_USD, silicon_usd, 0, 1e7, "0 USD", "of making one chip: dies, memory, package, test; 0: not known"),
};

#define PART(key, text) static const orr_table key##_table = {#key, text, ORR_FIELDS(key##_fields)}
PART(compute, "matrix rates by dtype");
PART(core, "the cores");
PART(cache, "the last-level cache");
PART(memory, "device memory");
PART(link, "the scale-up link");
PART(host_link, "the link to the host");
PART(power, "power");
PART(price, "price");
PART(silicon, "its dies");

#define SUB(key, need, text) {.name = #key, .kind = ORR_FIELD_TABLE, .table = &key##_table, .flags = need, .doc = text}
static const orr_field chip_fields[] = {
    ORR_HEAD_FIELDS(orr_chip),
    WORDS("vendor", vendor, "who makes it"),
    AMOUNT("year", ORR_UNIT_NONE, year, 0, 2200, "0", "year of first shipment; 0: not known"),
    SUB(compute, ORR_FIELD_REQUIRED, "dense matrix rate by dtype; 0: not in hardware"),
    SUB(core, ORR_FIELD_REQUIRED, "the cores"),
    SUB(cache, 0, "the last-level cache"),
    SUB(memory, ORR_FIELD_REQUIRED, "device memory"),
    SUB(link, 0, "the scale-up link"),
    SUB(host_link, 0, "the link to the host"),
    SUB(power, ORR_FIELD_REQUIRED, "power of one chip"),
    SUB(price, 0, "price of one chip"),
    SUB(silicon, 0, "its dies, and what it costs to make"),
    {.name = "architecture", .kind = ORR_FIELD_TREE, .offset = offsetof(orr_chip, architecture), .doc = "the chip by its parts, from which follows what is not stated; `orrery show --fields architecture`"},
};
const orr_table orr_chip_table = {"chip", "a chip: rates, memory, links, power, price", ORR_FIELDS(chip_fields)};
