/* Quantities: a number with a unit, read and written. Stored in base units: bytes, bytes/s, FLOP/s, ns, Hz, W, J, USD, USD/h, requests/s, tokens. */
#ifndef ORR_BASE_UNITS_H
#define ORR_BASE_UNITS_H

#include <stdbool.h>
#include "base/mem.h"
#include "base/text.h"

typedef enum {
    ORR_UNIT_NONE,              /* a plain number; "35%" reads 0.35 */
    ORR_UNIT_BYTES,             /* B kB MB GB TB, KiB MiB GiB TiB */
    ORR_UNIT_BYTES_PER_S,       /* GB/s ...; Gb/s and Gbps are bits */
    ORR_UNIT_FLOP_PER_S,        /* GFLOP/s TFLOP/s PFLOP/s (FLOPS, TFLOPS, TOPS too) */
    ORR_UNIT_NS,                /* ns us ms s min h d */
    ORR_UNIT_HZ,                /* Hz kHz MHz GHz */
    ORR_UNIT_W,                 /* mW W kW MW */
    ORR_UNIT_J,
    ORR_UNIT_J_PER_FLOP,        /* pJ/FLOP fJ/FLOP */
    ORR_UNIT_J_PER_BYTE,        /* pJ/B pJ/bit (x8) */
    ORR_UNIT_USD,
    ORR_UNIT_USD_PER_H,         /* USD/h, $/h */
    ORR_UNIT_PER_S,             /* 20/s, 3 /min, req/s */
    ORR_UNIT_COUNT_             /* how many there are */
} orr_unit;

/* Reads "3.35 TB/s" as 3.35e12. A bare number is in base units where `bare_allowed` (always so for NONE), else an error.
 * On failure returns false and sets *problem to a static sentence ("GiB is bytes, not bytes per second"). */
bool orr_unit_parse(const char *text, orr_unit unit, bool bare_allowed, double *value, const char **problem);
/* Writes with the scale that reads best and at most `digits` significant digits: 3.35e12 B/s -> "3.35 TB/s". Reads back to the same value when digits is 17. */
void orr_unit_format(double value, orr_unit unit, int digits, orr_text *out);
/* The same as a text of the arena. */
const char *orr_unit_text(double value, orr_unit unit, int digits, orr_arena *arena);
/* The fewest significant digits that read back to the value. */
int orr_decimal_count(double value);
const char *orr_unit_name(orr_unit unit);       /* "bytes/s" */
const char *orr_unit_examples(orr_unit unit);   /* "3.35 TB/s, 600 GB/s" */

#define ORR_NS_PER_S 1000000000.0

#endif
