// A load that is more than the system can carry: what comes, what leaves, and what would carry it.
import { Bars, Facts } from '../bars.jsx';
import { Section } from '../figure.jsx';
import { integer, number } from '../format.js';

export function Instability({ results }) {
  const d = results.instability, most = Math.max(d.arrivals_per_s, d.sustained_per_s), pool = d.queue === 'prefill' ? 'prefill engines' : 'engines';
  const bars = [['Arrive', d.arrivals_per_s / most, `${number(d.arrivals_per_s)} requests/s`], ['Are served', d.sustained_per_s / most, `${number(d.sustained_per_s)} requests/s`]];
  const facts = [['arrive', `${number(d.arrivals_per_s)} requests/s`], ['are served', `${number(d.sustained_per_s)} requests/s`], ['queue grew by', `${integer(d.growth_requests)} requests`], ['by chance, at most about', `${integer(3 * d.noise_requests)} requests`]];
  if (d.replicas_needed > 0) facts.push(['would carry it', `${integer(d.replicas_needed)} ${pool}`]);
  if (d.limit_with_room) facts.push(['limits the batch', d.limit_with_room]);
  return (
    <Section id="instability" title="Why it is unstable" rows={() => [['figure', 'value'], ...Object.entries(d)]}
      lead={`Over the second half of the arrivals, the queue in front of the ${pool} grew by far more than chance makes it. Latencies grow with the length of such a run: they say nothing of a server in a steady state.`}>
      <div class="split"><Bars bars={bars} /><Facts facts={facts} /></div>
    </Section>
  );
}
