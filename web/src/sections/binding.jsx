// Where a step's time goes: by the resource that binds, then operator by operator, each against its physical limit.
import { BINDINGS, BINDING_NOTES, integer, number, percent, short, time } from '../format.js';
import { Section, useWidth } from '../figure.jsx';

const ORDER = ['memory', 'compute', 'link', 'latency', 'host'];

/** One bar, cut by resource, each part named where it is wide enough and below where it is not. */
function ResourceBar({ step, width }) {
  const total = ORDER.reduce((sum, b) => sum + (step.by_binding_ns[b] ?? 0), 0);
  let x = 0;
  const parts = ORDER.map((binding) => { const ns = step.by_binding_ns[binding] ?? 0, part = { binding, ns, x, w: (ns / total) * width, share: ns / total }; x += part.w; return part; }).filter((p) => p.ns > 0);
  return (
    <>
      <svg class="chart" data-name="resources" width={width} height="56" viewBox={`0 0 ${width} 56`} role="img" aria-label={parts.map((p) => `${BINDINGS[p.binding]} ${percent(p.share)}`).join(', ')}>
        {parts.map((p) => (
          <g key={p.binding} transform={`translate(${p.x},0)`}>
            <title>{BINDINGS[p.binding]}: {time(p.ns / 1e6)}, {percent(p.share, 1)}</title>
            <rect class={`fill-${p.binding}`} x={p.x > 0 ? 1 : 0} width={Math.max(0.5, p.w - 1)} height="36" rx="1.5" />
            {p.w > 92 && <text class="on-fill" x="10" y="22.5">{BINDINGS[p.binding]} {percent(p.share)}</text>}
            {p.w <= 92 && p.w > 30 && <text class="on-fill" x={p.w / 2} y="22.5" text-anchor="middle">{percent(p.share)}</text>}
          </g>
        ))}
        <text class="axis-text" x="0" y="52">0</text><text class="axis-text" x={width} y="52" text-anchor="end">{time(total / 1e6)} a step</text>
      </svg>
      <ul class="keys-inline">{parts.map((p) => <li key={p.binding}><i class={`swatch bg-${p.binding}`} />{BINDINGS[p.binding]} <b>{percent(p.share)}</b> <span class="muted">{BINDING_NOTES[p.binding]}</span></li>)}</ul>
    </>
  );
}

const shapeWords = ({ shape, times }) => { const text = times > 1 ? `${number(times, 3).replace(/\.0+$/, '')} × ${shape}` : shape; return text.length > 40 ? `${text.slice(0, 39)}…` : text; };

const TITLES = { decode: 'What binds while decoding', mixed: 'What binds with prefill', images: 'What binds while encoding images' };

function stepWords(step, mixedShare) {
  if (step.images > 0) return `One request's ${step.images === 1 ? 'image' : `${integer(step.images)} images`}, encoded together.`;
  const decode = step.decode_requests > 0 ? `${integer(step.decode_requests)} request${step.decode_requests === 1 ? ' decodes' : 's decode'} over ${short(step.decode_context_tokens)} tokens of context` : '';
  const chunk = step.chunks > 0 ? `${step.chunks === 1 ? 'a prompt chunk' : `${integer(step.chunks)} prompt chunks`} of ${integer(step.chunk_new_tokens)} tokens` : '';
  const share = step.chunks > 0 && Number.isFinite(mixedShare) ? ` About ${percent(mixedShare)} of the steps are like it.` : '';
  return `The typical step: ${[decode, chunk].filter(Boolean).join(', beside ')}.${share}`;
}

