// Where each value comes from: what was measured, what a datasheet says, what is assumed.
import { Section } from '../figure.jsx';
import { integer } from '../format.js';

const ORIGINS = ['measured', 'calibrated', 'datasheet', 'transferred', 'assumed', 'study', 'default'];
const safe = (url) => (/^https?:\/\//.test(url ?? '') ? url : null);

export function Provenance({ results }) {
  const all = results.provenance;
  const counts = ORIGINS.map((origin) => [origin, all.filter((p) => p.origin === origin).length]).filter(([, n]) => n > 0);
  const sorted = [...all].sort((a, b) => ORIGINS.indexOf(a.origin) - ORIGINS.indexOf(b.origin));
  const rows = () => [['path', 'value', 'origin', 'source', 'url', 'date', 'place'], ...all.map((p) => [p.path, p.value, p.origin, p.source_title, p.source_url, p.source_date, p.place])];
  return (
    <Section id="provenance" title="Where the values come from" svg={false} rows={rows}
      lead={`${integer(all.length)} values: ${counts.map(([origin, n]) => `${integer(n)} ${origin}`).join(', ')}.`}>
      <details>
        <summary>Show them</summary>
        <div class="scroll">
          <table class="plain provenance">
            <thead><tr><th scope="col">Value of</th><th scope="col">Is</th><th scope="col">Origin</th><th scope="col">Source</th><th scope="col">Date</th></tr></thead>
            <tbody>{sorted.map((p) => (
              <tr key={p.path}>
                <th scope="row"><code>{p.path}</code></th><td class="value-cell">{p.value ?? ''}</td><td><span class={`origin o-${p.origin}`}>{p.origin}</span></td>
                <td>{safe(p.source_url) ? <a href={p.source_url} rel="noreferrer">{p.source_title ?? p.source_url}</a> : p.source_title ?? ''}{p.place && <span class="reason">{p.place}</span>}</td><td class="nowrap">{p.source_date ?? ''}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      </details>
    </Section>
  );
}
