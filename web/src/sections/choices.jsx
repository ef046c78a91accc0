// What each choice costs: for every searched value, the best feasible system that has it, against the winner.
import { Section } from '../figure.jsx';
import { OBJECTIVES, number } from '../format.js';

function bestByChoice(search, direction) {
  const better = direction === 'maximize' ? (a, b) => a > b : (a, b) => a < b;
  return search.domains.map((domain, d) => ({ path: domain.path, lines: domain.choices.map((choice) => {
    let best = null, any = 0;
    for (const c of search.candidates) {
      if (c.choices?.[d] !== choice) continue;
      any++;
      if (c.verdict === 'feasible' && Number.isFinite(c.objective) && (!best || better(c.objective, best.objective))) best = c;
    }
    return { choice, best, any };
  }) }));
}

export function Choices({ results }) {
  const search = results.recommendation, objective = OBJECTIVES[results.objective?.key] ?? { show: number, short: 'objective', title: 'objective' };
  const domains = bestByChoice(search, results.objective?.direction);
  const values = domains.flatMap((d) => d.lines.map((l) => l.best?.objective)).filter(Number.isFinite);
  if (!values.length) return null;
  const win = results.objective?.direction === 'maximize' ? Math.max(...values) : Math.min(...values), top = Math.max(...values);
  const chosen = search.candidates.find((c) => c.rank === 1);
  const rows = () => [['domain', 'choice', 'best_objective', 'system'], ...domains.flatMap((d) => d.lines.map((l) => [d.path, l.choice, l.best?.objective ?? null, l.best?.label ?? null]))];
  return (
    <Section id="choices" title="What each choice is worth" svg={false} rows={rows} lead={`The best feasible system with each value, in ${objective.short}, and how far it is from the winner. The winner’s values are marked.`}>
      <div class="choices">
        {domains.map((domain, d) => (
          <table key={domain.path} class="choice">
            <caption>{domain.path.split('.').at(-1)}</caption>
            <tbody>{domain.lines.map(({ choice, best }) => (
              <tr key={choice} class={chosen?.choices?.[d] === choice ? 'is-winner' : ''}>
                <th scope="row">{choice}</th>
                <td class="bar-cell">{best ? <i style={{ width: `${(best.objective / top) * 100}%` }} /> : <span class="muted">no feasible system</span>}</td>
                <td class="num">{best ? objective.show(best.objective) : ''}</td>
                <td class="num muted">{best && Math.abs(best.objective / win - 1) > 0.0005 ? `${best.objective > win ? '+' : '−'}${number(Math.abs(best.objective / win - 1) * 100, 2)} %` : best ? 'best' : ''}</td>
              </tr>
            ))}</tbody>
          </table>
        ))}
      </div>
    </Section>
  );
}
