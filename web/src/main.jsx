import { render } from 'preact';
import { App } from './app.jsx';
import { Sweep } from './sections/sweep/page.jsx';
import { Validation } from './sections/validation/page.jsx';
import './style.css';

const page = document.getElementById('page');
const text = document.getElementById('orrery-results').textContent.trim();
page.textContent = '';
let results = null;
let problem = 'This is the empty template of the report: it holds no results. `orrery predict`, `recommend` or `validate` with --output-dir writes a filled one.';
if (text.startsWith('{')) {
  try {
    results = JSON.parse(text);
  } catch (error) {
    problem = `The results in this file cannot be read: ${error.message}`;
  }
}
document.title = results ? `${results.title ?? 'Report'} · Orrery` : 'Orrery report';
const Page = results?.kind === 'validation' ? Validation : results?.schema === 'orrery-sweep/v1' ? Sweep : App;
render(results ? <Page results={results} /> : <main class="empty"><h1>Orrery report</h1><p>{problem}</p></main>, page);
document.documentElement.dataset.ready = results ? 'yes' : 'empty';
