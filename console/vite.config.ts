// How the console is built: hashed files for the public listener, a page whose nonce and language the server fills in.
import react from '@vitejs/plugin-react';
import mantine from 'postcss-preset-mantine';
import { defineConfig, loadEnv, type Plugin, type ProxyOptions, type Rolldown } from 'vite';

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
 * The style sheet stands behind the skeleton, which is painted before it is there. It still holds back the scripts, and
 * so the first page.
 */
const skeletonFirst: Plugin = {
  name: 'skeleton-first',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(html) {
      const sheet = /\n *<link rel="stylesheet"[^>]*>/.exec(html)?.[0] ?? '';
      return html.replace(sheet, '').replace('\n    <noscript>', `${sheet}\n    <noscript>`);
    },
  },
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

/** The library of what floats over pages, which is loaded when the page is idle. */
const layers =
  /@floating-ui|react-remove-scroll|[\\/](Popover|Menu|Combobox|Select|Modal|ModalBase|Drawer|Tooltip|Floating|Overlay|Portal|FocusTrap|Accordion)[\\/]|use-focus-trap|layers-library/;

/** What forms and signing in need. Pages with lists load without it. */
const forms =
  /@mantine[\\/]form[\\/]|klona|fast-deep-equal|PasswordInput|auth-form|auth[\\/](sign-in|second-factor|passkey)[.]tsx?$/;

/** The form of a key, whose fields the form of an organization has too. Both are loaded when they are opened. */
const keyForm = /create-dialog[.]tsx$|keys[\\/]fields[\\/](?!key-values)|[\\/](TagsInput|PillsInput)[\\/]/;

/** The parts of usage: those of several pages, and those of the pages about usage. Lists load without them. */
const usage = /entities[\\/]usage[\\/]/;
const usagePages = /features[\\/]usage[\\/](?!routes|usage-search|days-input|usage-page|operator-usage-page)/;

/** The parts of both overviews and of the audit log. */
const overview = /entities[\\/]audit[\\/]|features[\\/]overview[\\/](?!routes|overview-page|operator-overview-page)/;

/** The dialogs that change a key, for the pages of keys and alerts. */
const keyChange = /entities[\\/]keys[\\/]change[\\/]/;

/** The parts of alerts. */
const alerts = /entities[\\/]alerts[\\/]|features[\\/]alerts[\\/](?!routes|alerts-page|alert-page|rules-page)/;

/** What few pages need, so that the others load without it. */
const late = [layers, forms, keyForm, usage, usagePages, overview, keyChange, alerts];

/**
 * Few files, because each costs a request and compresses by itself. A file comes with everything that it imports, except
 * what an earlier group has: so no two files import each other.
 */
const chunkGroups = (
  [
    { name: 'first', tags: ['$initial'] },
    { name: 'common', test: (id) => !forms.test(id), minShareCount: 10 },
    { name: 'frame', test: /frame[\\/]shell[.]tsx$/ },
    { name: 'tables', test: /[\\/](ScrollArea|Table)[\\/]/ },
    {
      name: 'parts',
      test: (id) => !late.some((each) => each.test(id)),
      minShareCount: 3,
    },
    { name: 'layers', test: layers },
    { name: 'forms', test: forms },
    { name: 'key-form', test: keyForm },
    { name: 'usage', test: usage },
    { name: 'usage-parts', test: usagePages },
    { name: 'shared', test: (id) => ![overview, keyChange, alerts].some((each) => each.test(id)), minShareCount: 2 },
    { name: 'overview', test: overview },
    { name: 'key-change', test: keyChange, minShareCount: 2 },
    { name: 'alerts', test: alerts, minShareCount: 2 },
  ] satisfies Rolldown.CodeSplittingGroup[]
).map((group, at, { length }) => ({ ...group, priority: length - at }) as Rolldown.CodeSplittingGroup);

/** `import.meta.glob` names the languages' files alike. */
function nameChunk({ facadeModuleId }: Rolldown.PreRenderedChunk): string {
  const language = /i18n[\\/](\w+)[\\/]words-of-[\w-]+[.]ts$/.exec(facadeModuleId ?? '')?.[1];
  return `assets/[name]${language === undefined ? '' : `-${language}`}-[hash].js`;
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [lightScrollAreas, chosenLanguage, skeletonFirst, react()],
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
    rolldownOptions: {
      output: {
        codeSplitting: { groups: chunkGroups },
        chunkFileNames: nameChunk,
      },
    },
  },
  // For `npm run dev`, which says where the server is.
  server: {
    proxy: { '/api': { target: MIFTAH_DEV_SERVER, configure: sendOwnOrigin } },
    // Editors empty a file before they write it: a page that loads it then would lack its exports.
    watch: { awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 } },
  },
});
