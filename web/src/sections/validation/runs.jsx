// Recorded runs, replayed: each statistic measured and predicted side by side, and the distributions of every request's times.
import { scaleLog } from 'd3-scale';
import { AxisBottom, Section, useWidth } from '../../figure.jsx';
import { integer } from '../../format.js';
import { errorText, nameOf, tickText, ticksOf, valueText } from './words.js';

const LATENCIES = ['ttft', 'tpot', 'e2e'];

function Statistics({ groups, runs }) {
  const at = (group, run) => { const i = group.points.label.indexOf(run); return i < 0 ? null : { measured: group.points.measured[i], predicted: group.points.predicted[i], low: group.points.low?.[i], high: group.points.high?.[i] }; };
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Statistics of recorded runs">
      <table class="plain runs">
        <thead>
          <tr><th scope="col">Run</th>{groups.map((g) => <th scope="col" class="num" key={g.name}>{g.name.endsWith('p99') ? nameOf(g.name) : `mean ${nameOf(g.name).replace('End', 'end')}`}</th>)}</tr>
        </thead>
        <tbody>{runs.map((run) => (
          <tr key={run}>
            <th scope="row">{run}</th>
            {groups.map((group) => {
              const row = at(group, run), held = row && row.high > 0 && row.measured >= row.low && row.measured <= row.high;
              return <td class="num" key={group.name}>{row && <><b>{errorText(row.predicted / row.measured)}</b><span class="reason">{valueText(row.predicted, group.unit)} of {valueText(row.measured, group.unit)}</span>{row.high > 0 && !held && <span class="reason outside-note">not in its 90 %</span>}</>}</td>;
            })}
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function Curves({ distribution, width }) {
  const { probability, measured, predicted, unit } = distribution, height = 96, margin = { top: 6, right: 6, bottom: 22, left: 6 };
  const values = [...measured, ...predicted].filter((v) => v > 0), x = scaleLog([Math.min(...values) / 1.1, Math.max(...values) * 1.1], [margin.left, width - margin.right]), y = (p) => height - margin.bottom - p * (height - margin.top - margin.bottom);
  const path = (all) => all.map((v, i) => [v, probability[i]]).filter(([v]) => v > 0).map(([v, p], i) => `${i ? 'L' : 'M'}${x(v).toFixed(1)},${y(p).toFixed(1)}`).join('');
  return (
    <svg class="chart" data-name={`${distribution.run}-${distribution.quantity}`} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img"
      aria-label={`${distribution.run}, ${nameOf(distribution.quantity)}: median measured ${valueText(measured[probability.indexOf(0.5)], unit)}, predicted ${valueText(predicted[probability.indexOf(0.5)], unit)}`}>
      <AxisBottom scale={x} y={height - margin.bottom} ticks={ticksOf(x, 4)} format={(t) => tickText(t, unit)} grid={height - margin.bottom - margin.top} />
      <line class="base" x1={margin.left} x2={width - margin.right} y1={height - margin.bottom} y2={height - margin.bottom} />
      <path class="curve measured" d={path(measured)} /><path class="curve" d={path(predicted)} />
    </svg>
  );
}

export function Runs({ set }) {
  const [box, width] = useWidth(1040), groups = set.groups.filter((g) => !g.each_request && g.points.measured.length > 0), distributions = set.distributions ?? [];
  const runs = [...new Set(groups.flatMap((g) => g.points.label))];
  if (!runs.length) return null;
  const narrow = width < 640, label = narrow ? 0 : 170, gap = 24, each = Math.floor(narrow ? width : (width - label - 3 * gap) / 3);
  const rows = () => [['run', 'quantity', 'unit', 'measured', 'predicted', 'low_90', 'high_90'], ...groups.flatMap((g) => g.points.label.map((run, i) => [run, g.name, g.unit, g.points.measured[i], g.points.predicted[i], g.points.low?.[i], g.points.high?.[i]]))];
  return (
    <Section id="runs" title="Recorded runs, replayed" rows={rows} svg={distributions.length > 0}
      lead={<>The requests of real servers, replayed at their own times: the error, and below it predicted of measured.{distributions.length > 0 && <> Then the share of requests that took at most so long. <span class="nowrap"><i class="line-key measured" />measured</span> <span class="nowrap"><i class="line-key" />predicted</span></>}</>}>
      <Statistics groups={groups} runs={runs} />
      <div ref={box}>
        {distributions.length > 0 && <div class="distributions" style={{ gridTemplateColumns: narrow ? '1fr' : `${label}px repeat(3, ${each}px)`, columnGap: `${gap}px` }}>
          {!narrow && <><span />{LATENCIES.map((q) => <h3 key={q}>{nameOf(q)}</h3>)}</>}
          {runs.map((run) => (
            <>
              <p class="run-name"><b>{run}</b><span class="reason">{integer(distributions.find((d) => d.run === run)?.requests)} requests</span></p>
              {LATENCIES.map((q) => { const found = distributions.find((d) => d.run === run && d.quantity === q); return <div key={q}>{narrow && found && <h3>{nameOf(q)}</h3>}{found && <Curves distribution={found} width={each} />}</div>; })}
            </>
          ))}
        </div>}
      </div>
    </Section>
  );
}
