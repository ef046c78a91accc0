#include "report/figure.h"

#include <math.h>
#include <string.h>
#include "base/math.h"
#include "base/text.h"

/* Commas between the thousands of the whole part of "-1234567.89". */
static const char *with_commas(const char *digits, orr_arena *arena)
{
    const size_t sign = *digits == '-', length = strlen(digits), whole = strcspn(digits + sign, ".");
    char *out = orr_arena_alloc(arena, length + whole / 3 + 2), *at = out;
    if (sign) *at++ = '-';
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0) *at++ = ',';
        *at++ = digits[sign + i];
    }
    strcpy(at, digits + sign + whole);
    return out;
}

const char *orr_figure_count(int64_t value, orr_arena *arena) { return with_commas(orr_arena_printf(arena, "%lld", (long long)value), arena); }

const char *orr_figure_fixed(double value, int decimals, orr_arena *arena)
{
    if (!isfinite(value)) return "-";
    const char *digits = orr_arena_printf(arena, "%.*f", decimals, value);
    if (*digits == '-' && !digits[1 + strspn(digits + 1, "0.")]) digits++;      /* no "-0.00" */
    return with_commas(digits, arena);
}

const char *orr_figure_number(double value, int significant, orr_arena *arena)
{
    if (!isfinite(value)) return "-";
    if (value == 0) return "0";
    int magnitude = 0;              /* of the first digit: 0 for 1 to 9.99 */
    double size = fabs(value);
    while (size >= 10 && magnitude < 400) { size /= 10; magnitude++; }
    while (size < 1 && magnitude > -400) { size *= 10; magnitude--; }
    int decimals = significant - 1 - magnitude;
    return orr_figure_fixed(value, decimals < 0 ? 0 : decimals > 12 ? 12 : decimals, arena);
}

const char *orr_figure_plus_minus(double mean, double half, orr_arena *arena)
{
    if (isnan(half)) return orr_figure_number(mean, 4, arena);
    int decimals = 0;
    for (double digit = half; decimals < 6 && digit > 0 && digit < 9.95; digit *= 10) decimals++;
    return orr_arena_printf(arena, "%s ± %s", orr_figure_fixed(mean, half > 0 ? decimals : 2, arena), orr_figure_fixed(half, half > 0 ? decimals : 0, arena));
}

const char *orr_figure_percent(double share, int decimals, orr_arena *arena)
{
    if (!isfinite(share)) return "-";
    return orr_arena_printf(arena, "%s %%", orr_figure_fixed(share * 100, decimals, arena));
}

typedef struct scale { double size; const char *unit; } scale;

/* The first scale that leaves at least 1 before the point; the last one when none does. */
static const char *scaled(double value, const scale *scales, size_t count, orr_arena *arena)
{
    if (!isfinite(value)) return "-";
    size_t i = 0;
    while (i + 1 < count && fabs(value) < scales[i].size) i++;
    return orr_arena_printf(arena, "%s %s", orr_figure_number(value / scales[i].size, 3, arena), scales[i].unit);
}

const char *orr_figure_time(double ns, orr_arena *arena)
{
    static const scale scales[] = {{6e10, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    if (ns == 0) return "0 ms";
    return scaled(ns, scales, sizeof scales / sizeof *scales, arena);
}

const char *orr_figure_bytes(double bytes, orr_arena *arena)
{
    static const scale scales[] = {{1e15, "PB"}, {1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}};
    return scaled(bytes, scales, sizeof scales / sizeof *scales, arena);
}

const char *orr_figure_usd(double usd, orr_arena *arena)
{
    if (!isfinite(usd)) return "-";
    return orr_arena_printf(arena, "%s$%s", usd < 0 ? "-" : "", orr_figure_fixed(fabs(usd), fabs(usd) >= 100 ? 0 : fabs(usd) >= 0.1 ? 2 : 3, arena));
}

const char *orr_figure_plural(int64_t count, const char *one, const char *many, orr_arena *arena)
{
    return orr_arena_printf(arena, "%s %s", orr_figure_count(count, arena), count == 1 ? one : many);
}

const char *orr_objective_heading(orr_objective objective)
{
    static const char *const titles[] = {[ORR_MINIMIZE_USD_PER_MTOK] = "$/Mtok", [ORR_MAXIMIZE_TOKENS_PER_S_PER_GPU] = "tok/s/GPU", [ORR_MINIMIZE_JOULES_PER_TOKEN] = "J/token", [ORR_MINIMIZE_GPUS] = "GPUs needed",
                                         [ORR_MAXIMIZE_GOODPUT] = "goodput/s", [ORR_MAXIMIZE_TOKENS_PER_S_PER_MW] = "tok/s/MW"};
    return titles[objective];
}

const char *orr_figure_objective(orr_objective objective, double value, orr_arena *arena)
{
    if (objective == ORR_MINIMIZE_USD_PER_MTOK) return orr_figure_usd(value, arena);
    if (objective == ORR_MINIMIZE_GPUS) return orr_figure_fixed(value, 0, arena);
    return orr_figure_number(value, 4, arena);
}
