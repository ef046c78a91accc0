// The tenants of a mix, each against its own limits.
import { Section } from '../figure.jsx';
import { METRICS, integer, number, percent, time } from '../format.js';

function verdict(slo) {
  if (!slo) return <span class="muted">no limits</span>;
  return <><i class={`v v-${slo.met ? 'feasible' : 'misses_slo'}`} aria-hidden="true" />{slo.met ? 'meets them' : `misses ${slo.worst_stat} ${METRICS[slo.worst_metric] ?? slo.worst_metric}`}<span class="reason">{percent(slo.attainment, 1)} of requests within</span></>;
}

export function Tenants({ results }) {
  const { tenants } = results, gone = tenants.some((t) => t.requests_rejected > 0);
  const rows = () => [['tenant', 'priority', 'requests_finished', 'requests_rejected', 'request_throughput', 'output_throughput', 'request_goodput', ...['ttft', 'tpot', 'e2el'].flatMap((m) => [`p50_${m}_ms`, `p99_${m}_ms`]), 'slo_met', 'slo_attainment'],
    ...tenants.map((t) => [t.name, t.priority, t.requests_finished, t.requests_rejected, t.request_throughput, t.output_throughput, t.request_goodput, ...['ttft', 'tpot', 'e2el'].flatMap((m) => [t[`${m}_ms`].p50, t[`${m}_ms`].p99]), t.slo?.met ?? null, t.slo?.attainment ?? null])];
  return (
    <Section id="tenants" title="Tenants" svg={false} rows={rows} lead="Each tenant’s requests by themselves. A request is held against its own tenant’s limits, or, where it has none, the study’s.">
      <div class="scroll">
        <table class="tenants">
          <thead><tr><th scope="col">tenant</th><th scope="col" class="num">requests</th><th scope="col" class="num">requests/s</th><th scope="col" class="num">TTFT p50</th><th scope="col" class="num">p99</th><th scope="col" class="num">TPOT p50</th><th scope="col" class="num">p99</th><th scope="col" class="num">prefix hits</th><th scope="col" class="limits">limits</th></tr></thead>
          <tbody>{tenants.map((t) => (
            <tr key={t.name}>
              <th scope="row">{t.name}<span class="reason">priority {integer(t.priority)}</span></th>
              <td class="num">{integer(t.requests_finished)}{gone && <span class="reason">{integer(t.requests_rejected)} turned away</span>}</td>
              <td class="num">{number(t.request_throughput)}</td>
              <td class="num">{time(t.ttft_ms.p50)}</td><td class="num">{time(t.ttft_ms.p99)}</td><td class="num">{time(t.tpot_ms.p50)}</td><td class="num">{time(t.tpot_ms.p99)}</td>
              <td class="num">{percent(t.input_tokens > 0 ? t.cached_tokens / t.input_tokens : 0)}</td>
              <td class="limits">{verdict(t.slo)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}
