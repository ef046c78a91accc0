// What 10 % more of each hardware parameter would change: the elasticities of the system as it runs.
import { integer, number } from '../format.js';
import { Section, useWidth } from '../figure.jsx';

const signed = (x) => `${x > 0 ? '+' : x < 0 ? '−' : ''}${number(Math.abs(x), 2)} %`;

export function Sensitivity({ results }) {
  const [box, width] = useWidth(1040), all = results.elasticities.filter((e) => Math.abs(e.tpot) >= 0.001 || Math.abs(e.mixed_step) >= 0.001).slice(0, 12);
  if (!all.length) return null;
  const narrow = width < 560, pitch = narrow ? 44 : 28, label = narrow ? 0 : 240, room = 62;
  const low = Math.min(0, ...all.map((e) => e.tpot * 10)), high = Math.max(0, ...all.map((e) => e.tpot * 10));
  const scale = (v) => label + room + ((v - low) / (high - low || 1)) * (width - label - 2 * room);
  const rows = () => [['parameter', 'value', 'unit', 'tpot', 'throughput', 'decode_step', 'mixed_step'], ...results.elasticities.map((e) => [e.parameter, e.value, e.unit, e.tpot, e.throughput, e.decode_step, e.mixed_step])];
  return (
    <Section id="sensitivity" title="What more hardware would change" rows={rows} lead="The change of the time per output token with 10 % more of one parameter, all else the same. To the left is faster.">
      <div ref={box}>
        <svg class="chart" width={width} height={all.length * pitch + 6} viewBox={`0 0 ${width} ${all.length * pitch + 6}`} role="img" aria-label={all.map((e) => `${e.parameter} ${signed(e.tpot * 10)}`).join(', ')}>
          {all.map((e, i) => {
            const change = e.tpot * 10, y = i * pitch + (narrow ? 20 : 4), a = scale(Math.min(0, change)), b = scale(Math.max(0, change));
            return (
              <g key={e.parameter}>
                <title>{`${e.parameter}: ${e.doc ?? ''}\nTPOT ${signed(change)}, decode step ${signed(e.decode_step * 10)}${Number.isFinite(e.mixed_step) ? `, step with prefill ${signed(e.mixed_step * 10)}` : ''}`}</title>
                <text class="op-name" x={narrow ? 0 : label - 10} y={narrow ? i * pitch + 13 : y + 13} text-anchor={narrow ? 'start' : 'end'}>{e.parameter}</text>
                <rect class={change <= 0 ? 'bar' : 'bar worse'} x={a} y={y} width={Math.max(1, b - a)} height="18" rx="1.5" />
                <text class="op-time" x={change <= 0 ? a - 6 : b + 6} y={y + 13} text-anchor={change <= 0 ? 'end' : 'start'}>{signed(change)}</text>
              </g>
            );
          })}
          <line class="base" x1={scale(0)} x2={scale(0)} y1="0" y2={all.length * pitch + 4} />
        </svg>
        {results.elasticities.length > all.length && <p class="note muted">{integer(results.elasticities.length - all.length)} more below 0.01 %.</p>}
      </div>
    </Section>
  );
}
