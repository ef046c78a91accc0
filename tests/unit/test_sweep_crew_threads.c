/* A sweep with hands elsewhere, here all in one process: the same bytes as alone, whatever becomes of the hands. MPI itself: tests/cli/test_crew.sh. */
#include <stdatomic.h>
#include <string.h>

#include "lab/sweep.h"
#include "spec_support.h"

typedef enum { HONEST, LOST_AT_ONCE, LOST_LATER, CANNOT, TELLS_HALF, TELLS_NONSENSE } manner;

typedef struct fake { orr_crew crew; orr_sweep_helper *helper; manner manner; atomic_int asked, told; } fake;

static bool ask(orr_crew *crew, size_t hand, const void *task, size_t task_bytes, void **reply, size_t *reply_bytes)
{
    fake *f = (fake *)crew;
    const int before = atomic_fetch_add(&f->asked, 1);
    *reply = NULL;
    *reply_bytes = 0;
    if (f->manner == LOST_AT_ONCE || (f->manner == LOST_LATER && hand == 0 && before > 2)) return false;
    if (f->manner == CANNOT || !orr_sweep_answer(f->helper, task, task_bytes, reply, reply_bytes)) return true;
    if (f->manner == TELLS_HALF) *reply_bytes /= 2;
    else if (f->manner == TELLS_NONSENSE) memset(*reply, 0x5a, *reply_bytes);
    else atomic_fetch_add(&f->told, 1);
    return true;
}

static const char *const settings[] = {"engine.tensor_parallel_size={choices: [1, 2, 4, 8]}", "serving.replicas={range: {min: 1, max: 4, step: 1}}", "engine.max_num_seqs={choices: [8, 16, 32, 64, 128]}",
                                       "hardware.chip.memory.bandwidth={choices: [x1, x1.5, x2]}", "traffic.stop.requests=150"};

static orr_sweep *sweep_with(spec_fixture *f, fake *others, size_t hands, orr_sweep_search search, size_t samples)
{
    const orr_study_file *file = spec_read(f, spec_small_study, settings, sizeof settings / sizeof *settings);
    if (others) others->helper = orr_sweep_helper_create(file, samples, NULL, f->arena);
    orr_sweep *s = orr_sweep_study(file, &(orr_sweep_options){.threads = 1, .samples_most = samples, .finalists = 6, .search = search, .crew = others ? &others->crew : NULL, .hands = hands}, f->arena, f->diags);
    if (others) orr_sweep_helper_destroy(others->helper);
    spec_expect_clean(f);
    return s;
}

static void expect_same(const orr_sweep *a, const orr_sweep *b)
{
    assert_true(a->point_count == b->point_count && a->finalist_count == b->finalist_count && a->prepared == b->prepared);
    assert_memory_equal(a->points, b->points, a->point_count * sizeof *a->points);
    for (size_t i = 0; i < a->finalist_count; i++) {
        assert_true(a->finalists[i].point == b->finalists[i].point && a->finalists[i].keeps == b->finalists[i].keeps);
        assert_memory_equal(&a->finalists[i].objective, &b->finalists[i].objective, sizeof(double));
    }
    assert_true((a->why_impossible != NULL) == (b->why_impossible != NULL));
    if (a->why_impossible) assert_string_equal(a->why_impossible, b->why_impossible);
}

static void same_bytes_whatever_becomes_of_the_hands(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_sweep *alone = sweep_with(&f, NULL, 0, (orr_sweep_search){0}, 1000);
    assert_true(alone->point_count == 240 && alone->counts[ORR_SWEEP_KEEPS] > 10 && alone->counts[ORR_SWEEP_UNKNOWN] == 0);
    for (int m = HONEST; m <= TELLS_NONSENSE; m++) {
        fake others = {.crew = {.size = 4, .ask = ask}, .manner = (manner)m};
        expect_same(alone, sweep_with(&f, &others, 3, (orr_sweep_search){0}, 1000));
        assert_true(m != LOST_AT_ONCE || others.asked <= 3);        /* nobody asks the lost again */
        assert_true(m == HONEST || m == LOST_LATER || others.told == 0);
    }
    spec_end(&f);
}

static void generations_too(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_sweep_search bred = {.evolves = true};
    const orr_sweep *alone = sweep_with(&f, NULL, 0, bred, 100);
    fake others = {.crew = {.size = 3, .ask = ask}};
    assert_true(alone->generations > 1);
    expect_same(alone, sweep_with(&f, &others, 2, bred, 100));
    spec_end(&f);
}

/* Bytes that are no task do no harm. */
static void tasks_of_others(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    const orr_study_file *file = spec_read(&f, spec_small_study, settings, sizeof settings / sizeof *settings);
    orr_sweep_helper *helper = orr_sweep_helper_create(file, 100, NULL, f.arena);
    const uint64_t tasks[][4] = {{0}, {1, 5}, {1, 1, 0, UINT64_MAX}, {2}, {7, 7, 7, 7}};
    const size_t words[] = {0, 2, 4, 1, 4};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        void *reply = NULL;
        size_t reply_bytes = 0;
        assert_false(orr_sweep_answer(helper, tasks[i], words[i] * 8, &reply, &reply_bytes));
        orr_mem_free(reply);
    }
    orr_sweep_helper_destroy(helper);
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bytes_whatever_becomes_of_the_hands), cmocka_unit_test(generations_too), cmocka_unit_test(tasks_of_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
