# Tables of measurements that nobody measured, from a closed form: for tests of what reads tables. invented DIR writes DIR/kernels (two chips) and DIR/serving (closed loops, one that can't be run, a recorded run).
invented()
{
    local dir=$1 chip scale
    mkdir -p "$dir/kernels" "$dir/serving/runs/tiny"
    for chip in h100_sxm:1 b200_sxm:2; do
        scale=${chip#*:} chip=${chip%:*}
        mkdir -p "$dir/kernels/$chip"
        awk -v s="$scale" 'BEGIN {
            print "gemm_dtype,m,n,k,latency_ms,power_w,power_limit"
            for (m = 1; m <= 4096; m *= 2) for (n = 1024; n <= 8192; n *= 2)
                printf "%s,%d,%d,%d,%.6f,%d,700\n", n % 4096 ? "fp8" : "bfloat16", m, n, 4096, 0.004 + (2 * m * n * 4096 / 5e11 + (m + n) * 8192 / 3e9) / s * (1 + 0.2 * sin(m + n)), 250 + 20 * log(m)
        }' >"$dir/kernels/$chip/gemm-vllm-0.0.0.csv"
        awk -v s="$scale" 'BEGIN {
            print "attn_dtype,kv_cache_dtype,batch_size,isl,step,num_heads,num_key_value_heads,head_dim,window_size,latency_ms"
            for (b = 1; b <= 64; b *= 4) for (c = 256; c <= 16384; c *= 2)
                printf "bfloat16,bfloat16,%d,1,%d,32,8,128,0,%.6f\n", b, c, 0.006 + b * c * 4096 / 2.2e9 / s * (1 + 0.3 * cos(b + c))
        }' >"$dir/kernels/$chip/generation_attention-vllm-0.0.0.csv"
    done
    printf 'x,latency_ms\n1,1\n' >"$dir/kernels/h100_sxm/unheard_of-vllm-0.0.0.csv"
    awk 'BEGIN {
        print "case_id,source,load,engine,engine_version,model,hw,precision,mode,tp,pp,ep,attn_dp,spec,length_rule,concurrency,rate_rps,batch,isl,osl,ttft_mean_ms,tpot_mean_ms,out_tok_s_per_gpu"
        for (c = 1; c <= 32; c *= 2) for (tp = 1; tp <= 2; tp++) {
            tpot = (6 + 0.05 * c) / (tp == 2 ? 1.7 : 1)
            printf "made-up-%d-%d,invented,closed_loop,vllm,0.0.0,Qwen/Qwen3-8B,%s,,agg,%d,,,False,none,exact,%d,,,512,32,%.3f,%.4f,%.3f\n", c, tp, tp == 2 ? "h200" : "h100", tp, c, 20 + 6 * c / tp, tpot, 1000 * c / (tpot * 32 + 20 + 6 * c / tp) * 32 / tp
        }
        print "made-up-odd,invented,closed_loop,vllm,0.0.0,a-model-that-is-not,h100,,agg,1,,,False,none,exact,4,,,512,32,30,7,100"
    }' >"$dir/serving/cases.csv"
    printf '{"hardware": "h100-sxm", "engine": "vllm", "model": "Qwen/Qwen3-8B", "dtype": "bf16", "tensor_parallel": 1, "note": "invented"}\n' >"$dir/serving/runs/tiny/run.json"
    awk 'BEGIN {
        print "arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms"
        for (i = 0; i < 60; i++) { n = 10 + i % 30; printf "%.3f,%d,%d,%.3f,%.3f\n", i * 0.08, 200 + 37 * (i % 9), n, 25 + i % 7, 25 + i % 7 + 7.2 * (n - 1) }
    }' >"$dir/serving/runs/tiny/requests.csv.gz"
}
