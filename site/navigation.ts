// The navigation of the site: by the four kinds of documentation. A new page of docs/ appears by itself.
import type { Page } from './pages.ts';

/** An entry of VitePress' sidebar. */
export interface Item {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: Item[];
}

type Pages = ReadonlyMap<string, Page>;

/** A group of how-to pages. A name with `/` at its end stands for all pages of the folder. */
const howTo: readonly { readonly text: string; readonly pages: readonly string[] }[] = [
  {
    text: 'Install and run',
    pages: [
      'start-a-project',
      'operate-from-the-terminal',
      'deploy/',
      'run-behind-a-proxy',
      'secrets',
      'postgres',
      'redis',
      'run-several-nodes',
      'change-the-configuration',
      'upgrade',
      'monitor',
      'back-up-and-restore',
      'retention',
    ],
  },
  { text: 'In a framework', pages: ['frameworks/', 'use-in-node', 'test-your-application'] },
  { text: 'Beside a gateway', pages: ['gateways/'] },
  { text: 'From another language', pages: ['services/', 'use-the-client'] },
  { text: 'Move to Miftah', pages: ['import-keys', 'migrate/'] },
  {
    text: 'Keys and customers',
    pages: [
      'use-the-console',
      'people',
      'notifications',
      'rotate-keys',
      'restrict-to-known-addresses',
      'tags-and-metadata',
      'bill-by-usage',
      'write-a-profile',
      'call-from-browsers',
      'serve-public-paths',
    ],
  },
  { text: 'Security and records', pages: ['tokens', 'audit', 'erase'] },
];

/** Pages of a folder in the site, its index first. */
function inFolder(pages: Pages, folder: string): Page[] {
  const own = [...pages.values()].filter(
    ({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes('/'),
  );
  return own.toSorted((a, b) => Number(b.path.endsWith('/index.md')) - Number(a.path.endsWith('/index.md')));
}

const item = ({ title, path }: Page): Item => ({ text: title, link: `/${path.replace(/(?:index)?\.md$/, '')}` });

const named = (pages: Pages, ...paths: readonly string[]): Page[] => paths.flatMap((path) => pages.get(path) ?? []);

function group(text: string, pages: readonly Page[], isOpen = false): Item[] {
  return pages.length === 0 ? [] : [{ text, collapsed: !isOpen, items: pages.map(item) }];
}

/** The groups of how-to pages, and one with the pages that no group names. */
function howToGroups(pages: Pages): Item[] {
  const groups = howTo.map(({ text, pages: names }) => ({
    text,
    own: names.flatMap((name) =>
      name.endsWith('/') ? inFolder(pages, `how-to/${name}`) : named(pages, `how-to/${name}.md`),
    ),
  }));
  const grouped = new Set(groups.flatMap(({ own }) => own));
  const others = [...pages.values()].filter((page) => page.path.startsWith('how-to/') && !grouped.has(page));
  return [...groups, { text: 'More', own: others }].flatMap(({ text, own }) => group(text, own));
}

/** The sidebar of the English pages. */
export function englishSidebar(pages: Pages): Item[] {
  return [
    {
      text: 'Start',
      items: [...named(pages, 'index.md'), ...inFolder(pages, 'tutorial/'), ...named(pages, 'faq.md')].map(item),
    },
    { text: 'How to', items: howToGroups(pages) },
    {
      text: 'Reference',
      items: [
        ...inFolder(pages, 'reference/').map(item),
        ...group('Admin API, route by route', inFolder(pages, 'reference/http/')),
        ...group('Vendors’ profiles', inFolder(pages, 'vendors/')),
        ...named(pages, 'glossary.md', 'performance.md').map(item),
      ],
    },
    {
      text: 'Explanation',
      items: [
        ...named(pages, 'architecture.md').map(item),
        ...inFolder(pages, 'explanation/').map(item),
        ...group('Design decisions', inFolder(pages, 'decisions/')),
      ],
    },
    {
      text: 'Project',
      items: [
        ...named(pages, 'changelog.md', 'security.md', 'contributing.md').map(item),
        ...group('Extend Miftah', inFolder(pages, 'extending/')),
      ],
    },
  ];
}

const arabicPages = ['index', 'keys', 'console', 'rotate', 'restrict', 'denials', 'account', 'faq'];

/** The sidebar of the Arabic pages, which are for customers. */
export function arabicSidebar(pages: Pages): Item[] {
  return [{ text: 'دليل العملاء', items: named(pages, ...arabicPages.map((name) => `ar/${name}.md`)).map(item) }];
}
