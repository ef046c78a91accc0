#include "drive/exec_replay.h"

#include <string.h>

#include "base/map.h"
#include "base/stream.h"
#include "base/wire.h"

enum { LONGEST_VERSION = 64 };
#define MOST_NS ((uint64_t)1 << 61)
typedef enum { FITS, OTHER_PLAN, OTHER_REPLICA, ENDED, CUT_OFF } misfit;

struct orr_replay {
    orr_tap *tap;
    orr_text path;
    char version[LONGEST_VERSION + 1];
    bool same_version;
    uint64_t steps;                 /* executed */
    uint64_t latencies_ns;          /* their sum: a damaged file does not take the clock past its end */
    misfit misfit;
    orr_recorded_step step;         /* the last one read; tag 0: the end, `latency_ns` the number of steps */
    uint64_t hash;                  /* of all read */
    orr_plan plan;                  /* that did not fit */
    uint64_t plan_tag;
    int64_t misfit_ns;              /* -1: not told yet */
};

/* --- opening --- */

static bool read_header(orr_replay *r, uint64_t *system, uint64_t *replicas, uint64_t *prefill)
{
    char magic[sizeof ORR_RECORDING_MAGIC] = {0};
    uint64_t length;
    uint8_t bytes[8];
    if (!orr_tap_read(r->tap, magic, strlen(ORR_RECORDING_MAGIC)) || strcmp(magic, ORR_RECORDING_MAGIC) != 0) return false;
    if (!orr_tap_varint(r->tap, &length) || length > LONGEST_VERSION || !orr_tap_read(r->tap, r->version, length)) return false;
    if (!orr_tap_read(r->tap, bytes, sizeof bytes)) return false;
    *system = orr_wire_read_fixed(bytes, sizeof bytes);
    return orr_tap_varint(r->tap, replicas) && orr_tap_varint(r->tap, prefill);
}

static bool fits_study(const orr_replay *r, const orr_study *study, uint64_t system, uint64_t replicas, uint64_t prefill, orr_diags *diags)
{
    const uint64_t own_replicas = (uint64_t)study->serving.replicas, own_prefill = orr_study_has_pools(study) ? (uint64_t)study->serving.prefill.replicas : 0;
    if (system == orr_recording_system(study) && replicas == own_replicas && prefill == own_prefill) return true;
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "%s was recorded of another system: its model, hardware, engine or serving are not those of this study", r->path.bytes);
    if (replicas != own_replicas || prefill != own_prefill)
        orr_diag_note(diag, (orr_place){0}, "it has %llu replicas and %llu prefill engines, the study %llu and %llu", (unsigned long long)replicas, (unsigned long long)prefill, (unsigned long long)own_replicas, (unsigned long long)own_prefill);
    if (!r->same_version) orr_diag_note(diag, (orr_place){0}, "it was written by Orrery %s, whose catalogue may differ", r->version);
    orr_diag_hint(diag, "A recording replays the system that it was made of, with the same --set; limits (slo) may differ. Record anew with --record.");
    return false;
}

orr_replay *orr_replay_open(const char *path, const orr_study *study, const char *version, orr_diags *diags)
{
    orr_tap *tap = orr_tap_open(path, diags);
    if (tap == NULL) return NULL;
    orr_replay *r = orr_mem_resize(NULL, sizeof *r);
    *r = (orr_replay){.tap = tap, .misfit_ns = -1};
    orr_text_append(&r->path, path);
    uint64_t system = 0, replicas = 0, prefill = 0;
    if (!read_header(r, &system, &replicas, &prefill)) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is no recording", path), "`orrery predict STUDY --record FILE` writes one.");
        orr_replay_close(r);
        return NULL;
    }
    r->same_version = strcmp(r->version, version) == 0;
    if (fits_study(r, study, system, replicas, prefill, diags)) return r;
    orr_replay_close(r);
    return NULL;
}

void orr_replay_close(orr_replay *r)
{
    if (r == NULL) return;
    orr_tap_close(r->tap);
    orr_text_free(&r->path);
    orr_mem_free(r);
}

void orr_replay_rewind(orr_replay *r)
{
    uint64_t system, replicas, prefill;
    orr_tap_rewind(r->tap);
    read_header(r, &system, &replicas, &prefill);
    r->steps = r->latencies_ns = r->hash = 0;
}

/* --- steps --- */

static bool read_step(orr_tap *tap, orr_recorded_step *s)
{
    uint8_t bytes[8 * ORR_RECORDED_COSTS];
    *s = (orr_recorded_step){0};
    if (!orr_tap_varint(tap, &s->tag)) return false;
    if (s->tag == 0) return orr_tap_varint(tap, &s->latency_ns);
    if (!orr_tap_varint(tap, &s->decodes) || !orr_tap_varint(tap, &s->context) || !orr_tap_varint(tap, &s->chunks) || !orr_tap_varint(tap, &s->chunk_tokens) || !orr_tap_read(tap, bytes, 4)) return false;
    s->check = (uint32_t)orr_wire_read_fixed(bytes, 4);
    if (!orr_tap_varint(tap, &s->latency_ns) || !orr_tap_varint(tap, &s->slack_ns) || !orr_tap_read(tap, bytes, sizeof bytes)) return false;
    double costs[ORR_RECORDED_COSTS];
    for (size_t i = 0; i < ORR_RECORDED_COSTS; i++) costs[i] = orr_wire_read_double(bytes + 8 * i);
    s->cost = (orr_step_cost){{costs[0], costs[1], costs[2], costs[3], costs[4], costs[5], costs[6], costs[7]}, costs[8]};
    return s->latency_ns <= MOST_NS && s->slack_ns < s->latency_ns;
}

