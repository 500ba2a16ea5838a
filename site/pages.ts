// The pages of the site: docs/ as it stands, a reference made from the OpenAPI document, and the files that pages name.
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, posix } from 'node:path';
import { type OpenApi, openApiPages } from './openapi-pages.ts';

/** A page. Its path is relative to the root of the site: `how-to/audit.md`. */
export interface Page {
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

export interface Site {
  /** By path, sorted. */
  readonly pages: ReadonlyMap<string, Page>;
  /** Files that are served unchanged: their path in the site, and the one in the repository. */
  readonly files: ReadonlyMap<string, string>;
}

const openApiFile = 'docs/reference/openapi.json';

/** Pages of the repository outside of docs/ that are pages of the site. */
const ownPages: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
};

/** The path in the site of a Markdown file of the repository. `undefined`: the site does not have it. */
function placeOf(source: string): string | undefined {
  if (!source.startsWith('docs/')) return ownPages[source];
  return source.slice('docs/'.length).replace(/(^|\/)README\.md$/, '$1index.md');
}

/** The text of the first heading, without marks. */
function titleOf(text: string): string {
  return (/^# (.+)$/m.exec(text)?.[1] ?? '').replaceAll('`', '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/**
 * Reads the pages of the checkout in `root`. Links between pages keep working; links to other files of the repository
 * lead to pages that show them. Throws if a link leads nowhere.
 */
export function readSite(root: string): Site {
  const sources = [...Object.keys(ownPages), ...globSync('docs/**/*.md', { cwd: root })].toSorted();
  const places = new Map(sources.map((source) => [source, placeOf(source) as string]));
  const pages = new Map<string, Page>();
  const files = new Map([
    ['favicon.svg', 'console/src/app/favicon.svg'],
    ['reference/openapi.json', openApiFile],
  ]);
  const add = (path: string, text: string) => pages.set(path, { path, title: titleOf(text), text });

  /** The path in the site of what a link names: a page, a folder, or another file. */
  function follow(target: string): string | undefined {
    const place = places.get(target) ?? places.get(posix.join(target, 'README.md'));
    if (place !== undefined) return place;
    const file = join(root, target);
    if (!existsSync(file)) return undefined;
    if (statSync(file).isDirectory()) return addFolder(target);
    if (extname(target) === '.json') {
      const served = target.replace(/^docs\//, '');
      files.set(served, target);
      return served;
    }
    return addSource(target);
  }

  /** A page that lists the pages of a folder in docs/, or the files of another one. */
  function addFolder(folder: string): string {
    const isOfPages = folder.startsWith('docs/');
    const path = isOfPages ? `${folder.slice('docs/'.length)}/index.md` : `source/${folder}/index.md`;
    if (pages.has(path)) return path;
    const names = isOfPages
      ? sources.filter((source) => dirname(source) === folder)
      : globSync(`${folder}/**/*.*`, { cwd: root }).filter((name) => statSync(join(root, name)).isFile());
    const items = names.toSorted().map((name) => {
      const place = isOfPages ? (places.get(name) as string) : addSource(name);
      const text = isOfPages ? titleOf(readFileSync(join(root, name), 'utf8')) : `\`${posix.relative(folder, name)}\``;
      return `- [${text}](${relate(path, place)})`;
    });
    const title = isOfPages ? folderTitles[basename(folder)] : `\`${folder}\``;
    if (title === undefined) throw new Error(`site/pages.ts has no title for the folder ${folder}.`);
    add(path, `# ${title}\n\n${items.join('\n')}\n`);
    return path;
  }

  function addSource(name: string): string {
    const path = `source/${name}.md`;
    if (!pages.has(path)) add(path, `# \`${name}\`\n\n${fence(readFileSync(join(root, name), 'utf8'), extname(name))}`);
    return path;
  }

  for (const [source, path] of places) {
    const text = readFileSync(join(root, source), 'utf8');
    add(
      path,
      mapLinks(text, (link) => {
        const [target = '', anchor] = link.split('#');
        const place = target === '' ? path : follow(posix.join(dirname(source), target));
        if (place === undefined) throw new Error(`${source} links to ${target}, which is not there: correct the link.`);
        return `${target === '' ? '' : relate(path, place)}${anchor === undefined ? '' : `#${anchor}`}`;
      }),
    );
  }
  for (const folder of Object.keys(folderTitles)) if (!pages.has(`${folder}/index.md`)) addFolder(`docs/${folder}`);
  const openApi = JSON.parse(readFileSync(join(root, openApiFile), 'utf8')) as OpenApi;
  for (const [path, text] of openApiPages(openApi)) add(`reference/http/${path}`, text);
  return { pages: new Map([...pages].toSorted(([a], [b]) => (a < b ? -1 : 1))), files };
}

/** Folders of docs/ without a README.md. The site lists their pages under these titles. */
const folderTitles: Readonly<Record<string, string>> = {
  decisions: 'Design decisions',
  extending: 'Extend Miftah',
};

/** Calls `map` with each link inside of the repository, outside of code, and puts its result in place of it. */
function mapLinks(text: string, map: (link: string) => string): string {
  return text.replaceAll(
    /^( *)(```+)[\s\S]*?^\1\2$|`[^`\n]+`|\]\((?!https?:|mailto:)([^)\s]+)\)/gm,
    (all, _indent, _fence, link: string | undefined) => (link === undefined ? all : `](${map(link)})`),
  );
}

/** The link from one path of the site to another. */
function relate(from: string, to: string): string {
  const relative = posix.relative(dirname(from), to);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** A block of code. Its marks are longer than any in the text. */
function fence(text: string, extension: string): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map(({ length }) => length));
  const marks = '`'.repeat(longest + 1);
  const language = extension.slice(1).replace('mjs', 'js');
  return `${marks}${language}\n${text.trimEnd()}\n${marks}\n`;
}

/** Writes the pages and files into `folder`, and removes what is no longer there. Unchanged files keep their time. */
export function writeSite({ pages, files }: Site, root: string, folder: string): void {
  const kept = new Set<string>();
  const keep = (path: string): string => {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    kept.add(path);
    return target;
  };
  for (const { path, text } of pages.values()) {
    const target = keep(path);
    if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
  }
  for (const [path, source] of files) cpSync(join(root, source), keep(posix.join('public', path)));
  for (const path of globSync('**/*.*', { cwd: folder }))
    if (!kept.has(path.replaceAll('\\', '/')) && statSync(join(folder, path)).isFile()) rmSync(join(folder, path));
}

/** The anchor of a heading, as GitHub makes it, so that a link leads to the same place there and here. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
