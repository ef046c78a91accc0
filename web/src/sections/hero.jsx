// The answer first: a title, one line of context, the sentence, and the four or five figures that carry it.
import { BINDINGS, METRICS, bytes, dollars, duration, integer, number, percent, roundTime, short, time } from '../format.js';

const KINDS = { recommend: 'Recommendation', predict: 'Prediction', explain: 'Explanation' };

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <g fill="none" stroke="currentColor" stroke-width="1.5"><circle cx="16" cy="16" r="13.5" /><circle cx="16" cy="16" r="7.5" /></g>
      <circle cx="16" cy="16" r="3" fill="currentColor" /><circle cx="25.5" cy="6.5" r="2.6" fill="currentColor" /><circle cx="10.7" cy="21.3" r="1.9" fill="currentColor" />
    </svg>
  );
}

function limitNote(limit) {
  if (!Number.isFinite(limit.ratio)) return '';
  return limit.met ? `${percent(1 - limit.ratio)} to spare` : `${percent(limit.ratio - 1)} over`;
}

function keyFigures(results) {
  const figures = [];
  if (results.cost) figures.push({ label: 'Output tokens cost', value: dollars(results.cost.usd_per_mtok_output), unit: 'per million', note: `${dollars(results.cost.usd_per_h)} per hour for ${integer(results.system?.gpus)} GPU${results.system?.gpus === 1 ? '' : 's'}` });
  for (const limit of (results.slo?.limits ?? []).slice(0, 2)) {
    const [value, unit] = duration(limit.value_ms);
    figures.push({ label: `${limit.statistic} ${METRICS[limit.metric] ?? limit.metric}`, value, unit, note: `limit ${roundTime(limit.limit_ms)}, ${limitNote(limit)}`, ratio: limit.ratio, met: limit.met });
  }
  if (results.slo && !results.slo.limits?.length) {
    for (const metric of ['ttft', 'tpot']) {
      const [value, unit] = duration(results[`p99_${metric}_ms`]);
      figures.push({ label: `p99 ${METRICS[metric]}`, value, unit, note: `median ${duration(results[`median_${metric}_ms`]).join(' ')}` });
    }
  }
  if (results.throughput) figures.push({ label: 'Output throughput', value: number(results.throughput.output_tokens_per_s_per_gpu), unit: 'tok/s/GPU', note: `${short(results.output_throughput)} tok/s in all` });
  if (results.energy) figures.push({ label: 'Energy', value: number(results.energy.joules_per_output_token), unit: 'J per token', note: `${number(results.energy.mean_power_w / 1e3)} kW in mean` });
  const step = results.steps?.[0];
  if (results.kind === 'explain' && step) {
    figures.length = 0;
    const [value, unit] = duration(step.step_ns / 1e6);
    figures.push({ label: step.name === 'decode' ? 'A decode step' : 'A step with prefill', value, unit, note: `${integer(step.decode_requests)} requests decode` });
    figures.push({ label: 'Bound by', value: BINDINGS[step.binding] ?? step.binding, unit: '', note: `next: ${BINDINGS[step.next_binding] ?? step.next_binding}`, words: true });
  }
  if (results.kind === 'explain' && results.memory) figures.push({ label: 'KV cache', value: bytes(results.memory.kv_bytes), unit: 'a GPU', note: `${short(results.memory.kv_tokens)} tokens an engine` });
  if (results.kind === 'explain' && results.throughput) figures.push({ label: 'Output throughput', value: number(results.throughput.output_tokens_per_s_per_gpu), unit: 'tok/s/GPU', note: `median TPOT ${duration(results.median_tpot_ms).join(' ')}` });
  return figures.slice(0, 5);
}

function KeyFigure({ label, value, unit, note, ratio, met, words }) {
  return (
    <div class="key">
      <dt>{label}</dt>
      <dd>
        <span class={words ? 'value words' : 'value'}>{value}</span>{unit && <span class="unit"> {unit}</span>}
        {ratio !== undefined && <span class={met ? 'gauge' : 'gauge over'} aria-hidden="true"><i style={{ width: `${Math.min(100, ratio * 100)}%` }} /></span>}
        <span class="note">{note}</span>
      </dd>
    </div>
  );
}

export function Masthead({ kind }) { return <p class="masthead"><Mark /><span class="wordmark">Orrery</span><span class="kind">{kind}</span></p>; }

/** What of the run is left out of every figure. */
function warmupNote(warmup) {
  if (!warmup) return null;
  if (warmup.steady_state_seen === false) return 'No steady state was seen (MSER-5): nothing is left out of the figures.';
  const by = { 'mser-5': 'its beginning, until a steady state (MSER-5)', time: 'its beginning, by time', requests: 'its beginning, by requests' }[warmup.by] ?? 'its beginning';
  return warmup.excluded_requests > 0 || warmup.excluded_s > 0 ? `Of the run ${by}, is left out of the figures: ${integer(warmup.excluded_requests)} request${warmup.excluded_requests === 1 ? '' : 's'} in ${time(warmup.excluded_s * 1e3)}.` : 'The run is in a steady state from its beginning (MSER-5): nothing is left out.';
}

export function Hero({ results }) {
  const warmup = warmupNote(results.warmup);
  const figures = keyFigures(results), why = (results.why ?? []).filter((sentence) => sentence !== results.answer);
  return (
    <header class="hero">
      <Masthead kind={KINDS[results.kind] ?? results.kind} />
      <h1>{results.title}</h1>
      {results.subtitle && <p class="subtitle">{results.subtitle}</p>}
      {results.answer && <p class="answer">{results.answer}</p>}
      {results.recommendation?.interrupted && <p class="warning" role="note">The search was interrupted: the answer is the best of what was decided by then.</p>}
      {results.run?.unstable && <p class="warning" role="note">Unstable: the queue grows without bound. This load is more than the system can carry, and its latencies depend on how long it runs.</p>}
      {warmup && <p class="lead" id="warmup">{warmup}</p>}
      {figures.length > 0 && <dl class="keys">{figures.map((figure) => <KeyFigure key={figure.label} {...figure} />)}</dl>}
      {why.length > 0 && <div class="why"><h2>Why</h2><ol>{why.map((sentence) => <li key={sentence}>{sentence}</li>)}</ol></div>}
    </header>
  );
}
