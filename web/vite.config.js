// Builds each page of web/ into ONE html file: scripts and styles inlined, nothing fetched when it is opened.
// The report's data block is a placeholder that `orrery` replaces with results.json (src/report/report_html.c).
import { defineConfig } from 'vite';

/** Puts the bundled script and style sheets of a page into the page itself. */
function inlineBundle() {
  return {
    name: 'orrery-inline-bundle',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const page of Object.values(bundle).filter((file) => file.fileName.endsWith('.html'))) {
        let html = String(page.source);
        const used = new Set();
        const take = (name) => {
          const file = bundle[name.replace(/^\.?\//, '')];
          if (!file) throw new Error(`${page.fileName} refers to ${name}, which is not in the bundle`);
          used.add(file.fileName);
          return file.type === 'chunk' ? file.code : String(file.source);
        };
        html = html.replace(/[ \t]*<link rel="modulepreload"[^>]*>\n?/g, '');
        html = html.replace(/<link rel="stylesheet"[^>]*href="([^"]+)"[^>]*>/g,
          (_all, name) => `<style>${take(name).trim().replaceAll('</style', '<\\/style')}</style>`);
        html = html.replace(/<script type="module"[^>]*src="([^"]+)"[^>]*><\/script>/g,
          (_all, name) => `<script type="module">${take(name).trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')}</script>`);
        page.source = html;
        for (const name of used) delete bundle[name];
      }
    },
  };
}

export default defineConfig({
  base: './',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  plugins: [inlineBundle()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 1_000_000,
    reportCompressedSize: false,
    rollupOptions: { input: { report: 'report.html' } },
  },
});
