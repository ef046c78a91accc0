// Errors by what the rows are of: a row a group, a column a chip, an engine or a quantity; the number is the median, the bar reaches to it, its pale part to the 90th percentile.
import { useState } from 'preact/hooks';
import { Section } from '../../figure.jsx';
import { integer, percent } from '../../format.js';
import { SETS, nameOf, shareText, signed } from './words.js';

const FULL = 0.6;       // of a cell's width: 60 %
const BY = { family: 'family', chip: 'chip', engine: 'engine', kind: 'number format', model: 'model', load: 'load', precision: 'precision', concurrency: 'requests in flight', run: 'run' };
const ORDER = ['tpot', 'tpot_p99', 'ttft', 'ttft_p99', 'e2e', 'e2e_p99', 'out_tok_s_per_gpu', 'out_tok_s', 'power'];
const BANDS = ['1 to 4', '5 to 16', '17 to 64', 'over 64'];

const inOrder = (known) => (a, b) => (known.indexOf(a) + 1 || 99) - (known.indexOf(b) + 1 || 99) || a.localeCompare(b, 'en', { numeric: true });
const unique = (values) => [...new Set(values)];
const title = (key) => (BANDS.includes(key) ? key : key ? nameOf(key) : 'not given');
const family = (line) => (line.quantity === 'power' ? `${nameOf(line.group)}, board power` : nameOf(line.group));

/** { columns: [[key, title]], rows: [[title, key -> line]] } of a table; what has too many columns stands in rows of two parts. */
function layout(table, families) {
  const within = table.within ? unique(table.lines.map((l) => l.within)).sort((a, b) => a.localeCompare(b, 'en')) : [];
  if (!table.within) {
    const columns = unique(table.lines.map((l) => l.quantity)).sort(inOrder(ORDER)), groups = unique(table.lines.map((l) => l.group)).sort(inOrder(BANDS));
    return { columns: columns.map((c) => [c, nameOf(c)]), rows: groups.map((g) => ({ head: title(g), note: null, of: new Map(table.lines.filter((l) => l.group === g).map((l) => [l.quantity, l])) })) };
  }
  const times = [...table.lines].sort((a, b) => (a.quantity === 'power') - (b.quantity === 'power') || families.indexOf(a.group) - families.indexOf(b.group));
  if (table.within === 'kind') return { columns: unique(times.map((l) => l.quantity)).map((c) => [c, c === 'power' ? 'Board power' : 'Time']), rows: unique(times.map((l) => `${l.group}\n${l.within}`)).map((key) => { const [group, kind] = key.split('\n'); return { head: nameOf(group), note: kind, of: new Map(times.filter((l) => l.group === group && l.within === kind).map((l) => [l.quantity, l])) }; }) };
  return { columns: within.map((c) => [c, c]), rows: unique(times.map(family)).map((head) => ({ head, note: null, of: new Map(times.filter((l) => family(l) === head).map((l) => [l.within, l])) })) };
}

function Cell({ line }) {
  if (!line) return <td class="err none" aria-label="no rows" />;
  const reach = (share) => `${Math.min(100, (share / FULL) * 100)}%`;
  return (
    <td class="err" title={`${integer(line.rows)} rows\nmedian ${shareText(line.median_abs)}, mean ${shareText(line.mean_abs)}, 90th percentile ${shareText(line.p90_abs)}\nbias ${signed(line.median_signed)}\nwithin 10 %: ${percent(line.within_10)}, within 25 %: ${percent(line.within_25)}`}>
      <span class="figure"><b>{shareText(line.median_abs)}</b><span class="bias">{signed(line.median_signed)}</span></span>
      <span class="ebar" aria-hidden="true"><i class="to-90" style={{ width: reach(line.p90_abs) }} /><i class={`to-50 ${line.median_abs > 0.25 ? 'far' : ''}`} style={{ width: reach(line.median_abs) }} />{line.p90_abs > FULL && <i class="past" />}</span>
    </td>
  );
}

export function Errors({ set }) {
  const [chosen, setChosen] = useState(0), table = set.tables[Math.min(chosen, set.tables.length - 1)];
  if (!table) return null;
  const { columns, rows } = layout(table, set.groups.map((g) => g.name)), keyOf = (t) => t.within ?? t.by, apart = (t) => t.of && t.of !== 'closed_loop';
  const csv = () => [['by', 'group', 'within', 'quantity', 'rows', 'median_abs', 'mean_abs', 'p90_abs', 'median_signed', 'within_10', 'within_25'], ...set.tables.flatMap((t) => t.lines.map((l) => [t.by, l.group, l.within, l.quantity, l.rows, l.median_abs, l.mean_abs, l.p90_abs, l.median_signed, l.within_10, l.within_25]))];
  return (
    <Section id={`errors-${set.name}`} title={`${SETS[set.name]}: how far off`} svg={false} rows={csv}
      lead={<>An error is predicted ÷ measured − 1. Bold is the median of its size, beside it the bias (its signed median); the bar reaches the median, its pale part the 90th percentile, the mark 25 %, its end {percent(FULL)}.{table.of === 'closed_loop' ? <> Closed loops alone.</> : table.of && <> Of {nameOf(table.of)} alone.</>}</>}>
      {set.tables.length > 1 && <div class="filters" role="group" aria-label="By">{set.tables.map((t, i) => <button type="button" class="chip" key={`${keyOf(t)} ${t.of}`} aria-pressed={t === table} onClick={() => setChosen(i)}>{apart(t) && `${nameOf(t.of)}: `}by {BY[keyOf(t)] ?? keyOf(t)}</button>)}</div>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Errors">
        <table class="errors">
          <thead><tr><th scope="col">{BY[table.by] ?? table.by}</th>{columns.map(([key, name]) => <th scope="col" key={key} style={{ width: `${Math.min(30, 82 / columns.length)}%` }}>{name}</th>)}</tr></thead>
          <tbody>{rows.map((row) => <tr key={row.head + row.note}><th scope="row">{row.head}{row.note && <span class="reason">{row.note}</span>}</th>{columns.map(([key]) => <Cell key={key} line={row.of.get(key)} />)}</tr>)}</tbody>
        </table>
      </div>
    </Section>
  );
}
