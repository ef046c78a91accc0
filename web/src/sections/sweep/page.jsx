// A sweep: the answer, the systems that were simulated, contours over two domains, and what moves the objective.
import { Masthead } from '../hero.jsx';
import { Section } from '../../figure.jsx';
import { OBJECTIVES, dollars, integer, number, percent, time } from '../../format.js';
import { Rivals } from '../rivals.jsx';
import { Contours } from './contours.jsx';

const VERDICTS = { keeps_slo: 'keep the limits', misses_slo: 'miss them', overloaded: 'are overloaded', does_not_fit: 'do not fit in memory', over_constraint: 'are over a constraint', impossible: 'cannot be built' };

function Systems({ results, objective }) {
  const simulated = results.finalists.length > 0, all = (simulated ? results.finalists : results.best_in_closed_form).slice(0, 20);
  const rows = () => [['system', 'gpus', 'objective_closed_form', 'objective_simulated', 'p99_ttft_ms', 'p99_tpot_ms', 'keeps_slo'], ...all.map((s) => [s.label, s.gpus, s.objective, s.simulated?.objective, s.simulated?.p99_ttft_ms ?? s.p99_ttft_ms, s.simulated?.p99_tpot_ms ?? s.p99_tpot_ms, s.simulated?.keeps_slo ?? s.slo_ratio <= 1])];
  return (
    <Section id="systems" title={simulated ? 'The best systems, simulated' : 'The best systems, in closed form'} svg={false} rows={rows} lead={`In ${objective.short}. Those that keep every limit come first.`}>
      <div class="scroll">
        <table class="plain wide">
          <thead><tr><th>System</th><th class="num">GPUs</th><th class="num">closed form</th>{simulated && <th class="num">simulated</th>}<th class="num">p99 TTFT</th><th class="num">p99 TPOT</th><th class="num">of its limits</th></tr></thead>
          <tbody>{all.map((s) => (
            <tr key={s.label}>
              <th scope="row">{s.label}</th><td class="num">{integer(s.gpus)}</td><td class="num">{objective.show(s.objective)}</td>{simulated && <td class="num">{objective.show(s.simulated?.objective)}</td>}
              <td class="num">{time(s.simulated?.p99_ttft_ms ?? s.p99_ttft_ms)}</td><td class="num">{time(s.simulated?.p99_tpot_ms ?? s.p99_tpot_ms)}</td><td class="num">{percent(s.simulated?.slo_ratio ?? s.slo_ratio)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}

function Effects({ results, objective }) {
  const rows = () => [['domain', 'first_order', 'total', 'least', 'least_with', 'most', 'most_with'], ...results.effects.map((e) => [e.path, e.first_order, e.total, e.least, e.least_with, e.most, e.most_with])];
  return (
    <Section id="effects" title="What moves it" svg={false} rows={rows} lead={`Shares of the variance of the objective’s logarithm (${objective.short}) that a domain decides alone (first order) and with others (total); and this domain alone, moved from the best system. In closed form, among systems that keep the limits.`}>
      <div class="scroll">
        <table class="plain">
          <thead><tr><th>Domain</th><th class="num">first order</th><th class="num">total</th><th class="num">alone, from</th><th class="num">to</th></tr></thead>
          <tbody>{results.effects.map((e) => (
            <tr key={e.path}>
              <th scope="row">{e.path}</th><td class="num">{percent(e.first_order, 1)}</td><td class="num">{percent(e.total, 1)}</td>
              <td class="num">{Number.isFinite(e.least) ? `${objective.show(e.least)} (${e.least_with})` : '–'}</td><td class="num">{Number.isFinite(e.most) ? `${objective.show(e.most)} (${e.most_with})` : '–'}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}

export function Sweep({ results }) {
  const named = OBJECTIVES[results.objective] ?? { short: results.objective, title: results.objective, show: number };
  const objective = { ...named, show: (v) => (named.show === dollars && v < 1 ? `$${number(v, 3)}` : named.show(v)) }; // systems side by side: the third digit tells them apart
  const verdicts = Object.entries(VERDICTS).filter(([key]) => results.verdict_counts?.[key] > 0).map(([key, words]) => `${integer(results.verdict_counts[key])} ${words}`);
  return (
    <>
      <main>
        <header class="hero">
          <Masthead kind="Sweep" />
          <h1>{results.title}</h1>
          <p class="answer">{results.answer}</p>
          <p class="lead">{`In closed form ${verdicts.join(', ')}.`}</p>
        </header>
        {results.contours && <Contours results={results} objective={objective} />}
        {results.finalists.length + results.best_in_closed_form.length > 0 && <Systems results={results} objective={objective} />}
        {results.rivals && <Rivals rivals={results.rivals} objective={objective} />}
        {results.effects?.length > 0 && <Effects results={results} objective={objective} />}
      </main>
      <footer class="colophon">
        <p>Orrery {results.orrery_version ?? ''}, format {results.schema}. Same study, same bytes. Every figure here is also in <code>sweep.json</code>, beside this file.</p>
      </footer>
    </>
  );
}
