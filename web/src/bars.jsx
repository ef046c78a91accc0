// Shares of something whole, a bar each, and facts beside them.
import { useWidth } from './figure.jsx';
import { percent } from './format.js';

/** bars: [name, share, note]; those that are not known are left out. */
export const knownBars = (bars) => bars.filter(([, share]) => Number.isFinite(share));

export function Bars({ bars }) {
  const [box, width] = useWidth(520), label = 118, room = width - label - 56;
  return (
    <div ref={box}>
      <svg class="chart" width={width} height={bars.length * 28} viewBox={`0 0 ${width} ${bars.length * 28}`} role="img" aria-label={bars.map(([name, share]) => `${name} ${percent(share)}`).join(', ')}>
        {bars.map(([name, share, note], i) => (
          <g key={name} transform={`translate(0,${i * 28})`}>
            <title>{name}: {percent(share, 1)} {note}</title>
            <text class="op-name" x={label - 10} y="18" text-anchor="end">{name}</text>
            <rect class="track" x={label} y="6" width={room} height="16" rx="1.5" />
            <rect class="bar" x={label} y="6" width={Math.max(1, Math.min(1, share) * room)} height="16" rx="1.5" />
            <text class="op-time" x={width - 48} y="18">{percent(share)}</text>
          </g>
        ))}
      </svg>
    </div>
  );
}

/** facts: [name, text]. */
export const Facts = ({ facts }) => <dl class="facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
