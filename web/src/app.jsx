// The report: what is known decides which sections there are, in the order a reader asks - what, how sure against the limits, why, what else.
import { useState } from 'preact/hooks';
import { Hero } from './sections/hero.jsx';
import { Pareto } from './sections/pareto.jsx';
import { Binding } from './sections/binding.jsx';
import { Latency } from './sections/latency.jsx';
import { Sensitivity } from './sections/sensitivity.jsx';
import { Memory } from './sections/memory.jsx';
import { Utilization } from './sections/utilization.jsx';
import { Chance } from './sections/chance.jsx';
import { Instability } from './sections/instability.jsx';
import { Pools } from './sections/pools.jsx';
import { Fabrics } from './sections/fabrics.jsx';
import { Groups } from './sections/groups.jsx';
import { Tenants } from './sections/tenants.jsx';
import { Tiers } from './sections/tiers.jsx';
import { Rivals } from './sections/rivals.jsx';
import { Choices } from './sections/choices.jsx';
import { Candidates } from './sections/candidates.jsx';
import { Verdicts } from './sections/verdicts.jsx';
import { Provenance } from './sections/provenance.jsx';
import { Formulas, Resolved } from './sections/resolved.jsx';
import { OBJECTIVES } from './format.js';

export function App({ results }) {
  const [chosen, setChosen] = useState(null); // the point in focus, shared by chart and table
  const search = results.recommendation;
  const plotted = search?.candidates?.some((c) => c.simulated);
  return (
    <>
      <main>
        <Hero results={results} />
        {results.instability && <Instability results={results} />}
        {plotted && <Pareto results={results} chosen={chosen} setChosen={setChosen} />}
        {results.cdf && <Latency results={results} />}
        {results.groups?.length > 0 && <Groups results={results} />}
        {results.tenants?.length > 0 && <Tenants results={results} />}
        {results.replications && <Chance results={results} />}
        {results.steps?.map((step) => <Binding key={step.name} step={step} results={results} />)}
        {results.elasticities?.length > 0 && <Sensitivity results={results} />}
        {results.fabrics?.length > 0 && <Fabrics results={results} />}
        {results.memory && <Memory results={results} />}
        {results.utilization && <Utilization results={results} />}
        {results.prefill && <Pools results={results} />}
        {results.kv_tiers?.tiers?.length > 0 && <Tiers results={results} />}
        {search?.rivals && <Rivals rivals={search.rivals} objective={OBJECTIVES[search.objective] ?? { short: search.objective }} />}
        {search?.domains?.length > 0 && <Choices results={results} />}
        {search?.candidates?.length > 0 && <Candidates results={results} chosen={chosen} setChosen={setChosen} />}
        {search?.verdict_counts && <Verdicts results={results} />}
        {results.provenance?.length > 0 && <Provenance results={results} />}
        {results.formulas && <Formulas results={results} />}
        {results.resolved_yaml && <Resolved results={results} />}
      </main>
      <footer class="colophon">
        <p>Orrery {results.orrery_version ?? ''}, format {results.schema}. Same study, same bytes. Every figure here is also in <code>results.json</code>, beside this file.</p>
      </footer>
    </>
  );
}
