#include "report/cdf.h"

static double probability(int i) { return i < 100 ? i / 100.0 : i < 109 ? 0.99 + (i - 99) / 1000.0 : 1; }

const char *orr_cdf_name(orr_cdf_column column)
{
    static const char *const names[] = {[ORR_CDF_PROBABILITY] = "probability", [ORR_CDF_TTFT] = "ttft_ms", [ORR_CDF_TPOT] = "tpot_ms", [ORR_CDF_ITL] = "itl_ms", [ORR_CDF_E2EL] = "e2el_ms"};
    return names[column];
}

bool orr_cdf_of(const orr_run_result *run, orr_cdf_column column, double points[ORR_CDF_POINTS])
{
    const struct { const double *sorted_ns; size_t count; } kept[ORR_CDF_COLUMN_COUNT_] = {[ORR_CDF_TTFT] = {run->ttft_ns_sorted, run->sample_count}, [ORR_CDF_TPOT] = {run->tpot_ns_sorted, run->tpot_count}, [ORR_CDF_E2EL] = {run->e2el_ns_sorted, run->sample_count}};
    if (!run->ttft_ns_sorted || run->sample_count == 0) return false;
    if (column == ORR_CDF_ITL && (!run->itl || orr_histogram_count(run->itl) == 0)) return false;
    if (column != ORR_CDF_ITL && column != ORR_CDF_PROBABILITY && (!kept[column].sorted_ns || kept[column].count == 0)) return false;
    for (int i = 0; i < ORR_CDF_POINTS; i++)
        points[i] = column == ORR_CDF_PROBABILITY ? probability(i) : (column == ORR_CDF_ITL ? orr_histogram_percentile(run->itl, probability(i)) : orr_percentile_sorted(kept[column].sorted_ns, kept[column].count, probability(i))) / 1e6;
    return true;
}

void orr_cdf_put(const orr_run_result *run, orr_csv *csv)
{
    double points[ORR_CDF_COLUMN_COUNT_][ORR_CDF_POINTS];
    bool there[ORR_CDF_COLUMN_COUNT_];
    for (orr_cdf_column c = 0; c < ORR_CDF_COLUMN_COUNT_; c++) {
        there[c] = orr_cdf_of(run, c, points[c]);
        if (there[c]) orr_csv_string(csv, orr_cdf_name(c));
    }
    if (!there[ORR_CDF_PROBABILITY]) return;
    orr_csv_row_end(csv);
    for (int i = 0; i < ORR_CDF_POINTS; i++) {
        for (orr_cdf_column c = 0; c < ORR_CDF_COLUMN_COUNT_; c++)
            if (there[c]) orr_csv_double(csv, points[c][i]);
        orr_csv_row_end(csv);
    }
}
