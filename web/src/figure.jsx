// What every figure shares: a frame with a title and its exports, its width on screen, and axes.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { saveCsv, saveSvg } from './export.js';

/** [ref, width in px]: the drawing follows the width of its box. */
export function useWidth(initial = 720) {
  const ref = useRef(null);
  const [width, setWidth] = useState(initial);
  useLayoutEffect(() => { if (ref.current) setWidth(Math.max(240, Math.floor(ref.current.clientWidth))); }, []);
  useEffect(() => {
    if (!ref.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(240, Math.floor(entry.contentRect.width))));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** A section of the page. `rows` (a function) gives its CSV; an <svg> inside gives its SVG. */
export function Section({ id, title, lead, name = id, rows, svg = true, children, className = '' }) {
  const body = useRef(null);
  return (
    <section id={id} class={`section ${className}`} aria-labelledby={`${id}-title`}>
      <header class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {rows && (
          <div class="exports">
            {svg && <button type="button" aria-label={`Save “${title}” as SVG`} onClick={() => body.current.querySelectorAll('svg.chart').forEach((drawing, i, all) => saveSvg(all.length > 1 ? `${name}-${drawing.dataset.name ?? i + 1}` : name, drawing))}>SVG</button>}
            <button type="button" aria-label={`Save the data of “${title}” as CSV`} onClick={() => saveCsv(name, rows())}>CSV</button>
          </div>
        )}
      </header>
      {lead && <p class="lead">{lead}</p>}
      <div ref={body}>{children}</div>
    </section>
  );
}

export function AxisBottom({ scale, y, ticks, format, grid = 0 }) {
  return (
    <g class="axis" aria-hidden="true">
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(${scale(tick)},${y})`}>
          {grid > 0 && <line class="grid" y2={-grid} />}
          <line class="tick" y2="4" />
          <text y="17" text-anchor="middle">{format(tick)}</text>
        </g>
      ))}
    </g>
  );
}

export function AxisLeft({ scale, x, ticks, format, grid = 0 }) {
  return (
    <g class="axis" aria-hidden="true">
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(${x},${scale(tick)})`}>
          {grid > 0 && <line class="grid" x2={grid} />}
          <text x="-8" text-anchor="end" dominant-baseline="middle">{format(tick)}</text>
        </g>
      ))}
    </g>
  );
}

/** Tick values of a log scale: 1, 2, 5 of each decade, or fewer, as many as fit. */
export function logTicks(domain, most = 6) {
  for (const digits of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = decadeTicks(domain, digits);
    if (ticks.length <= most) return ticks;
  }
  const decades = decadeTicks(domain, [1]);
  return decades.filter((_, i) => i % Math.ceil(decades.length / most) === 0);
}

function decadeTicks([low, high], digits) {
  const all = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) for (const m of digits) all.push(Number(`${m}e${e}`));
  return all.filter((t) => t >= low * 0.999 && t <= high * 1.001);
}
