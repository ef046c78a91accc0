/* A sweep with hands in other processes. What is asked of them, words of eight bytes:
 *
 *     ESTIMATE  groups, then of each group: the number of the point that stands for it, how many are wanted, their numbers     -> of each group: a word, 1 where all was said, and then its points (memo.h)
 *     SIMULATE  the number of a finalist                                                                                    -> its run (memo.h)
 *
 * What a hand can't say (a wrong study, traffic that can't be read) is found out here, so that mistakes are told once and by the process that was asked. */
#include "lab/sweep_internal.h"

#include "base/vec.h"
#include "base/wire.h"
#include "lab/memo.h"

enum { ESTIMATE = 1, SIMULATE = 2, WORD = 8 };

typedef ORR_VEC(uint8_t) bytes;

static uint8_t *extend(bytes *to, size_t count)
{
    to->items = orr_mem_resize(to->items, to->count + count);
    to->count += count;
    return to->items + to->count - count;
}

static void put_word(bytes *to, uint64_t value) { orr_wire_fixed(extend(to, WORD), value, WORD); }

/* Reads words while there are any. */
typedef struct reading { const uint8_t *at; size_t left_bytes; bool short_of; } reading;
static const uint8_t *take(reading *r, size_t count)
{
    if (r->left_bytes < count) r->short_of = true;
    if (r->short_of) return NULL;
    const uint8_t *at = r->at;
    r->at += count;
    r->left_bytes -= count;
    return at;
}
static uint64_t take_word(reading *r)
{
    const uint8_t *at = take(r, WORD);
    return at ? orr_wire_read_fixed(at, WORD) : 0;
}

/* --- who asks --- */

static size_t groups_end(const orr_sweeping *s, size_t item)
{
    const size_t end = (item + 1) * s->item_groups;
    return end < s->group_count ? end : s->group_count;
}

void orr_sweeping_estimate_item(void *context, size_t item)
{
    const orr_sweeping *s = context;
    for (size_t g = item * s->item_groups; g < groups_end(s, item); g++) orr_sweeping_estimate_group(context, g);
}

/* A group of the reply into its points. False: it is not all there. */
static bool read_group(orr_sweeping *s, reading *r, const size_t *wanted, size_t count)
{
    if (take_word(r) != 1) return false;
    for (size_t m = 0; m < count; m++) {
        const uint8_t *at = take(r, ORR_POINT_BYTES);
        if (!at || !orr_memo_unpack_point(at, &s->sweep->points[wanted[m]])) return false;
    }
    orr_sweeping_keep(s, wanted, count);
    return true;
}

bool orr_sweeping_estimate_item_elsewhere(void *context, size_t item, size_t hand)
{
    orr_sweeping *s = context;
    const size_t from = item * s->item_groups, end = groups_end(s, item);
    size_t *wanted = orr_mem_resize(NULL, (s->first[end] - s->first[from]) * sizeof *wanted), asked = 0;
    bytes task = {0};
    put_word(&task, ESTIMATE);
    put_word(&task, 0);
    for (size_t g = from; g < end; g++) {
        const size_t count = orr_sweeping_is_ours(s, g) ? orr_sweeping_wanted(s, g, wanted) : 0;
        if (count == 0) continue;
        asked++;
        put_word(&task, s->sweep->points[s->members[s->first[g]]].number);
        put_word(&task, count);
        for (size_t m = 0; m < count; m++) put_word(&task, s->sweep->points[wanted[m]].number);
    }
    orr_wire_fixed(task.items + WORD, asked, WORD);
    void *reply = NULL;
    size_t reply_bytes = 0;
    const bool there = asked == 0 || s->options->crew->ask(s->options->crew, hand, task.items, task.count, &reply, &reply_bytes);
    reading r = {reply, reply_bytes, reply == NULL};
    for (size_t g = from; g < end && there && asked > 0; g++) {
        const size_t count = orr_sweeping_is_ours(s, g) ? orr_sweeping_wanted(s, g, wanted) : 0;
        if (count > 0 && !read_group(s, &r, wanted, count)) orr_sweeping_estimate_group(s, g);
    }
    orr_mem_free(reply);
    orr_mem_free(wanted);
    orr_vec_free(&task);
    return there;
}

