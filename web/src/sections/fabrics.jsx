// A fabric given by its parts: where groups of ranks stand on it and what they meet, what a GPU's share of it draws and costs.
import { Section } from '../figure.jsx';
import { dollars, integer, known, number, percent } from '../format.js';

const times = (contention) => (known(contention) ? contention.toFixed(2) : '');

function Part({ name, part }) {
  return (
    <p>{name}: {part.topology}. Between its halves {percent(part.bisection_share)} of what a half sends; at most {integer(part.most_hops)} {part.most_hops === 1 ? 'hop' : 'hops'}. A GPU's share: {number(part.switches_per_gpu, 2)} switches, {number(part.cables_per_gpu)} cables, {number(part.optics_per_gpu)} long links, {number(part.power_w_per_gpu)} W, {dollars(part.usd_per_gpu)}.</p>
  );
}

export function Fabrics({ results }) {
  const { fabrics } = results;
  const rows = () => [['pool', 'group', 'ranks', 'stride', 'domains', 'where', 'ring_contention', 'all_pairs_contention', 'hops', 'network_ring_contention', 'network_all_pairs_contention'],
    ...fabrics.flatMap((f) => f.placement.map((p) => [f.pool, p.group, p.ranks, p.stride, p.domains, p.where, p.ring_contention, p.all_pairs_contention, p.hops, p.network_ring_contention, p.network_all_pairs_contention]))];
  return (
    <Section id="fabrics" title="Where groups of ranks stand" svg={false} rows={rows} lead="Rings and all pairs at once: the time a byte takes, over that on links of the same speed that nobody shares, when every group does the same at the same time.">
      {fabrics.map((f) => (
        <div key={f.pool ?? ''}>
          {f.pool && <h3>{f.pool}</h3>}
          {f.domain && <Part name={`Domains of ${integer(f.gpus_per_domain)}, ${integer(f.domains)} of them`} part={f.domain} />}
          {f.network && <Part name="Network between domains" part={f.network} />}
          {f.placement.length > 0 && (
            <div class="scroll">
              <table class="groups">
                <thead><tr><th scope="col">group</th><th scope="col" class="num">ranks</th><th scope="col" class="num">apart</th><th scope="col" class="num">domains</th><th scope="col">where</th><th scope="col" class="num">rings</th><th scope="col" class="num">all pairs</th><th scope="col" class="num">hops</th><th scope="col" class="num">network: rings</th><th scope="col" class="num">all pairs</th></tr></thead>
                <tbody>{f.placement.map((p) => (
                  <tr key={p.group}>
                    <th scope="row">{p.group}</th><td class="num">{integer(p.ranks)}</td><td class="num">{integer(p.stride)}</td><td class="num">{integer(p.domains)}</td><td>{p.where ?? ''}</td>
                    <td class="num">{p.hops > 0 ? times(p.ring_contention) : ''}</td><td class="num">{p.hops > 0 ? times(p.all_pairs_contention) : ''}</td><td class="num">{p.hops > 0 ? integer(p.hops) : ''}</td>
                    <td class="num">{times(p.network_ring_contention)}</td><td class="num">{times(p.network_all_pairs_contention)}</td>
                  </tr>
                ))}</tbody>
              </table>
            </div>
          )}
        </div>
      ))}
    </Section>
  );
}
