/* Laws of fleets of several kinds, over whole runs of a study: groups that are alike are one, what groups did adds up, better kinds do no worse, weights share the load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "drive/run.h"
#include "spec/catalogue.h"

typedef struct fixture { orr_arena *arena; orr_diags *diags; orr_study study; const orr_perf *perf; orr_run_result run; } fixture;

enum { MOST_SETTINGS = 12 };
static const char *const common[] = {"hardware={node: dgx-h100, nodes: 1}", "traffic={source: fixed, input_tokens: 700, output_tokens: 120, length_range: 0.6, load: {rate: 30/s}, stop: {requests: 600}}", "slo={ttft: {p99: 2 s}, tpot: {p99: 30 ms}}"};

static fixture run(const char *const *more, size_t count)
{
    fixture f = {.arena = orr_arena_create(), .diags = orr_diags_create()};
    const char *settings[MOST_SETTINGS];
    size_t all = 0;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) settings[all++] = common[i];
    for (size_t i = 0; i < count; i++) settings[all++] = more[i];
    assert_true(orr_catalogue_load(f.diags));
    const orr_study_file *file = orr_study_file_read(f.arena, "examples/predict-qwen3-14b-h100.yaml", settings, all, f.diags);
    orr_text text = {0};
    if (file == NULL || !orr_study_bind(file, NULL, f.arena, &f.study, f.diags) || (f.perf = orr_perf_prepare(&f.study, f.arena, f.diags)) == NULL) {
        orr_diags_render(f.diags, false, &text);
        fail_msg("%s", text.bytes);
    }
    f.run = orr_run_study(&f.study, f.perf, &(orr_run_options){.keep_records = true}, f.diags);
    assert_int_equal(f.run.end, ORR_RUN_DONE);
    return f;
}

static void end(fixture *f)
{
    orr_run_result_free(&f->run);
    orr_arena_destroy(f->arena);
    orr_diags_destroy(f->diags);
}

static void close_to(double a, double b) { assert_true(fabs(a - b) <= 1e-9 * fmax(fabs(b), 1e-9)); }

static const char *const routers[] = {"serving.router=round_robin", "serving.router=least_loaded", "serving.router=random", "serving.router=power_of_two", "serving.router=prefix_affine", "serving.router=kv_aware", "serving.router=session_sticky"};
enum { ROUTERS = sizeof routers / sizeof *routers };

/* Cut into groups that are alike, a fleet serves every request as before, to the nanosecond, on the same replica. */
static void groups_alike_are_one(void **state)
{
    (void)state;
    for (int r = 0; r < ROUTERS; r++) {
        fixture whole = run((const char *const[]){routers[r], "serving.replicas=5"}, 2), cut = run((const char *const[]){routers[r], "serving.groups={a: {replicas: 2}, b: {replicas: 1}, c: {replicas: 2}}"}, 2);
        assert_int_equal(whole.run.record_count, cut.run.record_count);
        assert_memory_equal(whole.run.records, cut.run.records, whole.run.record_count * sizeof *whole.run.records);
        close_to(cut.run.energy_j, whole.run.energy_j);
        close_to(cut.run.usd_per_mtok_output, whole.run.usd_per_mtok_output);
        close_to(cut.run.busy_share, whole.run.busy_share);
        close_to(cut.run.memory_utilization, whole.run.memory_utilization);
        close_to(cut.run.kv_usage_mean, whole.run.kv_usage_mean);
        close_to(cut.run.kv_usage_peak, whole.run.kv_usage_peak);
        close_to(cut.run.mean_batch, whole.run.mean_batch);
        assert_int_equal(cut.run.peak_running, whole.run.peak_running);
        assert_int_equal(cut.run.gpus, whole.run.gpus);
        end(&whole);
        end(&cut);
    }
}

