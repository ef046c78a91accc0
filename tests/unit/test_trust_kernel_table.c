/* Kernel tables: names of files, rows of every operator, rows that are left unread, and what is refused. */
#include "trust_support.h"

#include <math.h>
#include "spec/catalogue.h"
#include "trust/kernel_errors.h"

static const char gemm[] = "gemm_dtype,m,n,k,latency_ms,power_w,power_limit\nbfloat16,128,4096,8192,0.05,350,700\nfp8_block,1,4096,8192,0.01,,\n";

static orr_kernel_tables read_good(trust_files *f, const char *path)
{
    orr_kernel_tables tables = {0};
    if (!orr_catalogue_load(f->diags) || !orr_kernel_tables_read(path, f->arena, &tables, f->diags)) fail_msg("%s", trust_errors(f));
    return tables;
}

static void refused(trust_files *f, const char *path, const char *part)
{
    orr_kernel_tables tables;
    assert_true(orr_catalogue_load(f->diags));
    assert_false(orr_kernel_tables_read(path, f->arena, &tables, f->diags));
    trust_says(f, part);
}

static void names_and_rows(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    const char *file = trust_write_text(&f, "h100_sxm/gemm-vllm-0.24.0.csv", gemm);
    trust_write_text(&f, "a100-sxm/gemm-trtllm.csv", gemm);
    trust_write_text(&f, "a100-sxm/gemm-trtllm.csv.bak", "not read");
    trust_write_text(&f, "a100-sxm/notes.txt", "not read");
    trust_write_text(&f, "h100_sxm/unheard_of-vllm-0.24.0.csv", "not,read\n1\n");
    const orr_kernel_tables tables = read_good(&f, f.folder);
    assert_int_equal(tables.count, 2);
    const orr_kernel_table *a = &tables.items[0], *h = &tables.items[1];
    assert_string_equal(a->chip, orr_catalogue_find(ORR_KIND_CHIP, "a100-sxm")->name);       /* as the catalogue has it */
    assert_string_equal(a->engine, "trtllm");
    assert_string_equal(a->version, "");
    assert_string_equal(h->chip, "h100-sxm");
    assert_string_equal(h->engine, "vllm");
    assert_string_equal(h->version, "0.24.0");
    assert_string_equal(h->operator_, "gemm");
    assert_string_equal(h->hardware->chip.name, "h100-sxm");
    assert_int_equal(h->row_count, 2);
    assert_int_equal(h->unread, 0);
    const orr_kernel_row *row = &h->rows[0];
    assert_true(row->kernel.family == ORR_KERNEL_GEMM && row->kernel.m == 128 && row->kernel.n == 4096 && row->kernel.k == 8192 && row->kernel.weight_dtype == ORR_DTYPE_BF16);
    assert_true(fabs(row->measured_ns - 50000) < 1e-6 && row->power_w == 350 && row->power_limit_w == 700 && row->line == 2);
    assert_true(isnan(h->rows[1].power_w) && h->rows[1].kernel.weight_dtype == ORR_DTYPE_FP8_BLOCK);
    assert_int_equal(read_good(&f, file).count, 1);
    assert_int_equal(read_good(&f, orr_arena_printf(f.arena, "%s/a100-sxm", f.folder)).count, 1);
    trust_end(&f);
}