static misfit compare(const orr_recorded_step *s, uint64_t tag, const orr_plan *plan)
{
    if (s->tag == 0) return ENDED;
    if (s->tag != tag) return OTHER_REPLICA;
    return s->check == orr_recording_check(plan) ? FITS : OTHER_PLAN;
}

orr_outcome orr_replay_execute(orr_replay *r, orr_pool pool, int replica, const orr_plan *plan)
{
    const uint64_t tag = 1 + (uint64_t)pool + 2 * (uint64_t)replica;
    if (r->misfit == FITS) {
        r->steps++;
        r->misfit = read_step(r->tap, &r->step) ? compare(&r->step, tag, plan) : CUT_OFF;
        uint8_t again[ORR_RECORDED_STEP_BYTES];
        r->hash = orr_hash_bytes(again, orr_recording_put_step(&r->step, again), r->hash);
        r->plan = *plan;
        r->plan_tag = tag;
    }
    if (r->misfit == FITS && (r->latencies_ns += r->step.latency_ns) > MOST_NS) r->misfit = CUT_OFF;
    if (r->misfit != FITS) return (orr_outcome){1, 1};
    return (orr_outcome){(int64_t)r->step.latency_ns, (int64_t)(r->step.latency_ns - r->step.slack_ns)};
}

const orr_step_cost *orr_replay_last(const orr_replay *r) { return &r->step.cost; }
bool orr_replay_failed(const orr_replay *r) { return r->misfit != FITS; }

void orr_replay_tell_time(orr_replay *r, int64_t start_ns)
{
    if (r->misfit != FITS && r->misfit_ns < 0) r->misfit_ns = start_ns;
}

/* --- what does not fit --- */

static void name_replica(uint64_t tag, char *out, size_t room)
{
    orr_text text = {0};
    orr_text_printf(&text, "%sreplica %llu", (tag - 1) % 2 == ORR_POOL_PREFILL ? "prefill " : "", (unsigned long long)((tag - 1) / 2));
    strncpy(out, text.bytes, room - 1);
    out[room - 1] = 0;
    orr_text_free(&text);
}

static void report(const orr_replay *r, orr_diags *diags)
{
    char ours[40], theirs[40];
    const unsigned long long step = (unsigned long long)r->steps;
    const double at_s = (double)r->misfit_ns / 1e9;
    orr_diag *diag;
    name_replica(r->plan_tag, ours, sizeof ours);
    if (r->misfit == ENDED) {
        diag = orr_diag_error(diags, (orr_place){0}, "%s does not fit this study: it ends after step %llu, and the study goes on with %s at %.6f s", r->path.bytes, step - 1, ours, at_s);
    } else if (r->misfit == OTHER_REPLICA) {
        name_replica(r->step.tag, theirs, sizeof theirs);
        diag = orr_diag_error(diags, (orr_place){0}, "%s does not fit this study: step %llu, at %.6f s, is of %s here and was of %s", r->path.bytes, step, at_s, ours, theirs);
    } else {
        diag = orr_diag_error(diags, (orr_place){0}, "%s does not fit this study: step %llu, of %s at %.6f s, has another plan than was recorded", r->path.bytes, step, ours, at_s);
        orr_diag_note(diag, (orr_place){0}, "here: %lld decodes over %lld tokens of context, %lld chunks of %lld tokens", (long long)r->plan.decode_count, (long long)r->plan.decode_context_tokens,
                      (long long)r->plan.chunk_count, (long long)r->plan.chunk_tokens);
        orr_diag_note(diag, (orr_place){0}, "recorded: %llu decodes over %llu tokens of context, %llu chunks of %llu tokens", (unsigned long long)r->step.decodes, (unsigned long long)r->step.context,
                      (unsigned long long)r->step.chunks, (unsigned long long)r->step.chunk_tokens);
    }
    if (!r->same_version) orr_diag_note(diag, (orr_place){0}, "it was written by Orrery %s, whose scheduler may differ", r->version);
    orr_diag_hint(diag, "A recording replays the traffic and the seed that it was made with; limits (slo) may differ.");
}

/* The hash of all steps, and nothing more. */
static bool ends_well(orr_replay *r)
{
    uint8_t hash[8];
    return orr_tap_read(r->tap, hash, sizeof hash) && orr_wire_read_fixed(hash, sizeof hash) == r->hash && orr_tap_at_end(r->tap);
}

bool orr_replay_check(orr_replay *r, bool whole, orr_diags *diags)
{
    if (r->misfit == FITS && !whole) return true;
    if (r->misfit == FITS) {
        orr_recorded_step end;
        if (!read_step(r->tap, &end) || (end.tag == 0 && (end.latency_ns != r->steps || !ends_well(r)))) {
            r->misfit = CUT_OFF;
        } else if (end.tag != 0) {
            orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s does not fit this study: the study ends after step %llu, and the recording goes on", r->path.bytes, (unsigned long long)r->steps),
                          "A recording replays the traffic and the seed that it was made with; limits (slo) may differ.");
            return false;
        }
    }
    if (r->misfit == FITS) return true;
    if (r->misfit == CUT_OFF) orr_diag_error(diags, (orr_place){0}, "%s is damaged or cut off, at step %llu or before", r->path.bytes, (unsigned long long)r->steps);
    else report(r, diags);
    return false;
}
