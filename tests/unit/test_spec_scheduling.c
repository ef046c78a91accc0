/* A scheduler's parts: its own, but where a study says otherwise. */
#include "spec_support.h"

#include "spec/scheduling.h"

static void expect(const char *const *settings, size_t count, orr_admission_rule admission, orr_queue_order order, orr_victim_rule victim)
{
    spec_fixture f = spec_begin();
    const orr_study *study = spec_bind(&f, spec_small_study, settings, count);
    const orr_scheduling_parts parts = orr_scheduling_resolve(study->engine.scheduler, &study->engine.scheduling);
    assert_int_equal(parts.admission, admission);
    assert_int_equal(parts.order, order);
    assert_int_equal(parts.victim, victim);
    spec_end(&f);
}

static void parts_are_the_schedulers_own_unless_given(void **state)
{
    (void)state;
    expect(NULL, 0, ORR_ADMISSION_INPUT, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL);
    expect((const char *const[]){"engine.scheduler=sglang"}, 1, ORR_ADMISSION_NEW_TOKEN_RATIO, ORR_QUEUE_FCFS, ORR_PREEMPT_LEAST_OUTPUT);
    expect((const char *const[]){"engine.scheduler=sglang", "engine.scheduling.order=prefix"}, 2, ORR_ADMISSION_NEW_TOKEN_RATIO, ORR_QUEUE_PREFIX, ORR_PREEMPT_LEAST_OUTPUT);
    expect((const char *const[]){"engine.scheduler=trtllm"}, 1, ORR_ADMISSION_MAX_OUTPUT, ORR_QUEUE_FCFS, ORR_PREEMPT_TAIL);
    expect((const char *const[]){"engine.scheduling={order: fair, admission: max_output}"}, 1, ORR_ADMISSION_MAX_OUTPUT, ORR_QUEUE_FAIR, ORR_PREEMPT_TAIL);
}

/* vLLM's policy of that name means both. */
static void by_priority_who_goes_is_too_unless_given(void **state)
{
    (void)state;
    expect((const char *const[]){"engine.scheduling.order=priority"}, 1, ORR_ADMISSION_INPUT, ORR_QUEUE_PRIORITY, ORR_PREEMPT_PRIORITY);
    expect((const char *const[]){"engine.scheduling={order: priority, victim: tail}"}, 1, ORR_ADMISSION_INPUT, ORR_QUEUE_PRIORITY, ORR_PREEMPT_TAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_are_the_schedulers_own_unless_given), cmocka_unit_test(by_priority_who_goes_is_too_unless_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
