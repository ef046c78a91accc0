// Replications: means over runs with seeds of their own, and how far off they may be by chance.
import { Section } from '../figure.jsx';
import { METRICS, integer, number, percent, time } from '../format.js';

const LINES = [...['ttft', 'tpot', 'e2el'].flatMap((m) => ['mean', 'p50', 'p90', 'p99'].map((s) => [`${s}_${m}_ms`, `${METRICS[m]} ${s}`, time])),
  ['request_throughput', 'Requests/s', number], ['output_throughput', 'Output tok/s', number], ['request_goodput', 'Goodput, requests/s', number], ['slo_attainment', 'Within limits', (share) => percent(share, 1)]];

export function Chance({ results }) {
  const all = results.replications, lines = LINES.filter(([key]) => all[key]);
  return (
    <Section id="chance" title="What chance does" svg={false} rows={() => [['figure', 'runs', 'mean', 'std', 'low', 'high'], ...lines.map(([key]) => [key, all[key].runs, all[key].mean, all[key].std, all[key].low, all[key].high])]}
      lead={`${integer(all.count)} runs of the study, each with a seed of its own: their mean, and where the true mean lies ${percent(all.confidence)} of times. All other figures here are of the first run; how far off the model itself may be is another matter.${all.unstable > 0 ? ` Of the runs ${integer(all.unstable)} ${all.unstable === 1 ? "is" : "are"} unstable.` : ''}`}>
      <div class="scroll">
        <table class="chance">
          <thead><tr><th scope="col">figure</th><th scope="col" class="num">mean</th><th scope="col" class="num">from</th><th scope="col" class="num">to</th><th scope="col" class="num">±</th></tr></thead>
          <tbody>{lines.map(([key, name, show]) => {
            const f = all[key], half = (f.high - f.low) / 2;
            return <tr key={key}><th scope="row">{name}</th><td class="num">{show(f.mean)}</td><td class="num">{show(f.low)}</td><td class="num">{show(f.high)}</td><td class="num muted">{Number.isFinite(half) && f.mean ? percent(half / Math.abs(f.mean), 1) : '–'}</td></tr>;
          })}</tbody>
        </table>
      </div>
    </Section>
  );
}
