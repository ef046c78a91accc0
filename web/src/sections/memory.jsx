// One GPU's memory, to scale.
import { bytes, integer, percent, short } from '../format.js';
import { Section, useWidth } from '../figure.jsx';

export function memoryParts(memory) {
  const used = memory.weights_bytes + (memory.encoder_bytes ?? 0) + memory.activation_bytes + memory.runtime_bytes + Math.max(0, memory.kv_bytes);
  return [
    { key: 'weights', name: 'Weights', value: memory.weights_bytes + (memory.encoder_bytes ?? 0), note: 'this GPU’s share' },
    { key: 'activations', name: 'Activations', value: memory.activation_bytes, note: 'peak of a full step' },
    { key: 'runtime', name: 'Runtime', value: memory.runtime_bytes, note: 'context, graphs, communicators' },
    { key: 'kv', name: 'KV cache', value: Math.max(0, memory.kv_bytes), note: `${integer(memory.kv_blocks)} blocks, ${short(memory.kv_tokens)} tokens an engine` },
    { key: 'unused', name: 'Left free', value: Math.max(0, memory.capacity_bytes - used), note: `beyond gpu_memory_utilization` },
  ].filter((part) => part.value > 0);
}

export function Memory({ results }) {
  const { memory } = results, [box, width] = useWidth(1040);
  const parts = memoryParts(memory), whole = Math.max(memory.capacity_bytes, parts.reduce((s, p) => s + p.value, 0));
  let x = 0;
  const drawn = parts.map((part) => { const w = (part.value / whole) * width, one = { ...part, x, w }; x += w; return one; });
  const edge = (memory.capacity_bytes / whole) * width;
  const rows = () => [['part', 'bytes', 'share_of_capacity'], ...parts.map((p) => [p.name, p.value, p.value / memory.capacity_bytes])];
  return (
    <Section id="memory" title="Memory of one GPU" rows={rows} lead={memory.fits === false ? `It does not fit: ${bytes(memory.weights_bytes)} of weights in ${bytes(memory.usable_bytes)} usable.` : null}>
      <div ref={box}>
        <svg class="chart" width={width} height="62" viewBox={`0 0 ${width} 62`} role="img" aria-label={parts.map((p) => `${p.name} ${bytes(p.value)}`).join(', ')}>
          {drawn.map((p) => (
            <g key={p.key} transform={`translate(${p.x},0)`}>
              <title>{p.name}: {bytes(p.value)}, {percent(p.value / memory.capacity_bytes, 1)}</title>
              <rect class={`mem-${p.key}`} x={p.x > 0 ? 1 : 0} width={Math.max(0.5, p.w - 1)} height="40" rx="1.5" />
              {p.w > 110 && <text class={p.key === 'unused' ? 'on-empty' : `on-fill on-${p.key}`} x="10" y="24.5">{p.name} {bytes(p.value)}</text>}
            </g>
          ))}
          <line class="base" x1={edge} x2={edge} y1="-2" y2="45" />
          <text class="axis-text" x="0" y="58">0</text><text class="axis-text" x={edge} y="58" text-anchor="end">{bytes(memory.capacity_bytes)}</text>
        </svg>
        <ul class="keys-inline">{parts.map((p) => <li key={p.key}><i class={`swatch mem-bg-${p.key}`} />{p.name} <b>{bytes(p.value)}</b> <span class="muted">{p.note}</span></li>)}</ul>
      </div>
    </Section>
  );
}
