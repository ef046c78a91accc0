/* Figures of a run as bytes: the struct as it lies in memory, its pointers NULL, and behind it the name of the worst tenant. Its layout is part of the key, with the model's version, so that no other program reads it.
 * A point: fifteen words of eight bytes, the lowest byte first. */
#include "lab/memo.h"

#include <string.h>
#include "base/version.h"
#include "base/wire.h"

/* --- runs --- */

static orr_digest key_of(const orr_memo *memo, const orr_study *study, const orr_run_options *options)
{
    static const uint16_t order = 1;
    orr_text resolved = {0};
    orr_study_resolved(study, &resolved);
    orr_digesting *d = orr_digest_begin();
    orr_digest_add_text(d, "run");
    orr_digest_add_text(d, orr_model_version);
    orr_digest_add_int(d, (int64_t)sizeof(orr_run_result));
    orr_digest_add(d, &order, sizeof order);
    orr_digest_add(d, memo->inputs.bytes, ORR_DIGEST_BYTES);
    orr_digest_add_int(d, options->stop_at_certain_miss);
    orr_digest_add_text(d, resolved.bytes);
    orr_text_free(&resolved);
    return orr_digest_end(d);
}

static char *copied(const char *text) { return strcpy(orr_mem_resize(NULL, strlen(text) + 1), text); }

void *orr_memo_pack_run(const orr_run_result *result, const char *worst_tenant, size_t *length_bytes)
{
    const size_t name_bytes = worst_tenant ? strlen(worst_tenant) + 1 : 1;
    char *bytes = orr_mem_resize(NULL, sizeof *result + name_bytes);
    memcpy(bytes, result, sizeof *result);
    memcpy(bytes + sizeof *result, worst_tenant ? worst_tenant : "", name_bytes);
    *length_bytes = sizeof *result + name_bytes;
    return bytes;
}

bool orr_memo_unpack_run(const void *bytes, size_t length_bytes, orr_run_result *result, char **worst_tenant)
{
    if (!bytes || length_bytes <= sizeof *result || ((const char *)bytes)[length_bytes - 1] != '\0') return false;
    memcpy(result, bytes, sizeof *result);
    if (length_bytes > sizeof *result + 1) *worst_tenant = copied((const char *)bytes + sizeof *result);
    return true;
}

static bool find_run(const orr_memo *memo, const orr_digest *key, orr_arena *arena, orr_run_result *result, char **worst_tenant)
{
    size_t length = 0;
    const void *bytes = orr_store_find_run(memo->store, key, arena, &length);
    return orr_memo_unpack_run(bytes, length, result, worst_tenant);
}

static void put_run(const orr_memo *memo, const orr_digest *key, const orr_run_result *result, const char *worst_tenant)
{
    size_t length;
    void *bytes = orr_memo_pack_run(result, worst_tenant, &length);
    orr_store_put_run(memo->store, key, bytes, length);
    orr_mem_free(bytes);
}

/* Summaries stay, samples go: every pointer of the struct is NULL after this. */
static void strip(orr_run_result *r, char **worst_tenant)
{
    if (r->slo_worst_tenant) *worst_tenant = copied(r->slo_worst_tenant);
    orr_run_result owned = *r;
    orr_run_result_free(&owned);
    r->slo_worst_tenant = NULL;
    r->itl = NULL;
    r->tenants = NULL;
    r->tiers = NULL;
    r->groups = NULL;
    r->records = NULL;
    r->ttft_ns_sorted = r->tpot_ns_sorted = r->e2el_ns_sorted = NULL;
    r->tenant_count = r->tier_count = 0;
    r->group_count = 0;
    r->record_count = r->sample_count = r->tpot_count = 0;
}

bool orr_memo_run(const orr_memo *memo, const orr_study *study, const orr_run_options *options, const orr_run_elsewhere *elsewhere, orr_arena *arena, orr_run_result *result, char **worst_tenant, orr_diags *diags)
{
    const orr_digest key = memo ? key_of(memo, study, options) : (orr_digest){{0}};
    *worst_tenant = NULL;
    const bool known = memo && find_run(memo, &key, arena, result, worst_tenant);
    const bool made = !known && elsewhere && elsewhere->run(elsewhere->context, result, worst_tenant);
    if (!known && !made) {
        const orr_perf *perf = orr_perf_prepare(study, arena, diags);
        if (!perf) return false;
        *result = orr_run_study(study, perf, options, diags);
        strip(result, worst_tenant);
    }
    if (memo && !known && (result->end == ORR_RUN_DONE || result->end == ORR_RUN_ABANDONED || result->end == ORR_RUN_DOES_NOT_FIT)) put_run(memo, &key, result, *worst_tenant);
    result->slo_worst_tenant = *worst_tenant;
    return true;
}

