// How the console is built: hashed files for the public listener, a page whose nonce and language the server fills in.
import react from '@vitejs/plugin-react';
import mantine from 'postcss-preset-mantine';
import { defineConfig, type Plugin } from 'vite';

/** Of all that floats, Mantine's scroll areas (and so its tables) need one small function, of which there is a light twin. */
const lightScrollAreas: Plugin = {
  name: 'light-scroll-areas',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source === '@floating-ui/react' && importer?.endsWith('/ScrollArea.mjs') === true ? '\0light-merge-refs' : null,
  load: (id) =>
    id === '\0light-merge-refs'
      ? "import { useMergedRef } from '@mantine/hooks'; export const useMergeRefs = (refs) => useMergedRef(...refs);"
      : null,
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [lightScrollAreas, react()],
  css: { postcss: { plugins: [mantine()] } },
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'baseline-widely-available',
    manifest: true,
    // A style sheet of a later part that fails would be taken for loaded when the part is tried again; all of them are small.
    cssCodeSplit: false,
    // The policy of the page allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // `miftah dev` beside it; the session API wants its own origin.
    proxy: {
      '/api': { target: 'http://localhost:4100', changeOrigin: true, headers: { origin: 'http://localhost:4100' } },
    },
  },
});
