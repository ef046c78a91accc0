#!/usr/bin/env python3
"""What `orrery predict` says beside what was measured in ../shared/data/serving.

Each per-request run is replayed at its own arrival times with its own lengths; each closed-loop, aggregated row without speculation is simulated as its client ran it
(concurrency slots filled at the start, ten prompts a slot, the row's lengths, parallelism and quantisation). Prints `bench NAME VALUE UNIT` lines; with --csv writes every
row's figures. Rows that can't be simulated are counted and named. Standard library only.

    usage: bench/accuracy.py [--binary build/orrery] [--csv FILE] [--limit N] [--runs-only]
"""
import argparse, csv, gzip, json, os, statistics, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

DATA = os.path.join(os.path.dirname(__file__), '..', '..', 'shared', 'data', 'serving')
NODES = {'h100_sxm': 'dgx-h100', 'h100-sxm': 'dgx-h100', 'b200': 'dgx-b200', 'b200_sxm': 'dgx-b200', 'h200': 'hgx-h200', 'mi300x': 'mi300x-8gpu'}
MODELS = {'DeepSeek-R1-0528': 'deepseek-ai/DeepSeek-R1', 'meta-llama/Llama-3.1-70B': 'meta-llama/Llama-3.1-70B-Instruct'}
ENGINES = {'trt': 'trtllm', 'trtllm': 'trtllm', 'sglang': 'sglang', 'vllm': 'vllm'}
QUANTIZATION = {'fp8': 'fp8', 'fp4': 'fp4', 'nvfp4': 'fp4', 'bf16': 'bf16', '': 'bf16'}


def predict(binary, study):
    with tempfile.NamedTemporaryFile('w', suffix='.json', delete=False) as f:
        json.dump(study, f)
    try:
        done = subprocess.run([binary, 'predict', f.name, '--format', 'json'], capture_output=True, text=True)
        if done.returncode != 0:
            return None, (done.stderr.strip() or done.stdout.strip()).split('\n')[0]
        return json.loads(done.stdout), None
    finally:
        os.unlink(f.name)


def quantization_of(row, model):
    """As published where the row's precision is the model's own storage format; else what the row says."""
    if model.startswith('openai/gpt-oss') or (model.startswith('deepseek-ai') and row['precision'] == 'fp8'):
        return 'none'
    return QUANTIZATION[row['precision']]


def closed_loop_study(row):
    number = lambda key: int(float(row[key])) if row[key] else 1
    model, concurrency = MODELS.get(row['model'], row['model']), number('concurrency')
    engine = {'profile': ENGINES[row['engine']], 'quantization': quantization_of(row, model), 'tensor_parallel_size': number('tp'),
              'pipeline_parallel_size': number('pp'), 'enable_expert_parallel': number('ep') > 1, 'enable_prefix_caching': False,
              'max_num_seqs': max(concurrency, 256)}
    if row['attn_dp'] == 'True':
        engine['data_parallel_size'], engine['tensor_parallel_size'] = number('tp'), 1
    uniform = 'uniform' in row['length_rule']
    return {'schema': 'orrery/v1', 'title': row['case_id'], 'model': model, 'hardware': {'node': NODES[row['hw']], 'nodes': 1}, 'engine': engine,
            'serving': {'replicas': 1},
            'traffic': {'source': 'fixed', 'input_tokens': number('isl'), 'output_tokens': number('osl'), 'length_range': 0.2 if uniform else 0,
                        'load': {'concurrency': concurrency}, 'stop': {'requests': 10 * concurrency}}}


