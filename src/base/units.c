/* Quantities: one table of spellings drives reading and writing.
 *
 * Invariants: 1. value = (number x 10^exponent, rounded once) x factor / divisor, so decimal units are exact to half an ulp; 2. a row marked `shown` is one that
 * orr_unit_format may use; 3. spellings are matched exactly: mW is not MW. */
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"

typedef struct spelling { const char *text; orr_unit unit; int exponent; double factor, divisor; bool shown; } spelling;

#define DECIMAL(text, unit, exponent) {text, unit, exponent, 1, 1, true}
#define ALSO(text, unit, exponent) {text, unit, exponent, 1, 1, false}
#define FACTOR(text, unit, factor) {text, unit, 0, factor, 1, false}
#define BITS(text, exponent) {text, ORR_UNIT_BYTES_PER_S, exponent, 1, 8, false}
#define KI 1024.0

/* Shown rows of a unit stand in rising order. */
static const spelling spellings[] = {
    {"%", ORR_UNIT_NONE, -2, 1, 1, false},

    DECIMAL("B", ORR_UNIT_BYTES, 0), DECIMAL("kB", ORR_UNIT_BYTES, 3), DECIMAL("MB", ORR_UNIT_BYTES, 6), DECIMAL("GB", ORR_UNIT_BYTES, 9),
    DECIMAL("TB", ORR_UNIT_BYTES, 12), DECIMAL("PB", ORR_UNIT_BYTES, 15),
    FACTOR("KiB", ORR_UNIT_BYTES, KI), FACTOR("MiB", ORR_UNIT_BYTES, KI * KI), FACTOR("GiB", ORR_UNIT_BYTES, KI * KI * KI),
    FACTOR("TiB", ORR_UNIT_BYTES, KI * KI * KI * KI), FACTOR("PiB", ORR_UNIT_BYTES, KI * KI * KI * KI * KI),
    ALSO("bytes", ORR_UNIT_BYTES, 0), ALSO("byte", ORR_UNIT_BYTES, 0),

    DECIMAL("B/s", ORR_UNIT_BYTES_PER_S, 0), DECIMAL("kB/s", ORR_UNIT_BYTES_PER_S, 3), DECIMAL("MB/s", ORR_UNIT_BYTES_PER_S, 6),
    DECIMAL("GB/s", ORR_UNIT_BYTES_PER_S, 9), DECIMAL("TB/s", ORR_UNIT_BYTES_PER_S, 12), DECIMAL("PB/s", ORR_UNIT_BYTES_PER_S, 15),
    FACTOR("KiB/s", ORR_UNIT_BYTES_PER_S, KI), FACTOR("MiB/s", ORR_UNIT_BYTES_PER_S, KI * KI), FACTOR("GiB/s", ORR_UNIT_BYTES_PER_S, KI * KI * KI),
    FACTOR("TiB/s", ORR_UNIT_BYTES_PER_S, KI * KI * KI * KI),
    ALSO("bytes/s", ORR_UNIT_BYTES_PER_S, 0), ALSO("MBps", ORR_UNIT_BYTES_PER_S, 6), ALSO("GBps", ORR_UNIT_BYTES_PER_S, 9), ALSO("TBps", ORR_UNIT_BYTES_PER_S, 12),
    BITS("b/s", 0), BITS("kb/s", 3), BITS("Mb/s", 6), BITS("Gb/s", 9), BITS("Tb/s", 12), BITS("bps", 0), BITS("kbps", 3), BITS("Mbps", 6), BITS("Gbps", 9), BITS("Tbps", 12),
    BITS("bit/s", 0), BITS("kbit/s", 3), BITS("Mbit/s", 6), BITS("Gbit/s", 9), BITS("Tbit/s", 12),

    DECIMAL("FLOP/s", ORR_UNIT_FLOP_PER_S, 0), DECIMAL("kFLOP/s", ORR_UNIT_FLOP_PER_S, 3), DECIMAL("MFLOP/s", ORR_UNIT_FLOP_PER_S, 6),
    DECIMAL("GFLOP/s", ORR_UNIT_FLOP_PER_S, 9), DECIMAL("TFLOP/s", ORR_UNIT_FLOP_PER_S, 12), DECIMAL("PFLOP/s", ORR_UNIT_FLOP_PER_S, 15),
    DECIMAL("EFLOP/s", ORR_UNIT_FLOP_PER_S, 18),
    ALSO("FLOPS", ORR_UNIT_FLOP_PER_S, 0), ALSO("MFLOPS", ORR_UNIT_FLOP_PER_S, 6), ALSO("GFLOPS", ORR_UNIT_FLOP_PER_S, 9), ALSO("TFLOPS", ORR_UNIT_FLOP_PER_S, 12),
    ALSO("PFLOPS", ORR_UNIT_FLOP_PER_S, 15), ALSO("EFLOPS", ORR_UNIT_FLOP_PER_S, 18), ALSO("GOPS", ORR_UNIT_FLOP_PER_S, 9), ALSO("TOPS", ORR_UNIT_FLOP_PER_S, 12),
    ALSO("POPS", ORR_UNIT_FLOP_PER_S, 15), ALSO("GOP/s", ORR_UNIT_FLOP_PER_S, 9), ALSO("TOP/s", ORR_UNIT_FLOP_PER_S, 12), ALSO("POP/s", ORR_UNIT_FLOP_PER_S, 15),

    DECIMAL("ns", ORR_UNIT_NS, 0), DECIMAL("us", ORR_UNIT_NS, 3), DECIMAL("ms", ORR_UNIT_NS, 6), DECIMAL("s", ORR_UNIT_NS, 9),
    {"min", ORR_UNIT_NS, 9, 60, 1, false}, {"h", ORR_UNIT_NS, 9, 3600, 1, false}, {"d", ORR_UNIT_NS, 9, 86400, 1, false},
    ALSO("\xC2\xB5s", ORR_UNIT_NS, 3), ALSO("\xCE\xBCs", ORR_UNIT_NS, 3),

    DECIMAL("Hz", ORR_UNIT_HZ, 0), DECIMAL("kHz", ORR_UNIT_HZ, 3), DECIMAL("MHz", ORR_UNIT_HZ, 6), DECIMAL("GHz", ORR_UNIT_HZ, 9),

    DECIMAL("mW", ORR_UNIT_W, -3), DECIMAL("W", ORR_UNIT_W, 0), DECIMAL("kW", ORR_UNIT_W, 3), DECIMAL("MW", ORR_UNIT_W, 6), DECIMAL("GW", ORR_UNIT_W, 9),

    DECIMAL("pJ", ORR_UNIT_J, -12), DECIMAL("nJ", ORR_UNIT_J, -9), DECIMAL("uJ", ORR_UNIT_J, -6), DECIMAL("mJ", ORR_UNIT_J, -3), DECIMAL("J", ORR_UNIT_J, 0),
    DECIMAL("kJ", ORR_UNIT_J, 3), DECIMAL("MJ", ORR_UNIT_J, 6), DECIMAL("GJ", ORR_UNIT_J, 9),
    {"Wh", ORR_UNIT_J, 0, 3600, 1, false}, {"kWh", ORR_UNIT_J, 3, 3600, 1, false}, {"MWh", ORR_UNIT_J, 6, 3600, 1, false},

    DECIMAL("fJ/FLOP", ORR_UNIT_J_PER_FLOP, -15), DECIMAL("pJ/FLOP", ORR_UNIT_J_PER_FLOP, -12), DECIMAL("nJ/FLOP", ORR_UNIT_J_PER_FLOP, -9),
    DECIMAL("J/FLOP", ORR_UNIT_J_PER_FLOP, 0),

    DECIMAL("fJ/B", ORR_UNIT_J_PER_BYTE, -15), DECIMAL("pJ/B", ORR_UNIT_J_PER_BYTE, -12), DECIMAL("nJ/B", ORR_UNIT_J_PER_BYTE, -9), DECIMAL("J/B", ORR_UNIT_J_PER_BYTE, 0),
    ALSO("pJ/byte", ORR_UNIT_J_PER_BYTE, -12), {"fJ/bit", ORR_UNIT_J_PER_BYTE, -15, 8, 1, false}, {"pJ/bit", ORR_UNIT_J_PER_BYTE, -12, 8, 1, false},
    {"pJ/b", ORR_UNIT_J_PER_BYTE, -12, 8, 1, false},

    DECIMAL("USD", ORR_UNIT_USD, 0), ALSO("$", ORR_UNIT_USD, 0), ALSO("dollars", ORR_UNIT_USD, 0),

    DECIMAL("USD/h", ORR_UNIT_USD_PER_H, 0), ALSO("$/h", ORR_UNIT_USD_PER_H, 0), ALSO("USD/hour", ORR_UNIT_USD_PER_H, 0), ALSO("$/hour", ORR_UNIT_USD_PER_H, 0),
    ALSO("USD/hr", ORR_UNIT_USD_PER_H, 0), ALSO("$/hr", ORR_UNIT_USD_PER_H, 0),

    DECIMAL("/s", ORR_UNIT_PER_S, 0), ALSO("req/s", ORR_UNIT_PER_S, 0), ALSO("requests/s", ORR_UNIT_PER_S, 0), ALSO("request/s", ORR_UNIT_PER_S, 0),
    ALSO("rps", ORR_UNIT_PER_S, 0), ALSO("qps", ORR_UNIT_PER_S, 0), ALSO("tokens/s", ORR_UNIT_PER_S, 0), ALSO("tok/s", ORR_UNIT_PER_S, 0),
    ALSO("sessions/s", ORR_UNIT_PER_S, 0), ALSO("per second", ORR_UNIT_PER_S, 0),
    {"/min", ORR_UNIT_PER_S, 0, 1, 60, false}, {"req/min", ORR_UNIT_PER_S, 0, 1, 60, false}, {"requests/min", ORR_UNIT_PER_S, 0, 1, 60, false},
    {"/h", ORR_UNIT_PER_S, 0, 1, 3600, false}, {"req/h", ORR_UNIT_PER_S, 0, 1, 3600, false}, {"requests/h", ORR_UNIT_PER_S, 0, 1, 3600, false},
    {"/d", ORR_UNIT_PER_S, 0, 1, 86400, false},
};
enum { SPELLING_COUNT = sizeof spellings / sizeof *spellings };

