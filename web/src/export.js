// Figures leave the page as SVG (styles written into the drawing, in the light theme, so that it stands alone in a paper) and as CSV.
const PROPERTIES = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'stroke-opacity', 'opacity', 'font-size', 'font-weight', 'font-family', 'text-anchor', 'dominant-baseline', 'font-variant-numeric', 'paint-order'];

function save(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** The text of a standalone SVG file of what is drawn. */
export function svgText(svg) {
  const root = document.documentElement, theme = root.dataset.theme;
  root.dataset.theme = 'light';
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll('*')], to = [copy, ...copy.querySelectorAll('*')];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const property of PROPERTIES) {
      const value = style.getPropertyValue(property);
      if (value) to[i].setAttribute(property, value);
    }
    to[i].removeAttribute('class');
    to[i].removeAttribute('style');
  });
  copy.querySelectorAll('[data-screen-only]').forEach((element) => element.remove());
  if (theme === undefined) delete root.dataset.theme; else root.dataset.theme = theme;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.removeAttribute('tabindex');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

/** Rows of plain values; the first row names the columns. RFC 4180. */
export function csvText(rows) {
  const cell = (value) => { const text = value === null || value === undefined ? '' : String(value); return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text; };
  return `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

export const saveSvg = (name, svg) => save(`${name}.svg`, svgText(svg), 'image/svg+xml');
export const saveCsv = (name, rows) => save(`${name}.csv`, csvText(rows), 'text/csv');
