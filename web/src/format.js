// Numbers as text. One rule for each kind of quantity, so that the same figure reads the same everywhere on the page.
const plain = (digits) => new Intl.NumberFormat('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
const cache = new Map();
const fixed = (value, digits) => { if (!cache.has(digits)) cache.set(digits, plain(digits)); return cache.get(digits).format(value); };

export const known = (value) => typeof value === 'number' && Number.isFinite(value);

/** About three significant digits, never an exponent, thousands separated. */
export function number(value, significant = 3) {
  if (!known(value)) return '–';
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return fixed(value, Math.max(0, Math.min(6, significant - 1 - magnitude)));
}
export const integer = (value) => (known(value) ? fixed(value, 0) : '–');
/** 1,234,567 -> 1.23 M; below 10,000 as it is. */
export function short(value) {
  if (!known(value)) return '–';
  for (const [scale, suffix] of [[1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e4, 'k']]) if (Math.abs(value) >= scale) return `${number(value / (suffix === 'k' ? 1e3 : scale))} ${suffix}`;
  return number(value);
}
export function percent(share, digits = 0) { return known(share) ? `${fixed(share * 100, share > 0 && share < 0.00995 && digits === 0 ? 1 : digits)} %` : '–'; }
export function dollars(value) { return known(value) ? `$${fixed(value, value >= 100 ? 0 : value >= 0.1 ? 2 : 3)}` : '–'; }

/** A duration in ms as [number, unit], in the unit that reads best. */
export function duration(ms) {
  if (!known(ms)) return ['–', ''];
  const size = Math.abs(ms);
  if (size >= 60000) return [number(ms / 60000), 'min'];
  if (size >= 1000) return [number(ms / 1000), 's'];
  if (size >= 1 || size === 0) return [number(ms), 'ms'];
  return [number(ms * 1000), 'µs'];
}
export const time = (ms) => duration(ms).join(' ').trim();
/** The same without zeros at the end: for ticks and limits, which are round. */
export const roundTime = (ms) => time(ms).replace(/(\.\d*?)0+(?= )/, '$1').replace(/\.(?= )/, '');
/** Bytes in decimal units, as datasheets give them. */
export function bytes(value) {
  if (!known(value)) return '–';
  for (const [scale, unit] of [[1e15, 'PB'], [1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']]) if (Math.abs(value) >= scale) return `${number(value / scale)} ${unit}`;
  return `${number(value)} B`;
}

export const METRICS = { ttft: 'TTFT', tpot: 'TPOT', itl: 'ITL', e2el: 'E2EL' };
export const METRIC_TITLES = { ttft: 'Time to first token', tpot: 'Time per output token', itl: 'Inter-token latency', e2el: 'End to end' };
export const VERDICTS = {
  feasible: ['Feasible', 'simulated in full; meets every limit'],
  misses_slo: ['Misses SLO', 'simulated; a limit does not hold'],
  unstable: ['Unstable', 'simulated; its queue grows without bound'],
  bound_cost: ['Cannot win', 'not simulated: even its bound is worse than the best system found'],
  bound_capacity: ['Too little capacity', 'not simulated: even perfect batching cannot carry the load'],
  bound_latency: ['Too slow when empty', 'not simulated: an empty server already misses a limit'],
  does_not_fit: ['Does not fit', 'weights or one request exceed the memory'],
  over_constraint: ['Over a constraint', 'not simulated: over a limit of the study on chips or deployment'],
  invalid: ['Impossible layout', 'the layout contradicts the model or the hardware'],
  repeats: ['Same system', 'another point is this system: what differs says nothing here'],
  unknown: ['Undecided', 'the search was interrupted first'],
};
export const verdictName = (verdict) => VERDICTS[verdict]?.[0] ?? verdict;
export const BINDINGS = { memory: 'DRAM bandwidth', compute: 'Compute', link: 'Links', latency: 'Latency', host: 'Host' };
export const BINDING_NOTES = { memory: 'bytes moved from memory', compute: 'arithmetic', link: 'bytes sent between GPUs', latency: 'launches, waves, floors of collectives', host: 'CPU time not hidden behind the device' };
export const OBJECTIVES = {
  usd_per_million_output_tokens: { short: '$/Mtok', title: 'per million output tokens', show: dollars, key: 'usd_per_mtok_output' },
  output_tokens_per_s_per_gpu: { short: 'tok/s/GPU', title: 'output tok/s/GPU', show: number, key: 'output_tokens_per_s_per_gpu' },
  joules_per_output_token: { short: 'J/tok', title: 'J per output token', show: number, key: 'joules_per_output_token' },
  gpus: { short: 'GPUs', title: 'GPUs', show: integer, key: 'gpus' },
  output_tokens_per_s_per_mw: { short: 'tok/s/MW', title: 'output tok/s/MW', show: number, key: 'output_tokens_per_s_per_mw' },
  goodput: { short: 'goodput', title: 'requests/s within SLO', show: number, key: 'request_goodput' },
};