static const struct { const char *name, *what, *examples; } units[ORR_UNIT_COUNT_] = {
    [ORR_UNIT_NONE] = {"number", "a plain number", "0.9, 35%"},
    [ORR_UNIT_BYTES] = {"bytes", "bytes", "80 GB, 50 MiB"},
    [ORR_UNIT_BYTES_PER_S] = {"bytes/s", "bytes per second", "3.35 TB/s, 600 GB/s, 400 Gb/s"},
    [ORR_UNIT_FLOP_PER_S] = {"FLOP/s", "FLOP per second", "989 TFLOP/s, 2 PFLOP/s"},
    [ORR_UNIT_NS] = {"time", "a time", "250 ms, 3 us, 10 min"},
    [ORR_UNIT_HZ] = {"Hz", "a frequency", "1.98 GHz, 1410 MHz"},
    [ORR_UNIT_W] = {"W", "a power", "700 W, 1.2 kW"},
    [ORR_UNIT_J] = {"J", "an energy", "12 J, 3 kWh"},
    [ORR_UNIT_J_PER_FLOP] = {"J/FLOP", "an energy per FLOP", "0.5 pJ/FLOP, 300 fJ/FLOP"},
    [ORR_UNIT_J_PER_BYTE] = {"J/B", "an energy per byte", "30 pJ/B, 3.9 pJ/bit"},
    [ORR_UNIT_USD] = {"USD", "an amount of money", "30000 USD, $250"},
    [ORR_UNIT_USD_PER_H] = {"USD/h", "a price per hour", "2.99 USD/h, $2.99/h"},
    [ORR_UNIT_PER_S] = {"1/s", "a rate", "20/s, 3 /min, 5 req/s"},
};