/* A row of each operator, and the family it is; every kernel has a kind, a shape and, on this chip, a cost. */
static void every_operator_is_read(void **state)
{
    (void)state;
    static const struct { const char *operator_, *text; orr_kernel_family family; size_t rows; } tables[] = {
        {"context_attention", "batch_size,isl,step,num_heads,num_key_value_heads,head_dim,window_size,attn_dtype,kv_cache_dtype,latency_ms\n4,1024,0,32,8,128,0,bfloat16,fp8,0.2\n4,1024,10,32,8,128,128,bfloat16,fp8,0.2\n", ORR_KERNEL_PREFILL_ATTENTION, 2},
        {"generation_attention", "batch_size,isl,step,num_heads,num_key_value_heads,head_dim,attn_dtype,kv_cache_dtype,latency_ms\n4,1024,9,32,8,128,bfloat16,bfloat16,0.02\n", ORR_KERNEL_DECODE_ATTENTION, 1},
        {"context_mla", "batch_size,isl,step,num_heads,mla_dtype,kv_cache_dtype,latency_ms\n4,1024,0,16,bfloat16,fp8,0.2\n", ORR_KERNEL_PREFILL_MLA, 1},
        {"generation_mla", "batch_size,isl,step,num_heads,mla_dtype,kv_cache_dtype,latency_ms\n4,1024,1,16,bfloat16,bfloat16,0.2\n", ORR_KERNEL_DECODE_MLA, 1},
        {"moe", "kernel_source,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,moe_ep_size,distribution,latency_ms\nx,fp8_block,64,7168,2048,8,256,1,8,power_law_1.01,0.3\n", ORR_KERNEL_MOE, 1},
        {"nccl", "op_name,nccl_dtype,num_gpus,message_size,latency_ms\nall_reduce,half,8,1048576,0.05\nall_gather,half,8,1048576,0.05\nalltoall,half,8,1048576,0.05\n", ORR_KERNEL_COLLECTIVE, 3},
        {"custom_allreduce", "allreduce_dtype,num_gpus,message_size,latency_ms\nbfloat16,4,65536,0.01\n", ORR_KERNEL_COLLECTIVE, 1},
        {"wideep_deepep_ll", "node_num,hidden_size,num_token,num_topk,num_experts,dispatch_avg_t_us,combine_avg_t_us\n2,7168,64,8,256,50,70\n", ORR_KERNEL_DISPATCH, 2},
        {"gdn", "kernel_source,phase,batch_size,seq_len,d_conv,num_k_heads,head_k_dim,num_v_heads,head_v_dim,latency_ms\nchunk,context,2,512,4,16,128,32,128,0.1\n", ORR_KERNEL_STATE_SCAN, 1},
        {"mamba2", "kernel_source,phase,batch_size,seq_len,d_conv,d_state,nheads,head_dim,n_groups,latency_ms\nconv1d,generation,2,1,4,128,64,64,8,0.01\n", ORR_KERNEL_STATE_UPDATE, 1},
    };
    trust_files f = trust_begin();
    orr_diags *quiet = orr_diags_create();
    assert_true(orr_catalogue_load(quiet));
    const orr_coefficients *coefficients = orr_coefficients_universal(f.arena, quiet);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const char *path = trust_write_text(&f, orr_arena_printf(f.arena, "h100-sxm/%s-vllm-1.csv", tables[i].operator_), tables[i].text);
        const orr_kernel_tables read = read_good(&f, path);
        assert_int_equal(read.count, 1);
        if (read.items[0].row_count != tables[i].rows) fail_msg("%s: %zu rows, %zu unread", tables[i].operator_, read.items[0].row_count, read.items[0].unread);
        const orr_machine machine = orr_kernel_machine(read.items[0].hardware, coefficients);
        for (size_t k = 0; k < tables[i].rows; k++) {
            const orr_kernel *kernel = &read.items[0].rows[k].kernel;
            char kind[ORR_KERNEL_KIND_BYTES];
            orr_cost cost;
            assert_int_equal(kernel->family, tables[i].family);
            orr_kernel_kind(kernel, kind);
            assert_true(kind[0] != '\0' && orr_kernel_shape_of(kernel).dims > 0);
            assert_true(orr_kernel_cost(&machine, kernel, f.arena, &cost) && isfinite(cost.time_ns) && cost.energy_j >= 0);
        }
    }
    orr_diags_destroy(quiet);
    trust_end(&f);
}

