// How much of each resource the run used, over its whole duration.
import { Section, useWidth } from '../figure.jsx';
import { integer, number, percent } from '../format.js';

export function Utilization({ results }) {
  const { utilization: u, kv_cache: kv, run } = results, [box, width] = useWidth(520);
  const bars = [
    ['Step in flight', u.busy_share, 'the device or its host is working'], ['DRAM bandwidth', u.memory, 'at the datasheet’s peak'], ['Compute', u.compute, 'at the datasheet’s peak'], ['Links', u.link, 'at the datasheet’s peak'], ['Host', u.host, 'scheduling and input preparation'],
    ['KV cache, mean', kv?.usage_mean, `${integer(kv?.blocks)} blocks an engine`], ['KV cache, peak', kv?.usage_peak, ''],
  ].filter(([, share]) => Number.isFinite(share));
  const label = 118, scale = (share) => Math.min(1, share) * (width - label - 56);
  const facts = [['mean batch', number(run?.mean_batch)], ['peak running', integer(run?.peak_running)], ['mean waiting', number(run?.mean_waiting)], ['preemptions', integer(run?.preemptions)], ['prefix hits', percent(kv?.prefix_hit_share, 1)], ['steps', integer(run?.steps)], ['requests', integer(results.completed)], ['mean power', `${number(results.energy?.mean_power_w / 1e3)} kW`]];
  return (
    <Section id="utilization" title="Use of the system" rows={() => [['resource', 'share'], ...bars.map(([name, share]) => [name, share])]} lead="Shares of the run’s duration, over all GPUs.">
      <div class="split">
        <div ref={box}>
          <svg class="chart" width={width} height={bars.length * 28} viewBox={`0 0 ${width} ${bars.length * 28}`} role="img" aria-label={bars.map(([name, share]) => `${name} ${percent(share)}`).join(', ')}>
            {bars.map(([name, share, note], i) => (
              <g key={name} transform={`translate(0,${i * 28})`}>
                <title>{name}: {percent(share, 1)} {note}</title>
                <text class="op-name" x={label - 10} y="18" text-anchor="end">{name}</text>
                <rect class="track" x={label} y="6" width={width - label - 56} height="16" rx="1.5" />
                <rect class="bar" x={label} y="6" width={Math.max(1, scale(share))} height="16" rx="1.5" />
                <text class="op-time" x={width - 48} y="18">{percent(share)}</text>
              </g>
            ))}
          </svg>
        </div>
        <dl class="facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      </div>
    </Section>
  );
}
