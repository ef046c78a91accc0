// The rows furthest off, of all or of one family or quantity, each with what its prediction is made of; and what was not compared.
import { useState } from 'preact/hooks';
import { Section } from '../../figure.jsx';
import { integer } from '../../format.js';
import { SETS, errorText, nameOf, valueText } from './words.js';

const inside = (row) => row.high_ninety > 0 && row.measured >= row.low_ninety && row.measured <= row.high_ninety;

export function Worst({ set }) {
  const groups = set.groups.filter((g) => g.worst?.length > 0), [chosen, setChosen] = useState(null);
  if (!set.worst?.length) return null;
  const found = chosen ? groups.find((g) => g.name === chosen).worst : set.worst;
  const rows = () => [['group', 'label', 'chip', 'engine', 'unit', 'measured', 'predicted', 'error', 'why'], ...groups.flatMap((g) => g.worst.map((r) => [r.group, r.label, r.chip, r.engine, r.unit, r.measured, r.predicted, r.error, r.why]))];
  return (
    <Section id={`worst-${set.name}`} title={`${SETS[set.name]}: furthest off`} svg={false} rows={rows} lead="The ten rows whose predictions are furthest from what was measured, by ratio, and what each prediction is made of. Almost all lie outside the 90 % interval; the others say so.">
      {groups.length > 1 && <div class="filters" role="group" aria-label="Of"><button type="button" class="chip" aria-pressed={!chosen} onClick={() => setChosen(null)}>All</button>{groups.map((g) => <button type="button" class="chip" key={g.name} aria-pressed={chosen === g.name} onClick={() => setChosen(g.name)}>{nameOf(g.name)}</button>)}</div>}
      <div class="scroll" tabIndex={0} role="region" aria-label="The rows furthest off">
        <table class="plain worst">
          <thead><tr><th scope="col" class="num">Error</th><th scope="col">Row, and what the prediction is made of</th><th scope="col">Chip</th><th scope="col" class="num">Measured</th><th scope="col" class="num">Predicted</th></tr></thead>
          <tbody>{found.map((row, i) => (
            <tr key={i}>
              <td class="num size">{errorText(row.predicted / row.measured)}</td>
              <th scope="row"><span class="what-row">{!chosen && <span class="of">{nameOf(row.group)}</span>}{row.label}</span>{row.why && <span class="reason">{row.why}</span>}</th>
              <td class="nowrap">{row.chip}</td><td class="num">{valueText(row.measured, row.unit)}</td>
              <td class="num">{valueText(row.predicted, row.unit)}{inside(row) && <span class="reason">in its 90 %</span>}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}

export function SetAside({ set }) {
  const all = [...(set.set_aside ?? [])].sort((a, b) => (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0) || b.count - a.count);
  if (!all.length) return null;
  const units = [...new Set(all.map((a) => a.unit))], total = (unit) => all.filter((a) => a.unit === unit).reduce((sum, a) => sum + a.count, 0);
  const rows = () => [['reason', 'count', 'unit'], ...all.map((a) => [a.reason, a.count, a.unit])];
  return (
    <Section id={`aside-${set.name}`} title={`${SETS[set.name]}: set aside`} svg={false} rows={rows} lead={`Not compared, and why: ${units.map((unit) => `${integer(total(unit))} ${unit}`).join(' and ')}.`}>
      <details open={all.length <= 8}>
        <summary>{all.length === 1 ? 'The reason' : `The ${integer(all.length)} reasons`}</summary>
        <table class="plain aside"><tbody>{all.map((a) => <tr key={a.reason}><td class="num">{integer(a.count)} {a.count === 1 ? a.unit.replace(/s$/, '') : a.unit}</td><th scope="row">{a.reason}</th></tr>)}</tbody></table>
      </details>
    </Section>
  );
}
