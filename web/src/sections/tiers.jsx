// Tiers of KV cache below the HBM: what they hold, what came from them, and their links.
import { Section } from '../figure.jsx';
import { bytes, integer, percent, short, time } from '../format.js';

export function Tiers({ results }) {
  const { kv_tiers: all } = results, pools = new Set(all.tiers.map((t) => t.engines)).size > 1 || all.tiers.some((t) => t.engines !== 'all');
  const keys = ['name', 'engines', 'stores', 'reads', 'hit_tokens', 'read_bytes', 'written_bytes', 'held_bytes', 'capacity_bytes', 'mean_read_ms', 'read_utilization', 'write_utilization'];
  return (
    <Section id="kv-tiers" title="KV cache below the HBM" svg={false} rows={() => [keys, ...all.tiers.map((t) => keys.map((k) => t[k]))]}
      lead={all.fetch_waits > 0 ? `${integer(all.fetch_waits)} requests waited for what a tier had of their context, ${time(all.fetch_wait_mean_ms)} in the mean, when their turn had come.` : 'No request waited for a tier.'}>
      <div class="scroll">
        <table class="kv-tiers">
          <thead><tr><th scope="col">tier</th><th scope="col" class="num">held at the end</th><th scope="col" class="num">tokens fetched</th><th scope="col" class="num">read</th><th scope="col" class="num">a read takes</th><th scope="col" class="num">link busy</th><th scope="col" class="num">written</th><th scope="col" class="num">link busy</th></tr></thead>
          <tbody>{all.tiers.map((t) => (
            <tr key={`${t.name} ${t.engines}`}>
              <th scope="row">{t.name}<span class="reason">{integer(t.stores)} store{t.stores === 1 ? '' : 's'}{pools && `, ${t.engines === 'all' ? 'all' : t.engines} engines`}</span></th>
              <td class="num">{bytes(t.held_bytes)}<span class="reason">{percent(t.held_bytes / t.capacity_bytes)} of {bytes(t.capacity_bytes)}</span></td>
              <td class="num">{short(t.hit_tokens)}</td>
              <td class="num">{bytes(t.read_bytes)}<span class="reason">{integer(t.reads)} read{t.reads === 1 ? '' : 's'}</span></td>
              <td class="num">{time(t.mean_read_ms)}</td><td class="num">{percent(t.read_utilization)}</td>
              <td class="num">{bytes(t.written_bytes)}</td><td class="num">{percent(t.write_utilization)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}
