// A validation: the model beside measurements, set by set - kernels, serving systems, recorded runs.
import { useState } from 'preact/hooks';
import { Masthead } from '../hero.jsx';
import { integer, percent } from '../../format.js';
import { Errors } from './errors.jsx';
import { Parity } from './parity.jsx';
import { Runs } from './runs.jsx';
import { SetAside, Worst } from './worst.jsx';
import { nameOf, shareText } from './words.js';

const KEYS = [['servers', 'tpot', 'Servers’ TPOT'], ['servers', 'ttft', 'Servers’ TTFT'], ['servers', 'out_tok_s_per_gpu', 'Servers’ throughput'], ['runs', 'e2e', 'Recorded runs’ latency']];

/** The figures that carry the answer; of kernels alone, their families. */
function keyFigures(results) {
  const set = (name) => results.sets.find((s) => s.name === name), figures = [];
  if (set('kernels')?.latency) figures.push(['Kernels’ time', set('kernels').latency]);
  for (const [name, group, label] of KEYS) { const found = set(name)?.groups.find((g) => g.name === group && !g.each_request); if (found) figures.push([label, found]); }
  if (figures.length === 1 && set('kernels')) for (const group of [...set('kernels').groups].sort((a, b) => b.rows - a.rows).slice(0, 4)) figures.push([nameOf(group.name), group]);
  return figures.slice(0, 5);
}

function KeyError({ label, errors }) {
  return (
    <div class="key">
      <dt>{label}</dt>
      <dd>
        <span class="value">{shareText(errors.median_abs).replace(' %', '')}</span><span class="unit"> % median error</span>
        <span class="note">{integer(errors.rows)} rows, <span class="nowrap">{percent(errors.within_25)} within 25 %</span>{errors.coverage?.ninety && <>, <span class="nowrap">{percent(errors.coverage.ninety.inside)} in the 90 % interval</span></>}</span>
      </dd>
    </div>
  );
}

export function Validation({ results }) {
  const [shown, setShown] = useState(() => new Set(results.chips.map((_, i) => i)));
  const figures = keyFigures(results);
  return (
    <>
      <main class="validation">
        <header class="hero">
          <Masthead kind="Validation" />
          <h1>{results.title}</h1>
          {results.subtitle && <p class="subtitle">{results.subtitle}</p>}
          <p class="answer">{results.answer}</p>
          {figures.length > 0 && <dl class="keys">{figures.map(([label, errors]) => <KeyError key={label} label={label} errors={errors} />)}</dl>}
        </header>
        {results.sets.map((set) => (
          <>
            <Parity set={set} chips={results.chips} shown={shown} setShown={setShown} />
            {set.name === 'runs' && <Runs set={set} />}
            {set.name !== 'runs' && <Errors set={set} />}
            <Worst set={set} />
            <SetAside set={set} />
          </>
        ))}
      </main>
      <footer class="colophon">
        <p>Orrery {results.orrery_version ?? ''}, format {results.schema}. Same measurements, same bytes. Every figure here is also in <code>validation.json</code> and <code>errors.csv</code>, beside this file.</p>
      </footer>
    </>
  );
}