function OperatorBars({ operators, host, total, width }) {
  const small = operators.filter((o) => o.time_ns < 0.005 * total), smallNs = small.reduce((sum, o) => sum + o.time_ns, 0);
  const rows = [...operators.filter((o) => o.time_ns >= 0.005 * total), ...(small.length > 0 ? [{ name: `${small.length} smaller operators`, shape: 'each under 0.5 % of the step', time_ns: smallNs, binding: null, limit_share: null, last: true }] : []), ...(host > 0 ? [{ name: 'host', shape: 'what the device does not hide', times: 1, time_ns: host, binding: 'host', limit_share: null }] : [])].sort((a, b) => !!a.last - !!b.last || b.time_ns - a.time_ns);
  const narrow = width < 560, pitch = narrow ? 46 : 33, label = narrow ? 0 : 252, right = narrow ? 100 : 172;
  const longest = Math.max(...rows.map((r) => r.time_ns)), scale = (ns) => (ns / longest) * (width - label - right);
  return (
    <svg class="chart" data-name="operators" width={width} height={rows.length * pitch + 4} viewBox={`0 0 ${width} ${rows.length * pitch + 4}`} role="img" aria-label={rows.map((r) => `${r.name} ${time(r.time_ns / 1e6)}`).join(', ')}>
      {rows.map((r, i) => {
        const y = i * pitch, barY = narrow ? y + 20 : y + 5;
        return (
          <g key={r.name + r.shape}>
            <title>{`${r.name}: ${r.shape}\n${time(r.time_ns / 1e6)}, ${percent(r.time_ns / total, 1)} of the step${r.binding ? `, ${BINDINGS[r.binding]} binds` : ''}${Number.isFinite(r.limit_share) ? `\n${percent(r.limit_share)} of the physical limit` : ''}`}</title>
            <text class="op-name" x={narrow ? 0 : label - 10} y={narrow ? y + 13 : y + (r.shape ? 13 : 18)} text-anchor={narrow ? 'start' : 'end'}>{r.name.replaceAll('_', ' ')}</text>
            {!narrow && r.shape && <text class="op-shape" x={label - 10} y={y + 25} text-anchor="end">{shapeWords(r)}</text>}
            <rect class={`fill-${r.binding} soft`} x={label} y={barY} width={Math.max(1, scale(r.time_ns))} height="18" rx="1.5" />
            {(r.limit_share > 0 || r.binding === 'host') && <rect class={`fill-${r.binding}`} x={label} y={barY} width={Math.max(0.5, scale(r.time_ns) * Math.min(1, r.limit_share ?? 1))} height="18" rx="1.5" />}
            <text class="op-time" x={label + scale(r.time_ns) + 7} y={barY + 13}>{time(r.time_ns / 1e6)}<tspan class="muted-text" dx="6">{percent(r.time_ns / total)}</tspan>{!narrow && r.limit_share >= 0.005 && <tspan class="muted-text" dx="6">· {percent(r.limit_share)} of limit</tspan>}</text>
          </g>
        );
      })}
    </svg>
  );
}

/** A name inside a sentence: a small first letter, but not where it begins an abbreviation (DRAM). */
const inSentence = (name) => (/^[A-Z]{2}/.test(name) ? name : name[0].toLowerCase() + name.slice(1));

export function Binding({ step, results }) {
  const [box, width] = useWidth(1040), id = `binding-${step.name}`, several = results.steps.length > 1;
  const total = ORDER.reduce((sum, b) => sum + (step.by_binding_ns[b] ?? 0), 0);
  const rows = () => [['operator', 'shape', 'times', 'time_ns', 'share', 'binding', 'limit_share', 'flop', 'memory_bytes', 'link_bytes'], ...step.operators.map((o) => [o.name, o.shape, o.times, o.time_ns, o.share, o.binding, o.limit_share, o.flop, o.memory_bytes, o.link_bytes])];
  return (
    <Section id={id} title={several ? TITLES[step.name] : 'What binds'} rows={rows}
      lead={<>{stepWords(step, results.mixed_step_share)} <b>{BINDINGS[step.binding] ?? step.binding}</b> binds now{step.next_binding && step.next_binding !== step.binding && <>; relieve it, and <b>{inSentence(BINDINGS[step.next_binding] ?? step.next_binding)}</b> binds next</>}. Solid is the time at the physical limit of the chip, pale what lies above it.</>}>
      <div ref={box}>
        <ResourceBar step={step} width={width} />
        {step.operators?.length > 0 && <OperatorBars operators={step.operators} host={step.by_binding_ns.host} total={total} width={width} />}
      </div>
    </Section>
  );
}
