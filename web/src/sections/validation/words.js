// What the sections of a validation share: names, units, colours.
import { scaleLinear } from 'd3-scale';
import { logTicks } from '../../figure.jsx';
import { known, number, percent, time } from '../../format.js';

export const SETS = { kernels: 'Kernels', servers: 'Serving systems', runs: 'Recorded runs' };
const NAMES = {
  gemm: 'Matrix products', prefill_attention: 'Prefill attention', decode_attention: 'Decode attention', prefill_mla: 'Prefill latent attention', decode_mla: 'Decode latent attention', moe: 'Experts', collective: 'Collectives',
  dispatch: 'Expert dispatch', state_scan: 'State scan', state_update: 'State update', power: 'Power', latency: 'Time', ttft: 'TTFT', tpot: 'TPOT', e2e: 'End to end', ttft_p99: 'p99 TTFT', tpot_p99: 'p99 TPOT', e2e_p99: 'p99 end to end',
  out_tok_s_per_gpu: 'Output tok/s/GPU', out_tok_s: 'Output tok/s', closed_loop: 'closed loop', open_poisson: 'open, Poisson', open_rate: 'open, at a rate', open_constant: 'open, constant', offline_max: 'all at once', static_batch: 'static batch',
  'closed_loop mtp': 'closed loop, drafts by MTP', 'closed_loop disaggregated': 'closed loop, prompts computed apart', 'closed_loop disaggregated mtp': 'closed loop, prompts computed apart, drafts by MTP',
};
export const nameOf = (key) => NAMES[key] ?? key.replaceAll('_', ' ');
export const groupTitle = (group) => (group.each_request ? `${nameOf(group.name)}, each request` : nameOf(group.name));
export const quantityOf = (group) => (group.unit === 'W' ? 'power' : group.unit.startsWith('tok') ? 'throughput' : 'time');

/** A value with its unit, in the unit that reads best. */
export function valueText(value, unit) {
  if (unit === 'us') return time(value / 1000);
  if (unit === 'ms') return time(value);
  return `${number(value)} ${unit}`;
}
/** The same for ticks, which are round: seconds stay seconds. */
export function tickText(value, unit) {
  const trim = (text) => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  if (unit === 'us' || unit === 'ms') {
    const ms = unit === 'us' ? value / 1000 : value, [scale, name] = ms < 1e-3 ? [1e-6, 'ns'] : ms < 1 ? [1e-3, 'µs'] : ms < 1000 ? [1, 'ms'] : [1000, 's'];
    return `${trim(number(ms / scale))} ${name}`;
  }
  return value >= 1e6 ? `${trim(number(value / 1e6))} M` : value >= 1e4 ? `${trim(number(value / 1e3))} k` : trim(number(value));
}
/** Ticks of a log axis; of a short one those of a plain axis. */
export function ticksOf(scale, most) {
  const ticks = logTicks(scale.domain(), most);
  return ticks.length >= 2 ? ticks : scaleLinear(scale.domain(), [0, 1]).ticks(Math.max(2, most - 1));
}
/** +12 %, or × 3.4 and ÷ 3.4 where percents would mislead. */
export function errorText(ratio) {
  if (!known(ratio) || ratio <= 0) return '–';
  if (ratio >= 2) return `× ${number(ratio, 2).replace(/\.0$/, '')}`;
  if (ratio <= 0.5) return `÷ ${number(1 / ratio, 2).replace(/\.0$/, '')}`;
  return signed(ratio - 1);
}
export const shareText = (share) => percent(share, share < 0.0995 ? 1 : 0);
export const signed = (share) => (known(share) ? `${share < 0 ? '−' : '+'}${shareText(Math.abs(share))}` : '–');
/** Of a long tail: × 16 rather than 1,600 %. */
export const reachText = (share) => (share > 2 ? `a factor of ${number(1 + share, 2).replace(/\.0$/, '')}` : shareText(share));

const COLOURS = 10;
export const colourOf = (chip) => `var(--c${chip % COLOURS})`;