const char *orr_unit_text(double value, orr_unit unit, int digits, orr_arena *arena)
{
    orr_text text = {0};
    orr_unit_format(value, unit, digits, &text);
    const char *kept = orr_arena_strdup(arena, text.bytes);
    orr_text_free(&text);
    return kept;
}

const char *orr_unit_name(orr_unit unit) { return units[unit].name; }
const char *orr_unit_examples(orr_unit unit) { return units[unit].examples; }

/* --- reading --- */

/* Of the unit wanted, or of another. */
static const spelling *find_spelling(const char *text, orr_unit unit)
{
    for (size_t i = 0; i < SPELLING_COUNT; i++) if (spellings[i].unit == unit && orr_text_equal(spellings[i].text, text)) return &spellings[i];
    for (size_t i = SPELLING_COUNT; i-- > 0;) if (orr_text_equal(spellings[i].text, text)) return &spellings[i];
    return NULL;
}

/* The unit's spelling that differs from the text in case alone. */
static const char *other_case(const char *text, orr_unit unit)
{
    for (size_t i = 0; i < SPELLING_COUNT; i++)
        if (spellings[i].unit == unit && orr_text_equal_ignoring_case(spellings[i].text, text)) return spellings[i].text;
    return NULL;
}

enum { LONGEST_SPELLING = 24 };