static void rows_that_say_nothing_are_counted(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    const char *path = trust_write_text(&f, "h100-sxm/gemm-vllm-1.csv", "gemm_dtype,m,n,k,latency_ms\nbfloat16,8,8,8,1\nbfloat16,8,8,8,0\nbfloat16,8,8,8,-1\nbfloat16,0,8,8,1\nbfloat16,8,-8,8,1\nbfloat16,8,8,1e300,1\nwooden,8,8,8,1\nbfloat16,8,8,8,2\n");
    const orr_kernel_tables tables = read_good(&f, path);
    assert_int_equal(tables.items[0].row_count, 2);
    assert_int_equal(tables.items[0].unread, 6);
    assert_int_equal(tables.items[0].rows[1].line, 9);
    trust_end(&f);
}

static void what_is_refused(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    refused(&f, f.folder, "holds no kernel table");
    refused(&f, orr_arena_printf(f.arena, "%s/none", f.folder), "there is no file or folder");
    const char *unheard = trust_write_text(&f, "h100-sxm/unheard_of-vllm-1.csv", gemm);
    refused(&f, unheard, "holds no kernel table");
    refused(&f, unheard, "Operators: gemm, context_attention");
    refused(&f, trust_write_text(&f, "x900/gemm-vllm-1.csv", gemm), "the catalogue has no chip \"x900\"");
    refused(&f, trust_write_text(&f, "h100-sxm/gemm-vllm-2.csv", "gemm_dtype,m,n,latency_ms\nfp8,1,2,3\n"), "no column k");
    refused(&f, trust_write_text(&f, "h100-sxm/gemm-vllm-3.csv", "gemm_dtype,m,n,k,latency_ms\nfp8,1,2,3,4\nfp8,1,2,three,4\n"), "gemm-vllm-3.csv:3: k \"three\" is not a number");
    refused(&f, trust_write_text(&f, "h100-sxm/gemm-vllm-4.csv", "gemm_dtype,m,n,k,latency_ms\nfp8,1,2,3\n"), "gemm-vllm-4.csv:2: 4 cells");
    trust_end(&f);
}

/* A limit takes rows spread over the table, a set of families its own rows alone, and a row's fold never changes. */
static void samples_and_folds(void **state)
{
    (void)state;
    trust_files f = trust_begin();
    orr_text text = {0};
    orr_text_append(&text, "gemm_dtype,m,n,k,latency_ms\n");
    for (int i = 1; i <= 1000; i++) orr_text_printf(&text, "bfloat16,%d,64,64,0.01\n", i);
    const orr_kernel_tables tables = read_good(&f, trust_write_text(&f, "h100-sxm/gemm-vllm-1.csv", text.bytes));
    orr_text_free(&text);
    orr_kernel_sample *samples = NULL;
    assert_int_equal(orr_kernel_samples(&tables, ORR_FAMILY_BIT(ORR_KERNEL_MOE), 0, f.arena, &samples), 0);
    assert_int_equal(orr_kernel_samples(&tables, ORR_FAMILY_BIT(ORR_KERNEL_GEMM), 0, f.arena, &samples), 1000);
    size_t folds[5] = {0};
    for (size_t i = 0; i < 1000; i++) folds[orr_kernel_fold(&samples[i], 5)]++;
    for (int k = 0; k < 5; k++) assert_in_range(folds[k], 150, 250);
    const size_t first = orr_kernel_fold(&samples[17], 5), count = orr_kernel_samples(&tables, ~(orr_family_set)0, 100, f.arena, &samples);
    assert_int_equal(count, 100);
    assert_true(samples[99].row->kernel.m > 950);
    const orr_kernel_sample again = {&tables.items[0], &tables.items[0].rows[17]};
    assert_int_equal(orr_kernel_fold(&again, 5), first);
    trust_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_rows), cmocka_unit_test(every_operator_is_read), cmocka_unit_test(rows_that_say_nothing_are_counted), cmocka_unit_test(what_is_refused), cmocka_unit_test(samples_and_folds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
