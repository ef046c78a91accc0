// A fleet of several kinds: what each group of replicas did, and what it cost.
import { Section } from '../figure.jsx';
import { dollars, integer, number, percent, time } from '../format.js';

export function Groups({ results }) {
  const { groups } = results;
  const rows = () => [['group', 'chip', 'replicas', 'gpus', 'weight', 'requests_finished', 'request_throughput', 'output_tokens_per_s_per_gpu', ...['ttft', 'tpot', 'e2el'].flatMap((m) => [`p50_${m}_ms`, `p99_${m}_ms`]), 'slo_attainment', 'memory', 'compute', 'kv_usage_mean', 'usd_per_million_output_tokens', 'joules_per_output_token'],
    ...groups.map((g) => [g.name, g.chip, g.replicas, g.gpus, g.weight, g.requests_finished, g.request_throughput, g.output_tokens_per_s_per_gpu, ...['ttft', 'tpot', 'e2el'].flatMap((m) => [g[`${m}_ms`].p50, g[`${m}_ms`].p99]), g.slo_attainment, g.memory, g.compute, g.kv_usage_mean, g.usd_per_million_output_tokens, g.joules_per_output_token])];
  return (
    <Section id="groups" title="Groups of replicas" svg={false} rows={rows} lead="Replicas of several kinds behind one router: who served what, how fast, and at what price.">
      <div class="scroll">
        <table class="groups">
          <thead><tr><th scope="col">group</th><th scope="col" class="num">requests</th><th scope="col" class="num">tok/s/GPU</th><th scope="col" class="num">TTFT p50</th><th scope="col" class="num">p99</th><th scope="col" class="num">TPOT p50</th><th scope="col" class="num">p99</th><th scope="col" class="num">SLO kept</th><th scope="col" class="num">DRAM</th><th scope="col" class="num">KV</th><th scope="col" class="num">$/Mtok</th></tr></thead>
          <tbody>{groups.map((g) => (
            <tr key={g.name}>
              <th scope="row">{g.name}<span class="reason">{g.label}, {g.chip}</span></th>
              <td class="num">{integer(g.requests_finished)}</td><td class="num">{number(g.output_tokens_per_s_per_gpu)}</td>
              <td class="num">{time(g.ttft_ms.p50)}</td><td class="num">{time(g.ttft_ms.p99)}</td><td class="num">{time(g.tpot_ms.p50)}</td><td class="num">{time(g.tpot_ms.p99)}</td>
              <td class="num">{percent(g.slo_attainment, 1)}</td><td class="num">{percent(g.memory)}</td><td class="num">{percent(g.kv_usage_mean)}</td>
              <td class="num">{dollars(g.usd_per_million_output_tokens)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}