def run_study(name, folder, trace_path):
    server = json.load(open(os.path.join(folder, 'run.json')))
    rows = list(csv.DictReader(gzip.open(os.path.join(folder, 'requests.csv.gz'), 'rt')))
    rows.sort(key=lambda r: float(r['arrival_s']))
    repeats = 'repeats' in server['note']
    with open(trace_path, 'w') as f:
        for i, r in enumerate(rows):
            blocks = -(-int(r['input_tokens']) // 512)
            content = i % 100 if repeats else i
            f.write(json.dumps({'timestamp': float(r['arrival_s']) * 1000, 'input_length': int(r['input_tokens']), 'output_length': int(r['output_tokens']),
                                'hash_ids': [content * 64 + b for b in range(blocks)]}) + '\n')
    study = {'schema': 'orrery/v1', 'title': name, 'model': server['model'], 'hardware': {'node': NODES[server['hardware']], 'nodes': 1},
             'engine': {'profile': 'vllm', 'quantization': server['dtype'], 'tensor_parallel_size': server.get('tensor_parallel', 1),
                        'max_num_seqs': server['max_num_seqs'], 'max_num_batched_tokens': server['max_num_batched_tokens'], 'block_size': server['block_size'],
                        'num_gpu_blocks': server['num_gpu_blocks'], 'enable_prefix_caching': server['prefix_caching'], 'enable_chunked_prefill': server['chunked_prefill']},
             'serving': {'replicas': 1},
             'traffic': {'source': trace_path, 'format': 'mooncake', 'load': {'process': 'trace'}}}
    measured = {'ttft': statistics.fmean(float(r['ttft_ms']) for r in rows), 'e2e': statistics.fmean(float(r['e2e_ms']) for r in rows)}
    return study, measured


def report(name, value, unit):
    print(f'bench {name} {value:.4g} {unit}', flush=True)


def runs(binary):
    for name in sorted(os.listdir(os.path.join(DATA, 'runs'))):
        with tempfile.TemporaryDirectory() as folder:
            study, measured = run_study(name, os.path.join(DATA, 'runs', name), os.path.join(folder, 'trace.jsonl'))
            said, problem = predict(binary, study)
        if said is None:
            print(f'run {name}: {problem}')
            continue
        report(f'run-{name}-mean-ttft-error', 100 * (said['mean_ttft_ms'] / measured['ttft'] - 1), '%')
        report(f'run-{name}-mean-e2e-error', 100 * (said['mean_e2el_ms'] / measured['e2e'] - 1), '%')


def closed_loop(binary, limit, csv_path):
    rows = [r for r in csv.DictReader(open(os.path.join(DATA, 'cases.csv')))
            if r['load'] == 'closed_loop' and r['mode'] == 'agg' and r['spec'] in ('none', 'none(assumed)') and r['concurrency']]
    if limit:
        rows = rows[::max(1, len(rows) // limit)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda r: predict(binary, closed_loop_study(r)), rows))
    errors, set_aside, written = {'tpot': [], 'ttft': []}, {}, []
    for row, (said, problem) in zip(rows, answers):
        if said is not None and said['failed'] > 0:
            said, problem = None, f"{said['failed']} of {said['failed'] + said['completed']} requests can't run: longer than the context or the cache"
        if said is None:
            set_aside.setdefault(problem.split(': ', 2)[-1][:90], []).append(row['case_id'])
            continue
        for metric in errors:
            stat = 'mean' if row[f'{metric}_mean_ms'] else 'p50'
            if not row[f'{metric}_{stat}_ms']:
                continue
            measured, model = float(row[f'{metric}_{stat}_ms']), said[f'{"mean" if stat == "mean" else "median"}_{metric}_ms']
            errors[metric].append(abs(model / measured - 1))
            written.append([row['case_id'], row['model'], row['hw'], row['engine'], row['precision'], row['tp'], row['ep'], row['concurrency'], row['isl'], row['osl'],
                            metric, stat, f'{100 * (model / measured - 1):.1f}'])
    for problem, ids in set_aside.items():
        print(f'set aside {len(ids)} rows: {problem} (first: {ids[0]})')
    for metric, values in errors.items():
        report(f'cases-closed-loop-{metric}-median-error', 100 * statistics.median(values), '%')
        report(f'cases-closed-loop-{metric}-mean-error', 100 * statistics.fmean(values), '%')
        report(f'cases-closed-loop-{metric}-rows', len(values), 'rows')
    if csv_path:
        with open(csv_path, 'w', newline='') as f:
            out = csv.writer(f, lineterminator='\n')
            out.writerow('case_id model hw engine precision tp ep concurrency isl osl metric stat error_percent'.split())
            out.writerows(written)


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--binary', default='build/orrery')
    options.add_argument('--csv')
    options.add_argument('--limit', type=int, default=0)
    options.add_argument('--runs-only', action='store_true')
    given = options.parse_args()
    if not os.path.isdir(DATA):
        print('skipped: the measured data (../shared/data/serving) are not here')
        return 0
    runs(given.binary)
    if not given.runs_only:
        closed_loop(given.binary, given.limit, given.csv)
    return 0


if __name__ == '__main__':
    sys.exit(main())