/* Says why a suffix will not do. The sentence holds until the next failure on this thread. */
static const char *explain(const char *suffix, orr_unit unit)
{
    static _Thread_local char sentence[160];
    const spelling *elsewhere = find_spelling(suffix, unit);
    const char *meant = other_case(suffix, unit);
    if (strncmp(suffix, "KB", 2) == 0 && (unit == ORR_UNIT_BYTES || unit == ORR_UNIT_BYTES_PER_S))
        return "KB may be 1000 or 1024 bytes; write kB or KiB";
    if (strlen(suffix) > LONGEST_SPELLING) return "what follows the number is not a unit";
    if (elsewhere) snprintf(sentence, sizeof sentence, "%s is %s, not %s", suffix, units[elsewhere->unit].what, units[unit].what);
    else if (meant) snprintf(sentence, sizeof sentence, "the unit %s is not known; write %s", suffix, meant);
    else snprintf(sentence, sizeof sentence, "the unit %s is not known", suffix);
    return sentence;
}

static const char *skip_spaces(const char *text)
{
    while (*text == ' ') text++;
    return text;
}

/* "$5" and "$5/h": the sign goes to where the unit stands. False when the text does not begin with it. */
static bool read_dollars(const char *text, orr_unit unit, double *value, const char **problem)
{
    char suffix[LONGEST_SPELLING + 2] = "$";
    if (*text != '$') return false;
    const char *number = skip_spaces(text + 1);
    size_t length = orr_number_length(number);
    const char *rest = skip_spaces(number + length);
    if (length == 0 || strlen(rest) >= LONGEST_SPELLING) { *problem = "a number was expected after the $"; return true; }
    memcpy(suffix + 1, rest, strlen(rest) + 1);
    const spelling *found = find_spelling(suffix, unit);
    if (!found || found->unit != unit) *problem = explain(suffix, unit);
    else if (!orr_number_read(number, length, 0, value)) *problem = "the number is too large";
    return true;
}

bool orr_unit_parse(const char *text, orr_unit unit, bool bare_allowed, double *value, const char **problem)
{
    double parsed = 0;
    const char *why = NULL;
    text = skip_spaces(text);
    if (read_dollars(text, unit, &parsed, &why)) goto done;

    size_t length = orr_number_length(text);
    const char *rest = skip_spaces(text + length), *end = rest + strlen(rest);
    while (end > rest && end[-1] == ' ') end--;
    size_t suffix_length = (size_t)(end - rest);
    char suffix[LONGEST_SPELLING + 2];
    if (length == 0) { why = "it does not begin with a number"; goto done; }
    size_t kept = suffix_length < sizeof suffix ? suffix_length : sizeof suffix - 1;       /* a longer one is refused for its length */
    memcpy(suffix, rest, kept);
    suffix[kept] = 0;
    spelling bare = {"", unit, 0, 1, 1, false};
    const spelling *found = suffix_length ? find_spelling(suffix, unit) : &bare;
    if (suffix_length == 0 && !bare_allowed && unit != ORR_UNIT_NONE) why = "a unit is missing";
    else if (!found || found->unit != unit) why = explain(suffix, unit);
    else if (!orr_number_read(text, length, found->exponent, &parsed) || !isfinite(parsed *= found->factor)) why = "the number is too large";
    else parsed /= found->divisor;

done:
    if (why) {
        if (problem) *problem = why;
        return false;
    }
    *value = parsed;
    return true;
}

/* --- writing --- */

/* |value| as decimal digits d1 d2 .. (no trailing zeros) with value = 0.d1d2.. x 10^*point. */
static void decimal_digits(double value, int digits, char *out, int *point)
{
    char text[40];
    double magnitude = fabs(value);
    if (digits >= 17) {     /* the fewest that read back: up to 15 are those of 15 without the zeros behind them, since so many survive a double */
        for (digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*e", digits - 1, magnitude);
            const double back = strtod(text, NULL);
            if (!(back < magnitude) && !(back > magnitude)) break;
        }
    } else snprintf(text, sizeof text, "%.*e", digits < 1 ? 0 : digits - 1, magnitude);
    const char *e = strchr(text, 'e');
    size_t count = 0;
    for (const char *c = text; c < e; c++)
        if (*c != '.') out[count++] = *c;
    while (count > 1 && out[count - 1] == '0') count--;
    out[count] = 0;
    *point = atoi(e + 1) + 1;
}

