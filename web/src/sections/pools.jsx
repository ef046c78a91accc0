// Prefill engines, and the contexts that they hand over to those that decode.
import { Bars, Facts, knownBars } from '../bars.jsx';
import { Section } from '../figure.jsx';
import { bytes, integer, number, time } from '../format.js';

export function Pools({ results }) {
  const { prefill: p } = results, t = p.transfers;
  const bars = knownBars([['Step in flight', p.busy_share, 'the device or its host is working'], ['DRAM bandwidth', p.memory, 'at the datasheet’s peak'], ['Compute', p.compute, 'at the datasheet’s peak'], ['Links', p.link, 'of tensor and expert parallelism'], ['Host', p.host, ''],
    ['KV cache, peak', p.kv_usage_peak, `${integer(p.kv_blocks)} blocks an engine`], ['Links out', t?.egress_utilization, 'hand-overs, of a prefill engine’s links'], ['Links in', t?.ingress_utilization, 'hand-overs, of a decode engine’s links']]);
  const facts = [['prefill engines', `${integer(p.replicas)}, on ${integer(p.gpus)} GPUs`], ['GPUs that decode', integer(results.decode_gpus)], ['input tok/s/GPU', number(p.input_tokens_per_s_per_gpu)], ['mean waiting', number(p.mean_waiting)], ['peak waiting', integer(p.peak_waiting)], ['steps', integer(p.steps)]];
  if (t) facts.push(['hand-overs', integer(t.count)], ['bytes handed over', bytes(t.bytes)]);
  if (t?.count > 0) facts.push(['a hand-over, median', time(t.p50_ms)], ['a hand-over, p99', time(t.p99_ms)]);
  return (
    <Section id="prefill" title="Prefill engines and hand-overs" rows={() => [['figure', 'share'], ...bars.map(([name, share]) => [name, share]), ...Object.entries(t ?? {}).map(([key, value]) => [`transfers.${key}`, value])]}
      lead={`Prompts are computed on engines of their own; a context then goes to the engine that decodes${t?.overlap === 'layerwise' ? ', layer by layer while it is computed' : ', when it is whole'}. A hand-over lasts from the first token until the context is there. The other sections are of the engines that decode.`}>
      <div class="split"><Bars bars={bars} /><Facts facts={facts} /></div>
    </Section>
  );
}
