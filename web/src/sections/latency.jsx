// Distributions of latency as CDFs, with the limits drawn where they apply.
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { AxisBottom, AxisLeft, Section, logTicks, useWidth } from '../figure.jsx';
import { METRICS, METRIC_TITLES, roundTime, time } from '../format.js';

const LEVELS = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

function at(probability, values, p) {
  const i = probability.findIndex((q) => q >= p - 1e-12);
  return i < 0 ? values.at(-1) : values[i];
}

function Cdf({ metric, values, probability, limits, statistics }) {
  const [box, width] = useWidth(330);
  const height = 236, margin = { top: 18, right: 22, bottom: 40, left: 46 };
  const shown = values.map((v, i) => [v, probability[i]]).filter(([v]) => Number.isFinite(v) && v >= 0);
  const low = at(probability, values, 0.01), high = Math.max(at(probability, values, 0.998), ...limits.map((l) => l.limit_ms * 1.08).filter((l) => l < at(probability, values, 0.999) * 4));
  const wide = low > 0 && high / low > 12;
  const x = (wide ? scaleLog([low, high], [margin.left, width - margin.right]) : scaleLinear([0, high], [margin.left, width - margin.right])).clamp(true);
  const y = scaleLinear([0, 1], [height - margin.bottom, margin.top]);
  const ticks = wide ? logTicks([low, high], width < 300 ? 4 : 6) : x.ticks(4);
  const path = line(([v]) => x(v), ([, p]) => y(p))(shown.filter(([v], i) => i === 0 || (v >= low * 0.999 && v <= high)));
  const beyond = limits.filter((l) => l.limit_ms > high);
  return (
    <figure class="cdf" ref={box}>
      <figcaption><strong>{METRICS[metric]}</strong> {METRIC_TITLES[metric]}</figcaption>
      <svg class="chart" data-name={metric} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img"
        aria-label={`${METRIC_TITLES[metric]}: median ${time(statistics?.p50)}, p90 ${time(statistics?.p90)}, p99 ${time(statistics?.p99)}. ${limits.map((l) => `Limit on ${l.statistic}: ${time(l.limit_ms)}.`).join(' ')}`}>
        <AxisLeft scale={y} x={margin.left} ticks={[0, 0.25, 0.5, 0.75, 1]} format={(t) => `${t * 100}${t === 1 ? ' %' : ''}`} grid={width - margin.left - margin.right} />
        <AxisBottom scale={x} y={height - margin.bottom} ticks={ticks} format={roundTime} />
        <line class="base" x1={margin.left} x2={width - margin.right} y1={height - margin.bottom} y2={height - margin.bottom} />
        {limits.filter((l) => l.limit_ms <= high).map((l) => {
          const px = x(l.limit_ms), left = px > width * 0.5;
          return (
            <g class={l.met ? 'limit' : 'limit over'} key={l.statistic}>
              <line x1={px} x2={px} y1={margin.top - 6} y2={height - margin.bottom} />
              <text x={left ? px - 5 : px + 5} y={height - margin.bottom - 8} text-anchor={left ? 'end' : 'start'}>{l.statistic} limit {roundTime(l.limit_ms)}</text>
            </g>
          );
        })}
        <path class="curve" d={path} />
        {['p50', 'p90', 'p99'].map((name) => {
          const value = statistics?.[name];
          if (!Number.isFinite(value)) return null;
          const px = x(Math.min(value, high)), py = y(LEVELS[name]), left = px > width * 0.62;
          return (
            <g key={name}>
              <circle class="level" cx={px} cy={py} r="3.5" />
              <text class="level-label halo" x={left ? px - 8 : px + 8} y={py + (name === 'p99' ? (left ? -4 : 13) : 4) + (name === 'p90' && !left ? 8 : 0)} text-anchor={left ? 'end' : 'start'}>{name} {time(value)}</text>
            </g>
          );
        })}
      </svg>
      {beyond.length > 0 && <p class="note">{beyond.map((l) => `${l.statistic} limit ${roundTime(l.limit_ms)}, off to the right`).join('; ')}</p>}
    </figure>
  );
}

function Statistics({ latency }) {
  const lines = [['ttft_ms', 'TTFT'], ['ttft_from_admission_ms', 'from admission'], ['queue_ms', 'in the queue'], ['tpot_ms', 'TPOT'], ['itl_ms', 'ITL'], ['e2el_ms', 'E2EL']].filter(([key]) => latency?.[key]?.count > 0);
  if (!lines.length) return null;
  return (
    <div class="scroll">
      <table class="plain">
        <thead><tr><th scope="col">Latency</th>{['mean', 'p50', 'p90', 'p95', 'p99', 'max'].map((s) => <th scope="col" class="num" key={s}>{s}</th>)}</tr></thead>
        <tbody>{lines.map(([key, name]) => <tr key={key}><th scope="row" class={name.includes(' ') ? 'inset' : ''}>{name}</th>{['mean', 'p50', 'p90', 'p95', 'p99', 'max'].map((s) => <td class="num" key={s}>{time(latency[key][s])}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

export function Latency({ results }) {
  const { cdf, slo } = results;
  const shown = ['ttft', 'tpot', 'e2el'].concat(cdf.ttft_ms ? [] : ['itl']).filter((m) => cdf[`${m}_ms`]?.some(Number.isFinite));
  const rows = () => [['probability', ...shown.map((m) => `${m}_ms`)], ...cdf.probability.map((p, i) => [p, ...shown.map((m) => cdf[`${m}_ms`][i])])];
  return (
    <Section id="latency" title="Latency, from the median to the tail" rows={rows}
      lead={slo?.attainment !== undefined && slo?.limits?.length ? `Share of requests at or below each latency. ${(slo.attainment * 100).toFixed(2)} % of the requests are within every limit.` : 'Share of requests at or below each latency.'}>
      <div class="cdfs">{shown.map((m) => <Cdf key={m} metric={m} values={cdf[`${m}_ms`]} probability={cdf.probability} limits={(slo?.limits ?? []).filter((l) => l.metric === m)} statistics={results.latency?.[`${m}_ms`]} />)}</div>
      <Statistics latency={results.latency} />
    </Section>
  );
}
