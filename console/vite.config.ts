// How the console is built: hashed files for the public listener, a page whose nonce and language the server fills in.
import react from '@vitejs/plugin-react';
import mantine from 'postcss-preset-mantine';
import { defineConfig, loadEnv, type Plugin, type ProxyOptions } from 'vite';

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

/** In a build the server writes the language into the page. */
const chosenLanguage: Plugin = {
  name: 'chosen-language',
  apply: 'serve',
  transformIndexHtml: () => [
    {
      tag: 'script',
      injectTo: 'head-prepend',
      children:
        "document.documentElement.lang = /(?:^|; )miftah-language=([a-z]+)/.exec(document.cookie)?.[1] ?? 'en';",
    },
  ],
};

/**
 * The server knows this console's origin for `localhost` alone (`public.url`). For the consoles of vendors it expects the origin
 * of its own port.
 */
const sendOwnOrigin: ProxyOptions['configure'] = (proxy, { target }) => {
  proxy.on('proxyReq', (sent, { headers: { origin } }) => {
    if (origin === undefined || new URL(origin).hostname === 'localhost') return;
    const own = new URL(origin);
    own.port = new URL(String(target)).port;
    sent.setHeader('Origin', own.origin);
  });
};

const { MIFTAH_DEV_SERVER = 'http://127.0.0.1:4100' } = loadEnv('development', import.meta.dirname, 'MIFTAH_DEV_');

export default defineConfig({
  root: import.meta.dirname,
  plugins: [lightScrollAreas, chosenLanguage, react()],
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
  // For `npm run dev`, which says where the server is.
  server: {
    proxy: { '/api': { target: MIFTAH_DEV_SERVER, configure: sendOwnOrigin } },
    // Editors empty a file before they write it: a page that loads it then would lack its exports.
    watch: { awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 } },
  },
});
