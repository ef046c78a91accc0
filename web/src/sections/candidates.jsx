// Every system of the search, ranked: sortable, filtered by verdict, each loser with what stopped it.
import { useMemo, useState } from 'preact/hooks';
import { oneOfEachRun } from '../search.js';
import { Section } from '../figure.jsx';
import { VERDICTS, dollars, integer, number, time, verdictName } from '../format.js';

const COLUMNS = [
  { key: 'rank', title: '#', show: integer, up: true },
  { key: 'label', title: 'System', up: true, text: true },
  { key: 'verdict', title: 'Verdict', up: true, text: true },
  { key: 'gpus', title: 'GPUs', show: integer, up: true },
  { key: 'usd_per_mtok_output', title: '$/Mtok', show: dollars, up: true },
  { key: 'output_tokens_per_s_per_gpu', title: 'tok/s/GPU', show: number },
  { key: 'interactivity_tokens_per_s_per_user', title: 'tok/s/user', show: number },
  { key: 'p99_ttft_ms', title: 'p99 TTFT', show: time, up: true },
  { key: 'p99_tpot_ms', title: 'p99 TPOT', show: time, up: true },
  { key: 'joules_per_output_token', title: 'J/tok', show: number, up: true },
];
const PAGE = 20;

function compare(key, up) {
  return (a, b) => {
    const x = a[key], y = b[key], missing = (v) => v === null || v === undefined || Number.isNaN(v);
    if (missing(x) || missing(y)) return missing(x) - missing(y) || a.rank - b.rank;
    const order = typeof x === 'string' ? x.localeCompare(y, 'en', { numeric: true }) : x - y;
    return (up ? order : -order) || a.rank - b.rank;
  };
}

export function Candidates({ results, chosen, setChosen }) {
  const search = results.recommendation, all = search.candidates;
  const alikeCount = useMemo(() => all.length - oneOfEachRun(all).length, [all]);
  const [alike, setAlike] = useState(false), [verdict, setVerdict] = useState(null), [words, setWords] = useState(''), [sort, setSort] = useState({ key: 'rank', up: true }), [shown, setShown] = useState(PAGE);
  const found = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    return (alike ? [...all] : oneOfEachRun(all)).filter((c) => (!verdict || c.verdict === verdict) && wanted.every((w) => c.label.toLowerCase().includes(w) || c.reason?.toLowerCase().includes(w))).sort(compare(sort.key, sort.up));
  }, [all, alike, verdict, words, sort]);
  const counts = Object.keys(VERDICTS).map((v) => [v, (alike ? all : oneOfEachRun(all)).filter((c) => c.verdict === v).length]).filter(([, n]) => n > 0);
  const rows = () => [[...COLUMNS.map((c) => c.key), 'reason', ...search.domains.map((d) => d.path)], ...found.map((c) => [...COLUMNS.map(({ key }) => c[key]), c.reason, ...(c.choices ?? [])])];
  const sortBy = (column) => setSort((now) => ({ key: column.key, up: now.key === column.key ? !now.up : !!column.up }));
  return (
    <Section id="candidates" title="Every system, ranked" svg={false} rows={rows}
      lead={search.candidates_omitted > 0 ? `The first ${integer(all.length)} of ${integer(search.candidate_count)}; candidates.csv has them all.` : null}>
      <div class="filters" role="group" aria-label="Filter by verdict">
        <button type="button" class="chip" aria-pressed={!verdict} onClick={() => setVerdict(null)}>All <b>{integer(alike ? all.length : all.length - alikeCount)}</b></button>
        {counts.map(([v, n]) => <button type="button" class="chip" key={v} aria-pressed={verdict === v} onClick={() => setVerdict(verdict === v ? null : v)}><i class={`v v-${v}`} aria-hidden="true" />{verdictName(v)} <b>{integer(n)}</b></button>)}
        {alikeCount > 0 && <button type="button" class="chip" aria-pressed={alike} title="Systems that repeat another’s run event by event" onClick={() => setAlike(!alike)}>Show the {integer(alikeCount)} alike</button>}
        <input type="search" placeholder="Find, as in TP4 fp8" aria-label="Find systems by words" value={words} onInput={(event) => { setWords(event.target.value); setShown(PAGE); }} />
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of systems">
        <table class="systems">
          <thead><tr>{COLUMNS.map((column) => (
            <th key={column.key} scope="col" class={column.text ? '' : 'num'} aria-sort={sort.key === column.key ? (sort.up ? 'ascending' : 'descending') : 'none'}>
              <button type="button" onClick={() => sortBy(column)}>{column.title}<span class="arrow" aria-hidden="true">{sort.key === column.key ? (sort.up ? '▲' : '▼') : ''}</span></button>
            </th>
          ))}</tr></thead>
          <tbody>{found.slice(0, shown).map((c) => (
            <tr key={c.point} class={`${c.point === chosen ? 'chosen' : ''} ${c.rank === 1 && c.verdict === 'feasible' ? 'is-winner' : ''}`} onClick={() => setChosen(c.point === chosen ? null : c.point)}>
              {COLUMNS.map((column) => {
                if (column.key === 'label') return <th key="label" scope="row">{c.label}{c.reason && c.verdict !== 'feasible' && <span class="reason">{c.reason}</span>}</th>;
                if (column.key === 'verdict') return <td key="verdict" class="verdict"><i class={`v v-${c.verdict}`} aria-hidden="true" />{verdictName(c.verdict)}{c.on_pareto_front && <span class="on-front" title="On the Pareto front"> ◆<span class="sr-only"> on the Pareto front</span></span>}</td>;
                return <td key={column.key} class="num">{Number.isFinite(c[column.key]) ? column.show(c[column.key]) : ''}</td>;
              })}
            </tr>
          ))}</tbody>
        </table>
      </div>
      {found.length === 0 && <p class="muted">No system matches.</p>}
      {found.length > shown && <p class="more"><button type="button" class="chip" onClick={() => setShown(found.length > 500 && shown < 500 ? 500 : Infinity)}>Show {found.length > 500 && shown < 500 ? 500 : `all ${integer(found.length)}`}</button> <span class="muted">{integer(shown)} shown. ◆ marks the Pareto front.</span></p>}
    </Section>
  );
}
