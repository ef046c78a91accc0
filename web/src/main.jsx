import { render } from 'preact';
import { App } from './app.jsx';
import './style.css';

const page = document.getElementById('page');
const text = document.getElementById('orrery-results').textContent.trim();
page.textContent = '';
let results = null;
let problem = 'This is the empty template of the report: it holds no results. `orrery predict` or `orrery recommend` with --output-dir writes a filled one.';
if (text.startsWith('{')) {
  try {
    results = JSON.parse(text);
  } catch (error) {
    problem = `The results in this file cannot be read: ${error.message}`;
  }
}
document.title = results ? `${results.title ?? 'Report'} · Orrery` : 'Orrery report';
render(results ? <App results={results} /> : <main class="empty"><h1>Orrery report</h1><p>{problem}</p></main>, page);
document.documentElement.dataset.ready = results ? 'yes' : 'empty';
