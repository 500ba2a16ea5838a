// How VitePress builds the site. `npm run site` has written its pages before.
import { dirname } from 'node:path';
import postcssRTLCSS from 'postcss-rtlcss';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { arabicSidebar, englishSidebar } from '../navigation.ts';
import { anchorOf, readSite } from '../pages.ts';

const root = dirname(dirname(import.meta.dirname));
const { pages } = readSite(root);
/** The path under which the site is served, such as `/docs/`. */
const base = process.env.SITE_BASE ?? '/';

const english: DefaultTheme.Config = {
  nav: [
    { text: 'Tutorial', link: '/tutorial/ten-minutes', activeMatch: '^/tutorial/' },
    { text: 'How to', link: '/#how-to', activeMatch: '^/how-to/' },
    { text: 'Reference', link: '/reference/config', activeMatch: '^/reference/' },
    { text: 'FAQ', link: '/faq' },
  ],
  sidebar: englishSidebar(pages),
  outline: { level: [2, 3] },
};

const arabic: DefaultTheme.Config = {
  siteTitle: 'مفتاح',
  nav: [{ text: 'الأسئلة الشائعة', link: '/ar/faq' }],
  sidebar: arabicSidebar(pages),
  outline: { level: [2, 3], label: 'في هذه الصفحة' },
  docFooter: { prev: 'السابق', next: 'التالي' },
  darkModeSwitchLabel: 'السمة',
  lightModeSwitchTitle: 'السمة الفاتحة',
  darkModeSwitchTitle: 'السمة الداكنة',
  sidebarMenuLabel: 'القائمة',
  returnToTopLabel: 'إلى أعلى الصفحة',
  langMenuLabel: 'اللغة',
  skipToContentLabel: 'الانتقال إلى المحتوى',
};

export default defineConfig({
  srcDir: './.pages',
  outDir: './dist',
  cacheDir: '../.cache/vitepress',
  base,
  title: 'Miftah',
  description: 'A self-hosted API-key platform: documentation.',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}favicon.svg` }]],
  markdown: {
    // Pages are Markdown alone: `<id>` is text.
    html: false,
    anchor: { slugify: anchorOf },
    languageAlias: { haproxy: 'nginx' },
    config(md) {
      // Vue would take braces in the text for an expression.
      const render = md.renderer.render.bind(md.renderer);
      md.renderer.render = (...given) => render(...given).replaceAll('{{', '&#123;&#123;');
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
  },
  locales: {
    root: { label: 'English', lang: 'en', themeConfig: english },
    ar: {
      label: 'العربية',
      lang: 'ar',
      dir: 'rtl',
      description: 'منصة مفاتيح API: دليل العملاء',
      themeConfig: arabic,
    },
  },
  themeConfig: {
    logo: '/favicon.svg',
    // The Arabic pages are fewer, so a page has no twin: the switch leads to the first page.
    i18nRouting: false,
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          options: {
            // Finds words without their vowel signs, and with any form of alif.
            processTerm: (term) => term.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase(),
          },
          searchOptions: { boost: { title: 4, text: 2, titles: 1 }, fuzzy: 0.2, prefix: true },
        },
        locales: {
          ar: {
            translations: {
              button: { buttonText: 'بحث', buttonAriaLabel: 'البحث في الدليل' },
              modal: {
                displayDetails: 'عرض التفاصيل',
                resetButtonTitle: 'مسح البحث',
                backButtonTitle: 'إغلاق البحث',
                noResultsText: 'لا توجد نتائج لـ',
                footer: { selectText: 'اختيار', navigateText: 'تنقّل', closeText: 'إغلاق' },
              },
            },
          },
        },
      },
    },
  },
  vite: {
    // Twins of the theme's styles for pages from right to left.
    css: {
      postcss: { plugins: [postcssRTLCSS({ ltrPrefix: ':where([dir="ltr"])', rtlPrefix: ':where([dir="rtl"])' })] },
    },
    build: { chunkSizeWarningLimit: 4_000 },
  },
});
