// Checks report pages in a browser: node check_report.mjs CHROMIUM TEMPLATE FIXTURES [REPORT.html ...]. Fixtures are put into the template; further pages are filled already.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open } from './browser.mjs';

const [chromium, templatePath, fixtures, ...pages] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'orrery-report-'));
let failures = 0, checks = 0;
const check = (what, holds, seen = '') => { checks++; if (!holds) { failures++; console.log(`FAILED ${what}${seen === '' ? '' : `: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`}`); } };

const template = readFileSync(templatePath, 'utf8');
check('the template is smaller than 300 kB', template.length < 300_000, template.length);
check('the template has one placeholder', template.split('@ORRERY_RESULTS_JSON@').length === 2);
check('the template loads nothing', !/<(script|link|img)[^>]+(src|href)="(?!data:)/.test(template));

function fill(name, change = (results) => results) {
  const results = change(JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')));
  const path = join(work, `${name}-${checks}.html`);
  writeFileSync(path, template.replace('@ORRERY_RESULTS_JSON@', () => JSON.stringify(results).replaceAll('<', '\\u003c')));
  return path;
}

const browser = await open(chromium);
const visit = async (path, options) => {
  const page = await browser.page(pathToFileURL(resolve(path)).href, options);
  page.sections = await page.ask('[...document.querySelectorAll("main section")].map((s) => s.id)');
  return page;
};
async function clean(name, page) {
  check(`${name}: it drew itself`, await page.ask('document.documentElement.dataset.ready') === 'yes');
  check(`${name}: no errors`, page.problems.length === 0, page.problems);
  check(`${name}: no requests`, page.fetched.length === 0, page.fetched);
  const text = await page.ask('document.body.innerText');
  for (const word of ['undefined', 'NaN', '[object', 'Infinity', 'null']) check(`${name}: no "${word}" in its text`, !text.includes(word), text.split('\n').find((line) => line.includes(word)) ?? '');
  check(`${name}: no NaN in its drawings`, !(await page.ask('[...document.querySelectorAll("svg *")].some((e) => [...e.attributes].some((a) => /NaN|undefined/.test(a.value)))')));
  check(`${name}: nothing wider than the screen`, await page.ask('document.documentElement.scrollWidth <= document.documentElement.clientWidth'), await page.ask('`${document.documentElement.scrollWidth} of ${document.documentElement.clientWidth}`'));
  check(`${name}: every drawing and button has a name`, await page.ask('[...document.querySelectorAll("svg.chart")].every((s) => s.getAttribute("aria-label")) && [...document.querySelectorAll("button, input")].every((b) => b.innerText.trim() || b.getAttribute("aria-label"))'));
}
// WCAG contrast of text against the page.
const contrast = `(() => {
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const back = light(getComputedStyle(document.body).backgroundColor);
  let worst = 99, where = '';
  for (const e of document.querySelectorAll('p, dt, dd, th, td, li, h1, h2, .note, .reason, .muted, summary, .axis text, .limit text, .op-name, .op-shape, .op-time')) {
    if (e.closest('.tip, .chip')) continue;
    const style = getComputedStyle(e), own = light(e instanceof SVGElement ? style.fill : style.color), ratio = (Math.max(own, back) + 0.05) / (Math.min(own, back) + 0.05);
    if (ratio < worst) { worst = ratio; where = e.tagName + '.' + (e.getAttribute('class') ?? ''); }
  }
  return [worst, where];
})()`;

try {
  const all = { recommend: ['pareto', 'latency', 'binding-mixed', 'memory', 'utilization', 'choices', 'candidates', 'verdicts', 'provenance', 'formulas', 'resolved'], predict: ['latency', 'binding-mixed', 'memory', 'utilization', 'provenance', 'formulas', 'resolved'], explain: ['binding-mixed', 'sensitivity', 'memory', 'provenance', 'resolved'],
    serving: ['instability', 'latency', 'groups', 'tenants', 'chance', 'binding-mixed', 'fabrics', 'memory', 'utilization', 'prefill', 'kv-tiers', 'provenance', 'formulas', 'resolved'],
    validation: ['parity-kernels', 'errors-kernels', 'worst-kernels', 'aside-kernels', 'parity-servers', 'errors-servers', 'worst-servers', 'aside-servers', 'parity-runs', 'runs', 'worst-runs'] };
  for (const [name, sections] of Object.entries(all)) {
    for (const look of [{ width: 1280 }, { width: 420, dark: true }, { width: 400 }]) {
      const page = await visit(fill(name), look), title = `${name} at ${look.width}`;
      await clean(title, page);
      check(`${title}: its sections, in order`, JSON.stringify(page.sections) === JSON.stringify(sections), page.sections);
      const [ratio, where] = await page.ask(contrast);
      check(`${title}: contrast AA`, ratio >= 4.5, [ratio, where]);
    }
  }

  const results = JSON.parse(readFileSync(join(fixtures, 'recommend.json'), 'utf8')), page = await visit(fill('recommend'));
  check('the answer is the headline', await page.ask('document.querySelector(".answer").innerText') === results.answer);
  check('a dot for each simulated system', await page.ask('document.querySelectorAll("#pareto .dot").length') === results.recommendation.candidates.filter((c) => c.simulated).length);
  check('the winner is named in the chart', (await page.ask('document.querySelector("#pareto .winner-label").textContent')) === results.recommendation.candidates[0].label);
  const at = JSON.parse(await page.ask('(() => { const b = document.querySelector("#pareto .dot.winner").getBoundingClientRect(); return JSON.stringify([b.x + b.width / 2, b.y + b.height / 2]); })()'));
  await page.press('mouseMoved', at[0] + 3, at[1] + 2);
  check('hover tells which system it is', (await page.ask('new Promise((done) => setTimeout(() => done(document.querySelector(".tip")?.innerText ?? ""), 100))')).includes(results.recommendation.candidates[0].label));
  check('the table shows the first systems', await page.ask('document.querySelectorAll(".systems tbody tr").length') === 20);
  await page.ask('[...document.querySelectorAll(".filters .chip")].find((c) => c.innerText.includes("Misses SLO")).click()');
  check('the filter keeps one verdict', await page.ask('new Promise((done) => setTimeout(() => done([...document.querySelectorAll(".systems .verdict")].every((v) => v.innerText.startsWith("Misses SLO"))), 100))'));
  check('a loser says what stopped it', (await page.ask('document.querySelector(".systems .reason").innerText')).includes('is over'));
  await page.ask('[...document.querySelectorAll(".filters .chip")][0].click(); [...document.querySelectorAll(".systems thead button")].find((b) => b.innerText.includes("p99 TTFT")).click()');
  check('a click on a heading sorts', await page.ask('new Promise((done) => setTimeout(() => done(document.querySelector("th[aria-sort=ascending]")?.innerText.includes("TTFT") ?? false), 100))'));
  await page.ask('document.querySelector("svg.pareto").focus(); document.querySelector("svg.pareto").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }))');
  check('the keyboard walks the points', await page.ask('new Promise((done) => setTimeout(() => done(document.querySelector("#pareto [aria-live]").textContent), 100))') !== '');
  await page.ask('window.saved = []; URL.createObjectURL = (blob) => { window.saved.push(blob); return "blob:none"; }; HTMLAnchorElement.prototype.click = () => {}; document.querySelectorAll("#pareto .exports button").forEach((b) => b.click()); 0');
  const [svg, csv] = await page.ask('Promise.all(window.saved.map((blob) => blob.text()))');
  check('a figure leaves as SVG with its styles in it', svg.includes('<svg') && svg.includes('xmlns="http://www.w3.org/2000/svg"') && /fill="rgb/.test(svg) && !svg.includes('var(--'));
  check('a figure leaves as CSV', csv.startsWith('rank,label,') && csv.split('\r\n').length > 20);

  const run = JSON.parse(readFileSync(join(fixtures, 'serving.json'), 'utf8')), served = await visit(fill('serving'));
  const said = (section) => served.ask(`document.querySelector("#${section}").innerText`);
  check('what is left out is said at the top', (await said('warmup')).includes('812 requests in 40.6 s'), await said('warmup'));
  const tells = async (what, section, ...texts) => { const text = await said(section); check(what, texts.every((t) => text.includes(t)), text); };
  await tells('why it is unstable: what comes, what leaves, what would carry it', 'instability', '20.1 requests/s', '17.4 requests/s', '1,350 requests', `${run.instability.replicas_needed} engines`, 'max_num_seqs');
  await tells('a line for each group of replicas', 'groups', ...run.groups.map((g) => g.name), 'NVIDIA B200', '$1.70', '$4.70');
  await tells('where groups of ranks stand, and what of the fabric a GPU pays for', 'fabrics', 'torus of 2x2x2', '2x1x1 of 2x2x2, closed', '4.80', '1.25', '$6,116', '94.2 W');
  await tells('a line for each tenant, with its verdict', 'tenants', ...run.tenants.map((t) => t.name), 'meets them', 'misses p99 TPOT', '94.1 % of requests within', 'no limits', '12 turned away');
  await tells('intervals by chance', 'chance', '5 runs', 'Of the runs 1 is unstable', '3.0 %');
  check('a line for each figure that the runs tell', await served.ask('document.querySelectorAll("#chance tbody tr").length') === 15);
  await tells('prefill engines and what they hand over', 'prefill', '2, on 4 GPUs', 'layer by layer', '7.57 TB', '31.5 ms');
  await tells('a line for each tier', 'kv-tiers', 'host', 'pool', '91 % of 1.00 TB', '1.84 M');
  const steady = await visit(fill('serving', (r) => ({ ...r, warmup: { by: 'mser-5', excluded_requests: 0, excluded_s: 0, steady_state_seen: false }, instability: { ...r.instability, sustained_per_s: 0, replicas_needed: 0, limit_with_room: null }, kv_tiers: { ...r.kv_tiers, fetch_waits: 0, fetch_wait_mean_ms: null }, prefill: { ...r.prefill, transfers: { count: 0, bytes: 0, overlap: 'after', egress_utilization: 0, ingress_utilization: 0 } } })));
  await clean('a run of little', steady);
  check('no steady state is said', (await steady.ask('document.querySelector("#warmup").innerText')).includes('No steady state'));

  const validation = JSON.parse(readFileSync(join(fixtures, 'validation.json'), 'utf8')), judged = await visit(fill('validation'));
  const later = (expression) => judged.ask(`new Promise((done) => setTimeout(() => done(${expression}), 100))`);
  const dots = (section) => `[...document.querySelectorAll("${section} .dots")].reduce((sum, path) => sum + path.getAttribute("d").split("M").length - 1, 0)`;
  const [kernels, , runs] = validation.sets, rowsOf = (set) => set.groups.filter((g) => set.name !== 'runs' || g.each_request).reduce((sum, g) => sum + g.points.measured.length, 0);
  check('a parity plot for each family', await judged.ask('document.querySelectorAll("#parity-kernels .parity-chart").length') === kernels.groups.length);
  for (const set of validation.sets) check(`a dot for each row of ${set.name}`, await judged.ask(dots(`#parity-${set.name}`)) === rowsOf(set), await judged.ask(dots(`#parity-${set.name}`)));
  check('guide lines in each plot', await judged.ask('[...document.querySelectorAll(".parity-chart")].every((s) => s.querySelectorAll(".band").length === 2 && s.querySelector(".identity"))'));
  const dot = JSON.parse(await judged.ask('(() => { const path = document.querySelector("#parity-kernels .dots"), b = path.ownerSVGElement.getBoundingClientRect(), [x, y] = path.getAttribute("d").slice(1).split("h")[0].split(",").map(Number); return JSON.stringify([b.x + x, b.y + y]); })()'));
  await judged.press('mouseMoved', dot[0], dot[1]);
  const told = await later('document.querySelector("#parity-kernels .tip")?.innerText ?? ""');
  check('hover tells the row', ['measured', 'predicted', 'error', 'b200-sxm', 'n 4096, k 4096'].every((word) => told.includes(word)), told);
  await judged.ask('document.querySelector("#parity-kernels .chip.legend").click()');
  check('the legend hides a chip, in every plot', await later(dots('#parity-kernels')) === kernels.groups.flatMap((g) => g.points.chip).filter((c) => c !== 0).length && await judged.ask('document.querySelector("#parity-servers .chip.legend").getAttribute("aria-pressed")') === 'false');
  await judged.ask('document.querySelector("#parity-kernels .chip.legend").click(); document.querySelectorAll("#parity-kernels .switch .chip")[1].click()');
  check('the ratio view draws every row too', await later(dots('#parity-kernels')) === rowsOf(kernels) && !(await judged.ask('[...document.querySelectorAll("#parity-kernels .dots")].some((p) => p.getAttribute("d").includes("NaN"))')));
  check('errors by chip, each with its bar', await judged.ask('document.querySelectorAll("#errors-kernels .ebar").length') === kernels.tables[0].lines.length && (await judged.ask('document.querySelector("#errors-kernels thead").innerText')).includes('mi300x'));
  await judged.ask('document.querySelectorAll("#errors-kernels .filters .chip")[1].click()');
  check('errors by engine on request', (await later('document.querySelector("#errors-kernels thead").innerText')).includes('trtllm'));
  check('the worst ten, explained', await judged.ask('document.querySelectorAll("#worst-kernels tbody tr").length') === 10 && (await judged.ask('document.querySelector("#worst-kernels .reason").innerText')).includes('At its peak'));
  await judged.ask('[...document.querySelectorAll("#worst-kernels .filters .chip")].find((c) => c.innerText === "Collectives").click()');
  check('the worst of one family', (await later('document.querySelector("#worst-kernels .size + th").innerText')).startsWith(kernels.groups[3].worst[0].label));
  check('recorded runs side by side, and their distributions', await judged.ask('document.querySelectorAll("#runs tbody tr").length') === 2 && await judged.ask('document.querySelectorAll("#runs .curve").length') === 2 * runs.distributions.length);
  await judged.ask('window.saved = []; URL.createObjectURL = (blob) => { window.saved.push(blob); return "blob:none"; }; HTMLAnchorElement.prototype.click = () => {}; document.querySelectorAll("#parity-kernels .exports button, #errors-kernels .exports button").forEach((b) => b.click()); 0');
  const leaves = await judged.ask('Promise.all(window.saved.map((blob) => blob.text()))');
  check('each plot leaves as SVG, rows and errors as CSV', leaves.length === kernels.groups.length + 2 && leaves[0].includes('<svg') && /stroke="rgb/.test(leaves[0]) && !leaves[0].includes('var(--') && leaves.at(-2).startsWith('group,unit,chip,label,') && leaves.at(-1).startsWith('by,group,within,'), leaves.map((l) => l.slice(0, 60)));

  const hostile = '</script><script>window.broken = 1</script><!-- <b>x</b>';
  const sharp = await visit(fill('recommend', (r) => ({ ...r, title: hostile, answer: hostile, provenance: [{ path: 'x', value: hostile, origin: 'study', source_title: hostile, source_url: 'javascript:window.broken = 1' }], resolved_yaml: hostile })));
  await clean('hostile text', sharp);
  check('text of the results is never markup', await sharp.ask('window.broken === undefined && document.querySelector("h1").textContent') === hostile && !(await sharp.ask('[...document.links].some((a) => a.protocol === "javascript:")')));

  const odd = await visit(fill('validation', (v) => { const [set] = v.sets; set.groups[0].points.label.fill(hostile); for (const row of set.worst) Object.assign(row, { label: hostile, why: hostile }); set.set_aside[0].reason = hostile; return { ...v, title: hostile, chips: [hostile, ...v.chips.slice(1)] }; }));
  await clean('hostile rows', odd);
  check('text of a validation is never markup', await odd.ask('window.broken === undefined && document.querySelector("h1").textContent') === hostile);
  await clean('a validation of nothing', await visit(fill('validation', (v) => ({ ...v, chips: [], sets: [] }))));
  await clean('a validation of one set, few rows', await visit(fill('validation', (v) => ({ ...v, sets: [{ ...v.sets[0], groups: [{ ...v.sets[0].groups[0], points: { chip: [0], measured: [5], predicted: [5], label: ['one'] } }] }] }))));

  const bare = await visit(fill('recommend', (r) => ({ ...Object.fromEntries(['schema', 'kind', 'title', 'answer', 'recommendation'].map((k) => [k, r[k]])), recommendation: { ...r.recommendation, candidates: r.recommendation.candidates.filter((c) => !c.simulated), domains: [] } })));
  await clean('a search without a winner', bare);
  const empty = await browser.page(pathToFileURL(resolve(templatePath)).href);
  check('the empty template says so', (await empty.ask('document.body.innerText')).includes('holds no results'));

  for (const path of pages.filter(existsSync)) {
    const seen = await visit(path);
    await clean(path.split('/').slice(-2).join('/'), seen);
    if (!path.endsWith('/sweep/report.html')) continue;
    check('a sweep: its sections, in order', JSON.stringify(seen.sections) === JSON.stringify(['contours', 'systems', 'rivals', 'effects']), seen.sections);
    const c = JSON.parse(await seen.ask('document.getElementById("orrery-results").textContent')).contours, drawn = (what) => seen.ask(`document.querySelectorAll("#contours ${what}").length`);
    const lines = (levels) => levels.reduce((sum, level) => sum + level.lines.length, 0);
    check('a cell for each pair with a system', await drawn('.cell') === c.pairs_with_a_system);
    check('every line is drawn, and every place', await drawn('.iso') === lines(c.objective_lines) && await drawn('.iso-cost') === lines(c.cost_lines) && await drawn('.place') === c.at_equal_cost.length && lines(c.objective_lines) > 0);
  }
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
console.log(`${checks - failures} of ${checks} checks hold`);
process.exit(failures ? 1 : 0);
