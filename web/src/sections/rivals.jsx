// Which of the best systems can be told apart: each again under further seeds, the same for all.
import { Section } from '../figure.jsx';
import { integer, known, number } from '../format.js';

const TOLD = { unknown: 'not known', equal: 'the same', no: 'not distinguishable', worse: 'worse', better: 'better' };
const signed = (x) => `${x > 0 ? '+' : x < 0 ? '−' : ''}${number(Math.abs(x), 3)}`;

export function Rivals({ rivals, objective }) {
  const rows = () => [['rank', 'system', 'mean', 'difference', 'low', 'high', 'told_apart', 'keeps_slo', 'runs'], ...rivals.systems.map((s) => [s.rank, s.label, s.mean, s.difference, s.low, s.high, s.told_apart, s.keeps_slo, s.runs])];
  return (
    <Section id="rivals" title="Can the best be told apart?" svg={false} rows={rows} lead={`Each again under ${integer(rivals.seeds.length)} seeds that chose none of them, the same for all; 90 % intervals of the difference, in ${objective.short}. ${rivals.answer}`}>
      <div class="scroll">
        <table class="plain wide">
          <thead><tr><th class="num">No.</th><th>&ensp;System</th><th class="num">mean</th><th class="num">from {rivals.systems[0].rank}</th><th class="num">90 % interval</th><th class="num">told apart</th><th class="num">within its limits</th></tr></thead>
          <tbody>{rivals.systems.map((s, i) => (
            <tr key={s.rank}>
              <td class="num">{integer(s.rank)}</td><th scope="row">&ensp;{s.label}</th><td class="num">{number(s.mean, 4)}</td><td class="num">{i > 0 && known(s.difference) ? signed(s.difference) : ''}</td>
              <td class="num">{known(s.low) && known(s.high) ? `${signed(s.low)} to ${signed(s.high)}` : ''}</td><td class="num">{i > 0 ? TOLD[s.told_apart] : ''}</td><td class="num">{integer(s.keeps_slo)} of {integer(rivals.seeds.length)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}