/* A group's sums are those of the records of its replicas; all groups' are the run's. */
static void what_groups_did_adds_up(void **state)
{
    (void)state;
    for (int r = 0; r < ROUTERS; r++) {
        fixture f = run((const char *const[]){routers[r], "serving.groups={new: {replicas: 2, weight: 3}, old: {replicas: 3, hardware: {node: dgx-a100, nodes: 1}}, wide: {replicas: 1, engine: {tensor_parallel_size: 2, max_num_seqs: 16}}}"}, 2);
        int64_t finished = 0, output = 0, input = 0, steps = 0, gpus = 0, first = 0;
        double energy_j = 0, usd_per_h = 0, good = 0;
        for (int g = 0; g < f.run.group_count; g++) {
            const orr_group_result *of = &f.run.groups[g];
            int64_t own = 0, own_output = 0;
            for (size_t i = 0; i < f.run.record_count; i++) {
                const orr_request_record *q = &f.run.records[i];
                if (q->replica < first || q->replica >= first + of->replicas) continue;
                own++;
                own_output += q->output_tokens;
            }
            assert_int_equal(of->requests_finished, own);
            assert_int_equal(of->output_tokens, own_output);
            assert_true(of->busy_share <= 1 && of->memory_utilization <= 1 && of->kv_usage_peak <= 1);
            first += of->replicas;
            finished += of->requests_finished;
            output += of->output_tokens;
            input += of->input_tokens;
            steps += of->steps;
            gpus += of->gpus;
            energy_j += of->energy_j;
            usd_per_h += of->usd_per_h;
            good += of->slo_attainment * (double)of->requests_finished;
        }
        assert_int_equal(finished, f.run.requests_finished);
        assert_int_equal(output, f.run.output_tokens);
        assert_int_equal(input, f.run.input_tokens);
        assert_int_equal(steps, f.run.steps);
        assert_int_equal(gpus, f.run.gpus);
        close_to(energy_j, f.run.energy_j);
        close_to(usd_per_h, f.run.usd_per_h);
        close_to(good, f.run.slo_attainment * (double)f.run.requests_finished);
        end(&f);
    }
}

/* Turns are shared by weight. */
static void weights_share_turns(void **state)
{
    (void)state;
    fixture f = run((const char *const[]){"serving.router=round_robin", "serving.groups={new: {replicas: 2, weight: 2}, old: {replicas: 2, hardware: {node: dgx-a100, nodes: 1}}}"}, 2);
    assert_int_equal(f.run.groups[0].requests_finished, 400);
    assert_int_equal(f.run.groups[1].requests_finished, 200);
    end(&f);
}

/* With one group slowed to a crawl the router that looks at load sends it little, the one that does not as much as ever. */
static void load_is_seen(void **state)
{
    (void)state;
    static const char groups[] = "serving.groups={new: {replicas: 2}, slow: {replicas: 2, engine: {host_per_step: 60 ms}}}";
    fixture blind = run((const char *const[]){"serving.router=round_robin", groups}, 2), seeing = run((const char *const[]){"serving.router=least_loaded", groups}, 2);
    assert_int_equal(blind.run.groups[1].requests_finished, 300);
    assert_true(seeing.run.groups[1].requests_finished < 200);
    assert_true(seeing.run.latency.by_metric[ORR_METRIC_E2EL].mean < blind.run.latency.by_metric[ORR_METRIC_E2EL].mean);
    end(&blind);
    end(&seeing);
}

/* What is left out at the beginning is left out of every group. */
static void the_beginning_is_left_out_of_groups(void **state)
{
    (void)state;
    fixture f = run((const char *const[]){"measure.warmup=200", "serving.groups={new: {replicas: 2}, old: {replicas: 3, hardware: {node: dgx-a100, nodes: 1}}}"}, 2);
    int64_t finished = 0, output = 0;
    double energy_j = 0;
    for (int g = 0; g < f.run.group_count; g++) {
        finished += f.run.groups[g].requests_finished;
        output += f.run.groups[g].output_tokens;
        energy_j += f.run.groups[g].energy_j;
    }
    assert_int_equal(f.run.requests_finished, 400);
    assert_int_equal(finished, 400);
    assert_int_equal(output, f.run.output_tokens);
    close_to(energy_j, f.run.energy_j);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_alike_are_one), cmocka_unit_test(what_groups_did_adds_up), cmocka_unit_test(weights_share_turns), cmocka_unit_test(load_is_seen),
                                       cmocka_unit_test(the_beginning_is_left_out_of_groups)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