/* --- points --- */

enum { WORDS = ORR_POINT_BYTES / 8, UNBUILT = 1 << 8 };

void orr_memo_pack_point(const orr_sweep_point *p, uint8_t *at)
{
    const double figures[WORDS - 3] = {p->objective, p->slo_ratio, p->load, p->batch, p->ttft_ns, p->ttft_p99_ns, p->tpot_ns, p->tpot_p99_ns, p->output_tokens_per_s, p->usd_per_mtok, p->joules_per_token, p->output_tokens_per_s_per_mw};
    at += orr_wire_fixed(at, p->number, 8);
    at += orr_wire_fixed(at, (uint64_t)p->verdict | (p->unbuilt ? UNBUILT : 0), 8);
    at += orr_wire_fixed(at, (uint64_t)p->gpus, 8);
    for (size_t i = 0; i < WORDS - 3; i++) at += orr_wire_double(at, figures[i]);
}

bool orr_memo_unpack_point(const uint8_t *at, orr_sweep_point *p)
{
    const uint64_t verdict = orr_wire_read_fixed(at + 8, 8);
    if ((verdict & (UNBUILT - 1)) >= ORR_SWEEP_UNKNOWN || orr_wire_read_fixed(at, 8) != p->number) return false;
    double *const figures[WORDS - 3] = {&p->objective, &p->slo_ratio, &p->load, &p->batch, &p->ttft_ns, &p->ttft_p99_ns, &p->tpot_ns, &p->tpot_p99_ns, &p->output_tokens_per_s, &p->usd_per_mtok, &p->joules_per_token, &p->output_tokens_per_s_per_mw};
    p->verdict = (orr_sweep_verdict)(verdict & (UNBUILT - 1));
    p->unbuilt = (verdict & UNBUILT) != 0;
    p->gpus = (int32_t)orr_wire_read_fixed(at + 16, 8);
    for (size_t i = 0; i < WORDS - 3; i++) *figures[i] = orr_wire_read_double(at + 24 + 8 * i);
    return true;
}

typedef struct recalling { orr_sweep_point *points; size_t count; bool *known; } recalling;

static void take(void *context, const void *records, size_t count)
{
    const recalling *r = context;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = (const uint8_t *)records + i * ORR_POINT_BYTES;
        const uint64_t number = orr_wire_read_fixed(at, 8);
        size_t low = 0, high = r->count;
        while (low < high) {
            const size_t middle = low + (high - low) / 2;
            if (r->points[middle].number < number) low = middle + 1;
            else high = middle;
        }
        if (low < r->count && !r->known[low]) r->known[low] = orr_memo_unpack_point(at, &r->points[low]);
    }
}

static void recall(void *context, orr_sweep_point *points, size_t count, bool *known)
{
    const orr_memo *memo = context;
    orr_store_begin_space(memo->store, &(orr_store_entry){.key = memo->space, .kind = "sweep", .subject = memo->subject, .version = orr_model_version, .point_total = (int64_t)count});
    orr_store_find_points(memo->store, &memo->space, ORR_POINT_BYTES, take, &(recalling){points, count, known});
}

static bool keep(void *context, const orr_sweep_point *points, const size_t *which, size_t count)
{
    const orr_memo *memo = context;
    uint8_t *records = orr_mem_resize(NULL, count * ORR_POINT_BYTES);
    for (size_t i = 0; i < count; i++) orr_memo_pack_point(&points[which[i]], records + i * ORR_POINT_BYTES);
    orr_store_put_points(memo->store, &memo->space, records, ORR_POINT_BYTES, count);
    orr_mem_free(records);
    return !orr_store_failed(memo->store);
}

void orr_memo_points(const orr_memo *memo, orr_sweep_keeper *keeper) { *keeper = (orr_sweep_keeper){.context = (void *)(uintptr_t)memo, .recall = recall, .keep = keep}; }
