// Interactivity against throughput: every simulated system a point, the front a line, the winner named.
import { scaleLinear, scaleLog } from 'd3-scale';
import { useMemo, useRef, useState } from 'preact/hooks';
import { oneOfEachRun } from '../search.js';
import { AxisBottom, AxisLeft, Section, logTicks, useWidth } from '../figure.jsx';
import { METRICS, OBJECTIVES, dollars, integer, number, roundTime, time, verdictName } from '../format.js';

const X = 'interactivity_tokens_per_s_per_user', Y = 'output_tokens_per_s_per_gpu';

function makeScale(values, range) {
  const low = Math.min(...values), high = Math.max(...values);
  if (low > 0 && high / low > 25) return Object.assign(scaleLog([low * 0.8, high * 1.25], range), { isLog: true });
  return scaleLinear([0, high * 1.06], range).nice(5);
}

function Tip({ candidate, left, top, width }) {
  const onRight = left < width * 0.55;
  return (
    <div class="tip" style={{ top: `${top}px`, ...(onRight ? { left: `${left + 14}px` } : { right: `${width - left + 14}px` }) }}>
      <strong>{candidate.label}</strong>
      <span class="tip-verdict">No. {candidate.rank}, {verdictName(candidate.verdict).toLowerCase()}{candidate.on_pareto_front ? ', on the front' : ''}</span>
      <dl>
        <dt>tok/s/user</dt><dd>{number(candidate[X])}</dd>
        <dt>tok/s/GPU</dt><dd>{number(candidate[Y])}</dd>
        <dt>p99 TTFT</dt><dd>{time(candidate.p99_ttft_ms)}</dd>
        <dt>p99 TPOT</dt><dd>{time(candidate.p99_tpot_ms)}</dd>
        <dt>$/Mtok</dt><dd>{dollars(candidate.usd_per_mtok_output)}</dd>
      </dl>
      {candidate.verdict !== 'feasible' && candidate.reason && <span class="tip-reason">{candidate.reason}</span>}
    </div>
  );
}

function Dot({ candidate, x, y, winner, active }) {
  const kind = candidate.verdict === 'feasible' ? 'feasible' : candidate.verdict === 'unstable' ? 'unstable' : 'missed';
  if (kind === 'unstable') return <path class={`dot unstable ${active ? 'active' : ''}`} d={`M${x - 3.2},${y - 3.2}l6.4,6.4m0,-6.4l-6.4,6.4`} />;
  return <circle class={`dot ${kind} ${candidate.on_pareto_front ? 'front' : ''} ${winner ? 'winner' : ''} ${active ? 'active' : ''}`} cx={x} cy={y} r={winner ? 7 : candidate.on_pareto_front ? 5 : 4} />;
}

/** Where a limit on TPOT of the plotted statistic falls on the axis of tok/s/user. */
function tpotLimit(results, statistic) {
  const limit = results.slo?.limits?.find((l) => l.metric === 'tpot' && l.statistic === statistic);
  return limit ? { at: 1000 / limit.limit_ms, ...limit } : null;
}