/* Writes 0.digits x 10^point in full where that is short, else with an exponent. */
static void append_decimal(const char *digits, int point, orr_text *out)
{
    int count = (int)strlen(digits);
    if (point < -4 || point > 17) {
        orr_text_append_bytes(out, digits, 1);
        if (count > 1) orr_text_printf(out, ".%s", digits + 1);
        orr_text_printf(out, "e%d", point - 1);
        return;
    }
    if (point <= 0) orr_text_append(out, "0.");
    for (int i = point; i < 0; i++) orr_text_append(out, "0");
    for (int i = 0; i < count || i < point; i++) {
        if (i == point && i > 0) orr_text_append(out, ".");
        orr_text_append_bytes(out, i < count ? digits + i : "0", 1);
    }
}

static void append_unit(const char *text, orr_unit unit, orr_text *out)
{
    if (unit != ORR_UNIT_PER_S) orr_text_append(out, " ");
    orr_text_append(out, text);
}

typedef struct scale { const char *text; double size; } scale;

/* Sizes and times that are a small whole number of a unit that is no power of ten: "80 GiB", "10 min". */
static bool append_whole(double value, orr_unit unit, size_t decimal_length, orr_text *out)
{
    static const scale binary[] = {{"TiB", KI * KI * KI * KI}, {"GiB", KI * KI * KI}, {"MiB", KI * KI}, {"KiB", KI}};
    static const scale times[] = {{"d", 86400e9}, {"h", 3600e9}, {"min", 60e9}};
    bool is_time = unit == ORR_UNIT_NS;
    if (!is_time && unit != ORR_UNIT_BYTES) return false;
    const scale *scales = is_time ? times : binary;
    for (size_t i = 0; i < (is_time ? sizeof times : sizeof binary) / sizeof(scale); i++) {
        double count = value / scales[i].size;
        if (count < 1 || count >= 10240 || floor(count) < count) continue;
        char text[16];
        size_t length = (size_t)snprintf(text, sizeof text, "%.0f", count);
        if (!is_time && length >= decimal_length) return false;
        orr_text_printf(out, "%s %s", text, scales[i].text);
        return true;
    }
    return false;
}

/* Times of minutes and more, rounded: "3.43 h". */
static bool append_long_time(double value, int digits, orr_text *out)
{
    static const scale times[] = {{"d", 86400e9}, {"h", 3600e9}, {"min", 60e9}};
    for (size_t i = 0; i < 3 && digits < 17; i++) {
        if (value < 2 * times[i].size) continue;
        char text[40];
        int point;
        decimal_digits(value / times[i].size, digits, text, &point);
        append_decimal(text, point, out);
        orr_text_printf(out, " %s", times[i].text);
        return true;
    }
    return false;
}

int orr_decimal_count(double value)
{
    char digits[40];
    int point;
    if (!isfinite(value)) return 1;
    decimal_digits(value, 17, digits, &point);
    return (int)strlen(digits);
}

void orr_unit_format(double value, orr_unit unit, int digits, orr_text *out)
{
    char text[40], exact[40];
    int point = 0, exact_point = 0;
    if (!isfinite(value)) {
        orr_text_append(out, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    if (value < 0) orr_text_append(out, "-");
    value = fabs(value);
    decimal_digits(value, 17, exact, &exact_point);
    if ((int)strlen(exact) <= digits) {      /* rounded to more, it is the same */
        memcpy(text, exact, sizeof text);
        point = exact_point;
    } else decimal_digits(value, digits, text, &point);
    if (append_whole(value, unit, strlen(exact), out)) return;
    if (unit == ORR_UNIT_NS && append_long_time(value, digits, out)) return;

    const spelling *best = NULL;      /* the largest in which the number is at least 1, else the smallest; base units for zero */
    for (size_t i = 0; i < SPELLING_COUNT; i++) {
        if (spellings[i].unit != unit || !spellings[i].shown) continue;
        bool fits = value > 0 ? point > spellings[i].exponent : spellings[i].exponent == 0;
        if (!best || fits) best = &spellings[i];
    }
    append_decimal(text, point - (best && value > 0 ? best->exponent : 0), out);
    if (best) append_unit(best->text, unit, out);
}
