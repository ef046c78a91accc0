// The objective over two domains: cells shaded by it, its level lines, lines of equal cost across them, and on each of these the place where it is best.
import { scaleLinear, scaleLog } from 'd3-scale';
import { useRef, useState } from 'preact/hooks';
import { AxisBottom, AxisLeft, Section, logTicks, useWidth } from '../../figure.jsx';
import { dollars, integer, known, number } from '../../format.js';

const UNITS = [[1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']];
const round = (text) => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

/** A value along an axis in the unit that reads best for all of it. */
function axisText(axis) {
  const most = Math.max(...axis.values);
  if (!axis.unit) return { show: (v) => round(number(v, 3)), unit: '' };
  const [scale, prefix] = UNITS.find(([s]) => most >= s) ?? UNITS.at(-1);
  return { show: (v) => round(number(v / scale, 3)), unit: `${prefix}${{ bytes: 'B', 'bytes/s': 'B/s' }[axis.unit] ?? axis.unit}` };
}

function axisScale(axis, range) {
  const domain = [axis.values[0], axis.values.at(-1)];
  return axis.logarithmic ? Object.assign(scaleLog(domain, range), { isLog: true }) : scaleLinear(domain, range);
}

/** Of a log scale 1, 2, 5 of its decades; round numbers where it spans less than one. */
function ticksOf(scale, most) {
  const [low, high] = scale.domain();
  return scale.isLog && high / low >= 12 ? logTicks([low, high], most) : scaleLinear([low, high], [0, 1]).ticks(most);
}

/** Half way to the neighbours, to the border at the ends. */
function edges(axis, scale) {
  const at = axis.values.map((v) => scale(v));
  return [at[0], ...at.slice(1).map((p, i) => (p + at[i]) / 2), at.at(-1)];
}

const pathOf = (line, x, y) => line.x.map((v, i) => `${i ? 'L' : 'M'}${x(v).toFixed(1)},${y(line.y[i]).toFixed(1)}`).join('') + (line.closed ? 'Z' : '');

/** Where a line's label stands: its vertex nearest to a share of its length, inside the frame. */
function labelAt(lines, x, y, share, frame) {
  const line = lines.reduce((a, b) => (b.x.length > a.x.length ? b : a));
  const inside = line.x.map((v, i) => [x(v), y(line.y[i])]).filter(([px, py]) => px > frame.left + 18 && px < frame.right - 18 && py > frame.top + 10 && py < frame.bottom - 8);
  return inside.length ? inside[Math.floor((inside.length - 1) * share)] : null;
}

export function Contours({ results, objective }) {
  const c = results.contours, columns = c.x.values.length, rowsOfCells = c.y.values.length;
  const [box, width] = useWidth(1040);
  const [over, setOver] = useState(null);
  const svg = useRef(null);
  const values = c.cell_objectives.filter(known);
  if (!values.length) return null;
  const narrow = width < 520, height = Math.min(560, Math.max(300, width * 0.56)), frame = { left: 62, right: width - (narrow ? 10 : 24), top: 26, bottom: height - 46 };
  const x = axisScale(c.x, [frame.left, frame.right]), y = axisScale(c.y, [frame.bottom, frame.top]), xs = edges(c.x, x), ys = edges(c.y, y), tx = axisText(c.x), ty = axisText(c.y);
  const low = Math.log(Math.min(...values)), high = Math.log(Math.max(...values)), maximized = ['output_tokens_per_s_per_gpu', 'goodput', 'output_tokens_per_s_per_mw'].includes(results.objective);
  const shade = (v) => { const t = high > low ? (Math.log(v) - low) / (high - low) : 0; return 0.04 + 0.5 * (maximized ? t : 1 - t); };
  const money = /usd/.test(c.cost ?? ''), cost = (v) => (money ? dollars(v) : round(number(v, 4)));
  const ticksX = ticksOf(x, narrow ? 4 : 8), ticksY = ticksOf(y, 6);
  const nearest = (event) => {
    const at = svg.current.getBoundingClientRect(), px = event.clientX - at.left, py = event.clientY - at.top;
    const column = xs.slice(1).findIndex((p) => px <= p), row = ys.slice(1).findIndex((p) => py >= p);
    return px >= frame.left && column >= 0 && row >= 0 && py <= frame.bottom ? row * columns + column : null;
  };
  const step = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: columns, ArrowDown: -columns }[event.key];
    if (!move) { if (event.key === 'Escape') setOver(null); return; }
    event.preventDefault();
    const next = (over ?? c.best.row * columns + c.best.column) + move;
    if (next >= 0 && next < columns * rowsOfCells) setOver(next);
  };
  const rows = () => [[c.x.path, c.y.path, results.objective, c.cost, 'system'], ...c.cell_objectives.map((v, i) => [c.x.choices[i % columns], c.y.choices[Math.floor(i / columns)], v, c.cell_costs[i], c.cell_systems[i]])];
  const bx = x(c.x.values[c.best.column]), by = y(c.y.values[c.best.row]), ox = over === null ? 0 : x(c.x.values[over % columns]), oy = over === null ? 0 : y(c.y.values[Math.floor(over / columns)]);
  const pair = (i) => `${c.x.name} ${c.x.choices[i % columns]}, ${c.y.name} ${c.y.choices[Math.floor(i / columns)]}`;
  return (
    <Section id="contours" title={`${c.y.name} against ${c.x.name}`} rows={rows}
      lead={<>Of each pair the best system that keeps the limits, whatever its other domains, in closed form: darker is better, thin lines join equal {objective.short}{c.cost_lines.length > 0 && <>; dashed lines join equal cost ({c.cost_title}), and a dot marks the best place on each</>}. {integer(c.pairs_with_a_system)} of {integer(c.pairs)} pairs have a system.</>}>
      <div class="chart-box" ref={box}>
        <svg ref={svg} class="chart contours" width={width} height={height} viewBox={`0 0 ${width} ${height}`} tabIndex={0} role="img" aria-roledescription="chart"
          aria-label={`${objective.title} over ${c.x.path} and ${c.y.path}. The best is ${objective.show(c.best.objective)} at ${c.x.name} ${c.best.x}, ${c.y.name} ${c.best.y}. Arrow keys walk the pairs.`}
          onPointerMove={(event) => setOver(nearest(event))} onPointerLeave={() => setOver(null)} onKeyDown={step} onBlur={() => setOver(null)}>
          {c.cell_objectives.map((v, i) => known(v) && <rect key={i} class="cell" fill-opacity={shade(v).toFixed(3)} x={xs[i % columns]} width={Math.max(0.5, xs[i % columns + 1] - xs[i % columns] + 0.3)} y={ys[Math.floor(i / columns) + 1]} height={Math.max(0.5, ys[Math.floor(i / columns)] - ys[Math.floor(i / columns) + 1] + 0.3)} />)}
          <AxisLeft scale={y} x={frame.left} ticks={ticksY} format={ty.show} />
          <AxisBottom scale={x} y={frame.bottom} ticks={ticksX} format={tx.show} />
          <line class="base" x1={frame.left} x2={frame.right} y1={frame.bottom} y2={frame.bottom} />
          <text class="axis-title" x={frame.left - 54} y="12">{c.y.name}{ty.unit && `, ${ty.unit}`} ↑</text>
          <text class="axis-title" x={frame.right} y={height - 6} text-anchor="end">{c.x.name}{tx.unit && `, ${tx.unit}`} →</text>
          {c.objective_lines.map((l) => l.lines.map((line, i) => <path key={`${l.level}-${i}`} class="iso" d={pathOf(line, x, y)} />))}
          {c.cost_lines.map((l) => l.lines.map((line, i) => <path key={`${l.level}-${i}`} class="iso-cost" d={pathOf(line, x, y)} />))}
          {c.objective_lines.map((l) => { const at = l.lines.length > 0 && labelAt(l.lines, x, y, 0.5, frame); return at && <text key={l.level} class="iso-label halo" x={at[0]} y={at[1] + 4} text-anchor="middle">{objective.show(l.level)}</text>; })}
          {c.cost_lines.map((l) => { const at = l.lines.length > 0 && labelAt(l.lines, x, y, 0.12, frame); return at && <text key={l.level} class="cost-label halo" x={at[0]} y={at[1] + 4} text-anchor="middle">{cost(l.level)}</text>; })}
          {c.at_equal_cost.length > 1 && <path class="best-path" d={c.at_equal_cost.map((p, i) => `${i ? 'L' : 'M'}${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`).join('')} />}
          {c.at_equal_cost.map((p) => <circle key={p.cost} class={p.line_ends ? 'place ends' : 'place'} cx={x(p.x)} cy={y(p.y)} r="4.5"><title>{`${cost(p.cost)}: ${objective.show(p.objective)}`}</title></circle>)}
          <path class="star" d={`M${bx - 6},${by}h12M${bx},${by - 6}v12M${bx - 4},${by - 4}l8,8M${bx - 4},${by + 4}l8,-8`} />
          {over !== null && <circle data-screen-only class="ring" cx={ox} cy={oy} r="8" />}
        </svg>
        {over !== null && (
          <div class="tip" style={{ top: `${oy}px`, ...(ox < width * 0.55 ? { left: `${ox + 14}px` } : { right: `${width - ox + 14}px` }) }}>
            <strong>{pair(over)}</strong>
            {known(c.cell_objectives[over]) ? (
              <>
                {c.cell_systems[over] && <span class="tip-verdict">{c.cell_systems[over]}</span>}
                <dl><dt>{objective.short}</dt><dd>{objective.show(c.cell_objectives[over])}</dd>{known(c.cell_costs[over]) && <><dt>{c.cost_title}</dt><dd>{cost(c.cell_costs[over])}</dd></>}</dl>
              </>
            ) : <span class="tip-verdict">no system keeps the limits</span>}
          </div>
        )}
        <p class="sr-only" aria-live="polite">{over !== null ? `${pair(over)}: ${known(c.cell_objectives[over]) ? objective.show(c.cell_objectives[over]) : 'no system'}` : ''}</p>
      </div>
      {c.at_equal_cost.length > 0 && (
        <div class="scroll">
          <table class="plain places">
            <thead><tr><th class="num">{c.cost_title}</th><th class="num">{c.x.name}{tx.unit && `, ${tx.unit}`}</th><th class="num">{c.y.name}{ty.unit && `, ${ty.unit}`}</th><th class="num">{objective.short}</th><th>the best system that costs no more</th></tr></thead>
            <tbody>{c.at_equal_cost.map((p) => (
              <tr key={p.cost}>
                <th scope="row" class="num">{cost(p.cost)}</th><td class="num">{tx.show(p.x)}</td><td class="num">{ty.show(p.y)}</td><td class="num">{objective.show(p.objective)}</td>
                <td>{p.within ? `${c.x.name} ${p.within.x}, ${c.y.name} ${p.within.y}${p.within.system ? `; ${p.within.system}` : ''}: ${objective.show(p.within.objective)} at ${cost(p.within.cost)}` : 'none'}{p.line_ends && <span class="reason">The line ends there: at the edge of the map, or where no system keeps the limits.</span>}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
