/* Distributions of a run's latencies: the value at each percent, at each tenth of the last, and the maximum. */
#ifndef ORR_REPORT_CDF_H
#define ORR_REPORT_CDF_H

#include "drive/run.h"
#include "report/csv.h"

enum { ORR_CDF_POINTS = 110 };
typedef enum { ORR_CDF_PROBABILITY, ORR_CDF_TTFT, ORR_CDF_TPOT, ORR_CDF_ITL, ORR_CDF_E2EL, ORR_CDF_COLUMN_COUNT_ } orr_cdf_column;      /* ms, but the first */
const char *orr_cdf_name(orr_cdf_column column);        /* "ttft_ms" */
/* False: the run has not kept it. */
bool orr_cdf_of(const orr_run_result *run, orr_cdf_column column, double points[ORR_CDF_POINTS]);
/* Those that there are, a line a point; nothing of a run without records. */
void orr_cdf_put(const orr_run_result *run, orr_csv *csv);

#endif
