// Predicted against measured, a small plot for each family or quantity; or their ratio, where the bands of ±10 % and ±25 % can be seen. Dots of a chip are a few paths, not thousands of elements.
import { scaleLog } from 'd3-scale';
import { useMemo, useRef, useState } from 'preact/hooks';
import { AxisBottom, AxisLeft, Section, useWidth } from '../../figure.jsx';
import { integer, percent } from '../../format.js';
import { SETS, colourOf, errorText, groupTitle, quantityOf, reachText, shareText, tickText, ticksOf, valueText } from './words.js';

const LAYERS = 6;   // overlaps within a path don't add up; between paths they do, and so show density
const VIEWS = { parity: 'Predicted', ratio: 'Predicted ÷ measured' };

function pointsOf(group) {
  const { chip, measured, predicted, low, high, label } = group.points;
  return measured.map((m, i) => ({ chip: chip[i], measured: m, predicted: predicted[i], low: low?.[i], high: high?.[i], label: label[i], y: predicted[i] })).filter((p) => p.measured > 0 && p.predicted > 0);
}

function domainOf(values, least) {
  const low = Math.min(...values), high = Math.max(...values), middle = Math.sqrt(low * high);
  return high / low < least ? [middle / Math.sqrt(least), middle * Math.sqrt(least)] : [low / 1.12, high * 1.12];
}

/** The ends of y = factor x (of y = factor), across the plot. */
const guide = (x, factor, ratio) => x.domain().map((at) => [at, ratio ? factor : at * factor]);
const lineOf = (x, y, ends) => ends.map(([a, b], i) => `${i ? 'L' : 'M'}${x(a).toFixed(1)},${y(b).toFixed(1)}`).join('');

function Dots({ points, shown, x, y, size }) {
  const layers = useMemo(() => {
    const paths = new Map(), seen = new Map();
    for (const p of points) {
      if (!shown.has(p.chip)) continue;
      const n = seen.get(p.chip) ?? 0, key = (n % LAYERS) * 64 + p.chip;
      seen.set(p.chip, n + 1);
      paths.set(key, `${paths.get(key) ?? ''}M${x(p.measured).toFixed(1)},${y(p.y).toFixed(1)}h.01`);
    }
    return [...paths].sort(([a], [b]) => a - b);
  }, [points, shown, x, y]);
  return layers.map(([key, d]) => <path key={key} class="dots" d={d} style={{ stroke: colourOf(key % 64) }} stroke-width={size} />);
}

function Tip({ point, group, chips, left, top, width }) {
  const onRight = left < width * 0.5;
  return (
    <div class="tip row-tip" style={{ top: `${top}px`, ...(onRight ? { left: `${left + 12}px` } : { right: `${width - left + 12}px` }) }}>
      <strong><i class="swatch" style={{ background: colourOf(point.chip) }} />{chips[point.chip]}</strong>
      <span class="tip-verdict">{point.label}</span>
      <dl>
        <dt>measured</dt><dd>{valueText(point.measured, group.unit)}</dd>
        <dt>predicted</dt><dd>{valueText(point.predicted, group.unit)}</dd>
        {point.high > 0 && <><dt>90 %</dt><dd>{valueText(point.low, group.unit)} to {valueText(point.high, group.unit)}</dd></>}
        <dt>error</dt><dd>{errorText(point.predicted / point.measured)}</dd>
      </dl>
    </div>
  );
}

