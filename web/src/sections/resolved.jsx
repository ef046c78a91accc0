// The definitions behind the figures, and the study with every default in it: enough to run the same again.
import { Section } from '../figure.jsx';

export function Formulas({ results }) {
  return (
    <Section id="formulas" title="How the figures are defined">
      <details>
        <summary>Show the formulas</summary>
        <dl class="formulas">{Object.entries(results.formulas).map(([key, formula]) => <div key={key}><dt><code>{key}</code></dt><dd>{formula}</dd></div>)}</dl>
      </details>
    </Section>
  );
}

/** One line of YAML: the comment and the key set apart from the value. */
function Line({ text }) {
  const [, body, comment] = /^(.*?)(\s+#.*|#.*)?$/.exec(text);
  const key = /^(\s*(?:- )?)([\w.-]+:)(.*)$/.exec(body);
  return <>{key ? <>{key[1]}<span class="y-key">{key[2]}</span>{key[3]}</> : body}{comment && <span class="y-comment">{comment}</span>}{'\n'}</>;
}

export function Resolved({ results }) {
  return (
    <Section id="resolved" title="The study, resolved" lead="Every value the result depends on. Saved as a file, it gives the same result again.">
      <details>
        <summary>Show resolved.yaml</summary>
        <pre class="yaml" tabIndex={0} aria-label="resolved.yaml">{results.resolved_yaml.trimEnd().split('\n').map((text, i) => <Line key={i} text={text} />)}</pre>
      </details>
    </Section>
  );
}
