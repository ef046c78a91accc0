// How the search ended each point of the domains: every point has one verdict, and the bound that pruned it is named.
import { Section } from '../figure.jsx';
import { VERDICTS, integer, percent, short } from '../format.js';

export function Verdicts({ results }) {
  const search = results.recommendation, lines = Object.keys(VERDICTS).map((v) => [v, search.verdict_counts[v] ?? 0]).filter(([, n]) => n > 0);
  const most = Math.max(...lines.map(([, n]) => n));
  return (
    <Section id="verdicts" title="How each was decided" svg={false} rows={() => [['verdict', 'count'], ...lines]}
      lead={`${integer(search.candidate_count)} systems, each with one verdict. ${integer(search.simulated)} were simulated (${short(search.simulated_requests)} requests); the rest fell to proven bounds or do not exist.`}>
      <table class="verdicts">
        <tbody>{lines.map(([verdict, count]) => (
          <tr key={verdict}>
            <th scope="row"><i class={`v v-${verdict}`} aria-hidden="true" />{VERDICTS[verdict][0]}</th>
            <td class="num">{integer(count)}</td>
            <td class="bar-cell"><i class={`vb v-${verdict}`} style={{ width: `${(count / most) * 100}%` }} /></td>
            <td class="muted what">{VERDICTS[verdict][1]} <span class="sr-only">({percent(count / search.candidate_count)})</span></td>
          </tr>
        ))}</tbody>
      </table>
    </Section>
  );
}