function Panel({ set, group, chips, shown, ratio, width: boxWidth }) {
  const [over, setOver] = useState(null), svg = useRef(null);
  const points = useMemo(() => pointsOf(group).map((p) => (ratio ? { ...p, y: p.predicted / p.measured } : p)).sort((a, b) => a.measured - b.measured), [group, ratio]);
  const width = boxWidth, margin = { top: 8, right: 8, bottom: 24, left: 50 }, height = ratio ? Math.round(width * 0.72) : width - margin.left + margin.bottom;
  const measured = points.map((p) => p.measured), both = ratio ? measured : measured.concat(points.map((p) => p.predicted));
  const [x, y] = useMemo(() => {
    const domain = domainOf(both, 4), ys = ratio ? domainOf([0.6, 1.6, ...points.map((p) => Math.min(20, Math.max(0.05, p.y)))], 2) : domain;
    return [scaleLog(domain, [margin.left, width - margin.right]), scaleLog(ys, [height - margin.bottom, margin.top]).clamp(ratio)];
  }, [points, width, ratio]);
  const nearest = (event) => {
    const at = svg.current.getBoundingClientRect(), px = event.clientX - at.left, py = event.clientY - at.top;
    let best = null, distance = 18 * 18;
    points.forEach((p, i) => { if (!shown.has(p.chip)) return; const d = (x(p.measured) - px) ** 2 + (y(p.y) - py) ** 2; if (d < distance) { distance = d; best = i; } });
    return best;
  };
  const walk = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === 'Escape') setOver(null);
    if (!step) return;
    event.preventDefault();
    let at = over === null ? (step > 0 ? -1 : points.length) : over;
    do at += step; while (points[at] && !shown.has(points[at].chip));
    if (points[at]) setOver(at);
  };
  const band = (half) => `${lineOf(x, y, guide(x, 1 + half, ratio))}${lineOf(x, y, guide(x, 1 - half, ratio).reverse()).replace('M', 'L')}Z`, clip = `clip-${group.name}-${group.each_request}-${set}`;
  const active = over === null ? null : points[over], ticks = ticksOf(x, width < 280 ? 3 : 4), [bottom, top] = y.domain();
  const ticksY = ratio ? (top / bottom > 6 ? [0.1, 0.2, 0.5, 1, 2, 5, 10] : [0.5, 0.65, 0.8, 1, 1.25, 1.5, 2]).filter((t) => t >= bottom && t <= top) : ticks;
  const title = groupTitle(group), covered = group.coverage?.ninety;
  return (
    <figure class="parity">
      <figcaption><strong>{title}</strong> <span class="nowrap">{integer(group.rows)} {group.each_request ? 'requests' : 'rows'}</span><span class="stats">half within <b>{shareText(group.median_abs)}</b>, nine of ten within {reachText(group.p90_abs)}{covered && <>; <span class="nowrap">the 90 % interval</span> holds {percent(covered.inside)}</>}</span></figcaption>
      <div class="chart-box">
        <svg ref={svg} class="chart parity-chart" data-name={`${group.each_request ? 'each-' : ''}${group.name}`} data-points={points.length} width={width} height={height} viewBox={`0 0 ${width} ${height}`} tabIndex={0} role="img" aria-roledescription="chart"
          aria-label={`${title}: predicted against measured ${quantityOf(group)} of ${points.length} rows; half within ${shareText(group.median_abs)}. Arrow keys walk the rows.`}
          onPointerMove={(event) => setOver(nearest(event))} onPointerLeave={() => setOver(null)} onKeyDown={walk} onBlur={() => setOver(null)}>
          <clipPath id={clip}><rect x={margin.left} y={margin.top} width={width - margin.left - margin.right} height={height - margin.top - margin.bottom} /></clipPath>
          <g clip-path={`url(#${clip})`}><path class="band" d={band(0.25)} /><path class="band near" d={band(0.1)} /></g>
          <AxisLeft scale={y} x={margin.left} ticks={ticksY} format={(t) => tickText(t, ratio ? '' : group.unit)} grid={width - margin.left - margin.right} />
          <AxisBottom scale={x} y={height - margin.bottom} ticks={ticks} format={(t) => tickText(t, group.unit)} grid={height - margin.bottom - margin.top} />
          <path class="identity" d={lineOf(x, y, guide(x, 1, ratio))} />
          <Dots points={points} shown={shown} x={x} y={y} size={group.points.measured.length > 600 ? 3.4 : 4.6} />
          {active && <circle data-screen-only class="ring" cx={x(active.measured)} cy={y(active.y)} r="7" />}
        </svg>
        {active && <Tip point={active} group={group} chips={chips} left={x(active.measured)} top={y(active.y)} width={width} />}
        <p class="sr-only" aria-live="polite">{active ? `${active.label}, ${chips[active.chip]}: measured ${valueText(active.measured, group.unit)}, predicted ${valueText(active.predicted, group.unit)}` : ''}</p>
      </div>
    </figure>
  );
}

export function Legend({ chips, present, shown, setShown }) {
  const toggle = (chip) => { const next = new Set(shown); if (!next.delete(chip)) next.add(chip); setShown(next); };
  return present.map((chip) => (
    <button type="button" key={chip} class="chip legend" aria-pressed={shown.has(chip)} onClick={() => toggle(chip)}><i class="dot-key" style={{ '--key': colourOf(chip) }} aria-hidden="true" />{chips[chip]}</button>
  ));
}

export function Parity({ set, chips, shown, setShown }) {
  const [box, width] = useWidth(1040), [view, setView] = useState('parity');
  const groups = set.groups.filter((g) => g.points.measured.length > 0 && (set.name !== 'runs' || g.each_request));
  if (!groups.length) return null;
  const present = [...new Set(groups.flatMap((g) => g.points.chip))].sort((a, b) => a - b);
  const columns = width >= 900 ? 3 : width >= 560 ? 2 : 1, gap = 30, each = Math.floor((width - gap * (columns - 1)) / columns);
  const drawn = groups.reduce((sum, g) => sum + g.points.measured.length, 0), all = groups.reduce((sum, g) => sum + g.rows, 0);
  const rows = () => [['group', 'unit', 'chip', 'label', 'measured', 'predicted', 'low_90', 'high_90'], ...groups.flatMap((g) => pointsOf(g).map((p) => [g.name, g.unit, chips[p.chip], p.label, p.measured, p.predicted, p.low, p.high]))];
  return (
    <Section id={`parity-${set.name}`} title={`${SETS[set.name]}: predicted against measured`} rows={rows}
      lead={<>Each dot is one {set.name === 'runs' ? 'request' : 'measurement'}{drawn < all && <>, {integer(drawn)} of {integer(all)} evenly spaced</>}: measured to the right, {view === 'ratio' ? 'predicted ÷ measured' : 'predicted'} up{set.name === 'runs' ? ', each request replayed at its own time' : ''}. {view === 'ratio' ? 'At 1' : 'On the line'} they are equal; the bands are ±10 % and ±25 %.{view === 'ratio' && ' Ratios beyond 20 stand at the edge.'}</>}>
      <div class="filters" role="group" aria-label="Chips and view">
        {present.length > 1 && <Legend chips={chips} present={present} shown={shown} setShown={setShown} />}
        {present.length === 1 && <span class="only"><i class="dot-key" style={{ '--key': colourOf(present[0]) }} aria-hidden="true" />{chips[present[0]]}</span>}
        <span class="switch" role="group" aria-label="Upward">{Object.entries(VIEWS).map(([key, name]) => <button type="button" key={key} class="chip" aria-pressed={view === key} onClick={() => setView(key)}>{name}</button>)}</span>
      </div>
      <div class="parities" ref={box} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, columnGap: `${gap}px` }}>
        {groups.map((group) => <Panel key={`${group.name}-${group.each_request}`} set={set.name} group={group} chips={chips} shown={shown} ratio={view === 'ratio'} width={each} />)}
      </div>
    </Section>
  );
}