bool orr_sweeping_simulate_elsewhere(const orr_sweeping *s, uint64_t number, size_t hand, orr_run_result *result, char **worst_tenant, bool *made)
{
    uint8_t task[2 * WORD];
    orr_wire_fixed(task, SIMULATE, WORD);
    orr_wire_fixed(task + WORD, number, WORD);
    void *reply = NULL;
    size_t reply_bytes = 0;
    const bool there = s->options->crew->ask(s->options->crew, hand, task, sizeof task, &reply, &reply_bytes);
    *made = there && orr_memo_unpack_run(reply, reply_bytes, result, worst_tenant);
    orr_mem_free(reply);
    return there;
}

/* --- who serves --- */

struct orr_sweep_helper { orr_sweeping sweeping; orr_sweep_options options; orr_diags *diags; };

orr_sweep_helper *orr_sweep_helper_create(const orr_study_file *file, size_t samples_most, const volatile int *cancel, orr_arena *arena)
{
    orr_sweep_helper *h = ORR_NEW(arena, orr_sweep_helper);
    h->options = (orr_sweep_options){.samples_most = samples_most, .cancel = cancel};
    h->diags = orr_diags_create();
    orr_sweeping_begin(&h->sweeping, file, &h->options, arena, h->diags);
    return h;
}

void orr_sweep_helper_destroy(orr_sweep_helper *h)
{
    orr_sweeping_end(&h->sweeping);
    orr_diags_destroy(h->diags);
}

/* A group alone, as a sweep of its own: the first point stands for it. */
static void answer_group(const orr_sweep_helper *h, reading *r, bytes *reply, orr_arena *arena)
{
    const uint64_t first = take_word(r), count = take_word(r);
    if (r->short_of || count > r->left_bytes / WORD) {
        r->short_of = true;
        return;
    }
    orr_sweep sweep = *h->sweeping.sweep;
    sweep.points = ORR_NEW_ARRAY(arena, orr_sweep_point, count + 1);
    sweep.point_count = count + 1;
    size_t *wanted = ORR_NEW_ARRAY(arena, size_t, count + 1);
    sweep.points[0] = orr_sweep_blank(first);
    for (size_t m = 0; m < count; m++) sweep.points[wanted[m] = m + 1] = orr_sweep_blank(take_word(r));
    orr_sweeping s = h->sweeping;
    s.sweep = &sweep;
    s.arena = arena;
    pthread_mutex_init(&s.lock, NULL);
    const bool said = orr_sweeping_estimate(&s, 0, wanted, count);
    pthread_mutex_destroy(&s.lock);
    put_word(reply, said);
    for (size_t m = 0; m < count && said; m++) orr_memo_pack_point(&sweep.points[wanted[m]], extend(reply, ORR_POINT_BYTES));
}

static bool answer_run(const orr_sweep_helper *h, uint64_t number, void **reply, size_t *reply_bytes)
{
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_study *study = ORR_NEW(arena, orr_study);
    orr_run_result run;
    char *tenant = NULL;
    const bool ran = orr_sweeping_run_point(&h->sweeping, number, NULL, study, &run, &tenant, arena, diags);
    if (ran) *reply = orr_memo_pack_run(&run, tenant, reply_bytes);
    orr_mem_free(tenant);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return ran;
}

bool orr_sweep_answer(void *context, const void *task, size_t task_bytes, void **reply, size_t *reply_bytes)
{
    const orr_sweep_helper *h = context;
    reading r = {task, task_bytes, false};
    const uint64_t what = take_word(&r);
    if (what == SIMULATE) {
        const uint64_t number = take_word(&r);
        return !r.short_of && answer_run(h, number, reply, reply_bytes);
    }
    bytes all = {0};
    orr_arena *arena = orr_arena_create();
    for (uint64_t left = take_word(&r); what == ESTIMATE && left > 0 && !r.short_of; left--) answer_group(h, &r, &all, arena);
    orr_arena_destroy(arena);
    *reply = all.items;
    *reply_bytes = all.count;
    return what == ESTIMATE && !r.short_of;
}
