/* requests.csv and candidates.csv: one line a request, one line a point of the search. Columns carry their units; docs/RESULTS_FORMAT.md lists them. */
#ifndef ORR_REPORT_REQUESTS_CSV_H
#define ORR_REPORT_REQUESTS_CSV_H

#include "report/csv.h"
#include "report/report.h"

/* In order of arrival. Writes the header alone when no records were kept. */
void orr_requests_write_csv(const orr_run_result *run, orr_text *out);
void orr_requests_put(const orr_run_result *run, orr_csv *csv);
/* Its head and one line, for who writes them as they come. `tenant` NULL: no mix. */
void orr_requests_put_head(orr_csv *csv, bool tenants);
void orr_requests_put_row(orr_csv *csv, int64_t number, const orr_request_record *record, const char *tenant);
/* In rank order; a column for each domain. Figures are empty where the point was not simulated in full. */
void orr_candidates_write_csv(const orr_recommendation *recommendation, const orr_study_file *file, orr_text *out);
void orr_candidates_put(const orr_recommendation *recommendation, const orr_study_file *file, orr_csv *csv);

#endif
