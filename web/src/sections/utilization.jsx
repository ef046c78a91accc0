// How much of each resource the run used, over its whole duration.
import { Bars, Facts, knownBars } from '../bars.jsx';
import { Section } from '../figure.jsx';
import { integer, number, percent } from '../format.js';

export function Utilization({ results }) {
  const { utilization: u, kv_cache: kv, run } = results;
  const bars = knownBars([
    ['Step in flight', u.busy_share, 'the device or its host is working'], ['DRAM bandwidth', u.memory, 'at the datasheet’s peak'], ['Compute', u.compute, 'at the datasheet’s peak'], ['Links', u.link, 'at the datasheet’s peak'], ['Host', u.host, 'scheduling and input preparation'],
    ['KV cache, mean', kv?.usage_mean, `${integer(kv?.blocks)} blocks an engine`], ['KV cache, peak', kv?.usage_peak, ''],
  ]);
  const facts = [['mean batch', number(run?.mean_batch)], ['peak running', integer(run?.peak_running)], ['mean waiting', number(run?.mean_waiting)], ['preemptions', integer(run?.preemptions)], ['prefix hits', percent(kv?.prefix_hit_share, 1)], ['steps', integer(run?.steps)], ['requests', integer(results.completed)], ['mean power', `${number(results.energy?.mean_power_w / 1e3)} kW`]];
  return (
    <Section id="utilization" title="Use of the system" rows={() => [['resource', 'share'], ...bars.map(([name, share]) => [name, share])]} lead="Shares of the run’s duration, over all GPUs.">
      <div class="split"><Bars bars={bars} /><Facts facts={facts} /></div>
    </Section>
  );
}
