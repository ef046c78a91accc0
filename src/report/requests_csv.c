#include "report/requests_csv.h"

#include <math.h>
#include <stdlib.h>
#include "report/csv.h"

static const char *const columns[] = {"request", "replica", "arrival_s", "input_tokens", "cached_tokens", "output_tokens", "queue_ms", "ttft_ms", "tpot_ms", "e2el_ms", "finish_s", "preemptions"};

typedef struct place { int64_t arrival_ns; size_t index; } place;

static int earlier_first(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->arrival_ns != y->arrival_ns) return x->arrival_ns < y->arrival_ns ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Records stand in the order of their finish; lines in that of arrival. To be freed. */
static place *by_arrival(const orr_run_result *run)
{
    place *order = orr_mem_resize(NULL, (run->record_count + 1) * sizeof *order);
    for (size_t i = 0; i < run->record_count; i++) order[i] = (place){run->records[i].arrival_ns, i};
    if (run->record_count > 1) qsort(order, run->record_count, sizeof *order, earlier_first);
    return order;
}

void orr_requests_put_head(orr_csv *csv, bool tenants)
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) orr_csv_string(csv, columns[i]);
    if (tenants) orr_csv_string(csv, "tenant");
    orr_csv_row_end(csv);
}

void orr_requests_put_row(orr_csv *csv, int64_t number, const orr_request_record *r, const char *tenant)
{
    orr_csv_int(csv, number);
    orr_csv_int(csv, r->replica);
    orr_csv_double(csv, (double)r->arrival_ns / 1e9);
    orr_csv_int(csv, r->input_tokens);
    orr_csv_int(csv, r->cached_tokens);
    orr_csv_int(csv, r->output_tokens);
    orr_csv_double(csv, (double)(r->admitted_ns - r->arrival_ns) / 1e6);
    orr_csv_double(csv, (double)(r->first_token_ns - r->arrival_ns) / 1e6);
    if (r->output_tokens > 1) orr_csv_double(csv, (double)(r->finish_ns - r->first_token_ns) / (1e6 * (double)(r->output_tokens - 1)));
    else orr_csv_double(csv, (double)NAN);
    orr_csv_double(csv, (double)(r->finish_ns - r->arrival_ns) / 1e6);
    orr_csv_double(csv, (double)r->finish_ns / 1e9);
    orr_csv_int(csv, r->preemptions);
    if (tenant) orr_csv_string(csv, tenant);
    orr_csv_row_end(csv);
}

void orr_requests_put(const orr_run_result *run, orr_csv *csv)
{
    orr_requests_put_head(csv, run->tenant_count > 0);
    place *order = by_arrival(run);
    for (size_t i = 0; i < run->record_count; i++) {
        const orr_request_record *r = &run->records[order[i].index];
        orr_requests_put_row(csv, (int64_t)i, r, run->tenant_count > 0 ? run->tenants[r->tenant].name : NULL);
    }
    orr_mem_free(order);
}

void orr_requests_write_csv(const orr_run_result *run, orr_text *out) { orr_requests_put(run, &(orr_csv){.out = out}); }
