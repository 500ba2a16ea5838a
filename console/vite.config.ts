// How the console is built: hashed files for the public listener, a page whose nonce and language the server fills in.
import react from '@vitejs/plugin-react';
import mantine from 'postcss-preset-mantine';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  css: { postcss: { plugins: [mantine()] } },
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'baseline-widely-available',
    manifest: true,
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