export function Pareto({ results, chosen, setChosen }) {
  const search = results.recommendation, statistic = search.interactivity_statistic;
  const [box, width] = useWidth(1040);
  const [over, setOver] = useState(null);
  const svg = useRef(null);
  const points = useMemo(() => oneOfEachRun(search.candidates).filter((c) => c.simulated && Number.isFinite(c[X]) && Number.isFinite(c[Y])).sort((a, b) => a[X] - b[X] || a[Y] - b[Y]), [search]);
  const narrow = width < 520, height = narrow ? 330 : Math.min(460, width * 0.46), margin = { top: 26, right: narrow ? 12 : 28, bottom: 44, left: 48 };
  const limit = tpotLimit(results, statistic);
  const x = makeScale(points.map((p) => p[X]).concat(limit ? [limit.at] : []), [margin.left, width - margin.right]);
  const y = makeScale(points.map((p) => p[Y]), [height - margin.bottom, margin.top]);
  const ticksX = x.isLog ? logTicks(x.domain(), narrow ? 4 : 8) : x.ticks(narrow ? 4 : 8), ticksY = y.isLog ? logTicks(y.domain(), 6) : y.ticks(5);
  const front = points.filter((p) => p.on_pareto_front);
  const winner = points.find((p) => p.rank === 1 && p.verdict === 'feasible');
  const active = points.find((p) => p.point === (over ?? chosen));
  const nearest = (event) => {
    const at = svg.current.getBoundingClientRect(), px = event.clientX - at.left, py = event.clientY - at.top;
    let best = null, distance = 28 * 28;
    for (const p of points) { const d = (x(p[X]) - px) ** 2 + (y(p[Y]) - py) ** 2; if (d < distance) { distance = d; best = p; } }
    return best;
  };
  const step = (event) => {
    if (!['ArrowRight', 'ArrowLeft', 'Escape'].includes(event.key)) return;
    event.preventDefault();
    if (event.key === 'Escape') { setChosen(null); setOver(null); return; }
    const now = points.findIndex((p) => p.point === chosen);
    setChosen(points[Math.max(0, Math.min(points.length - 1, now < 0 ? 0 : now + (event.key === 'ArrowRight' ? 1 : -1)))].point);
  };
  const wx = winner && x(winner[X]), wy = winner && y(winner[Y]), labelLeft = winner && wx > width * 0.62;
  const missed = points.filter((p) => p.verdict !== 'feasible' && p.verdict !== 'unstable').length, unstable = points.filter((p) => p.verdict === 'unstable').length;
  const undrawn = oneOfEachRun(search.candidates).filter((c) => c.simulated && c.in_full === false).length;
  const rows = () => [['rank', 'label', 'verdict', 'on_pareto_front', X, Y, 'p99_ttft_ms', 'p99_tpot_ms', 'usd_per_mtok_output'], ...points.map((p) => [p.rank, p.label, p.verdict, p.on_pareto_front, p[X], p[Y], p.p99_ttft_ms, p.p99_tpot_ms, p.usd_per_mtok_output])];
  return (
    <Section id="pareto" title="Speed for a user against work from a GPU" rows={rows}
      lead={<>Each point is one simulated system. Right is faster for a user, up is more from each GPU; the line joins the feasible systems that no other beats at both.{undrawn > 0 && ` ${integer(undrawn)} more were given up once a miss was certain; they have no place here.`} {missed + unstable > 0 && <span class="marks"><span><i class="m feasible" />feasible</span>{missed > 0 && <span><i class="m missed" />misses a limit</span>}{unstable > 0 && <span><i class="m unstable">×</i>unstable</span>}</span>}</>}>
      <div class="chart-box" ref={box}>
        <svg ref={svg} class="chart pareto" width={width} height={height} viewBox={`0 0 ${width} ${height}`} tabIndex={0} role="img" aria-roledescription="chart"
          aria-label={`${points.length} systems, ${statistic} tokens per second for a user against output tokens per second and GPU. ${winner ? `The winner, ${winner.label}, is at ${number(winner[X])} and ${number(winner[Y])}.` : ''} Arrow keys walk the points.`}
          onPointerMove={(event) => setOver(nearest(event)?.point ?? null)} onPointerLeave={() => setOver(null)} onClick={(event) => setChosen(nearest(event)?.point ?? null)} onKeyDown={step} onBlur={() => setOver(null)}>
          {limit && <rect class="outside" x={margin.left} y={margin.top} width={Math.max(0, x(limit.at) - margin.left)} height={height - margin.bottom - margin.top} />}
          <AxisLeft scale={y} x={margin.left} ticks={ticksY} format={(t) => number(t, 4).replace(/\.0+$/, '')} grid={width - margin.left - margin.right} />
          <AxisBottom scale={x} y={height - margin.bottom} ticks={ticksX} format={(t) => number(t, 3).replace(/\.0+$/, '')} />
          <line class="base" x1={margin.left} x2={width - margin.right} y1={height - margin.bottom} y2={height - margin.bottom} />
          <text class="axis-title" x={margin.left - 40} y="12">{narrow ? 'output tok/s/GPU' : 'output tokens/s for each GPU'}</text>
          <text class="axis-title" x={width - margin.right} y={height - 6} text-anchor="end">{statistic} tokens/s for a user →</text>
          {limit && (
            <g class="limit">
              <line x1={x(limit.at)} x2={x(limit.at)} y1={margin.top} y2={height - margin.bottom} />
              <text x={x(limit.at) + 6} y={height - margin.bottom - 8}>{limit.statistic} {METRICS.tpot} limit {roundTime(limit.limit_ms)}</text>
            </g>
          )}
          {front.length > 1 && <path class="front-line" d={front.map((p, i) => `${i ? 'L' : 'M'}${x(p[X]).toFixed(1)},${y(p[Y]).toFixed(1)}`).join('')} />}
          {points.map((p) => p !== winner && <Dot key={p.point} candidate={p} x={x(p[X])} y={y(p[Y])} active={p === active} />)}
          {winner && (
            <g>
              <circle class="halo-ring" cx={wx} cy={wy} r="10" />
              <Dot candidate={winner} x={wx} y={wy} winner active={winner === active} />
              <text class="winner-label" x={labelLeft ? wx - 16 : wx + 16} y={wy - 11} text-anchor={labelLeft ? 'end' : 'start'}>{narrow ? 'winner' : winner.label}</text>
              {!narrow && OBJECTIVES[results.objective?.key] && <text class="winner-note" x={labelLeft ? wx - 16 : wx + 16} y={wy + 4} text-anchor={labelLeft ? 'end' : 'start'}>winner, {OBJECTIVES[results.objective.key].show(winner.objective)} {OBJECTIVES[results.objective.key].title}</text>}
            </g>
          )}
          {active && <circle data-screen-only class="ring" cx={x(active[X])} cy={y(active[Y])} r="10" />}
        </svg>
        {active && <Tip candidate={active} left={x(active[X])} top={y(active[Y])} width={width} />}
        <p class="sr-only" aria-live="polite">{active ? `${active.label}: ${number(active[X])} tokens per second for a user, ${number(active[Y])} for a GPU, ${verdictName(active.verdict)}` : ''}</p>
      </div>
    </Section>
  );
}
