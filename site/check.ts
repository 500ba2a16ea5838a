// Checks the built site: every link leads to a page and a place on it, and no page loads anything from another host.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/**
 * What is wrong with the site in `folder`, which is served under `base`: a line for each fault. Links to other sites
 * are not followed.
 */
export function faultsOf(folder: string, base = '/'): readonly string[] {
  const texts = new Map(
    globSync('**/*.{html,css}', { cwd: folder }).map((file) => [
      file.replaceAll('\\', '/'),
      readFileSync(join(folder, file), 'utf8'),
    ]),
  );
  const ids = new Map([...texts].map(([file, text]) => [file, new Set(idsIn(text))]));
  return [...texts].flatMap(([file, text]) => {
    const foreign = loadedIn(text, file).filter((address) => /^(?:https?:)?\/\//.test(address));
    const dead = file.endsWith('.html') ? linksIn(text).filter((link) => !leadsSomewhere(link, file)) : [];
    return [
      ...foreign.map((address) => `${file} loads ${address}: serve the file from the site itself`),
      ...dead.map((link) => `${file} links to ${link}, which is not there`),
    ];
  });

  function leadsSomewhere(link: string, from: string): boolean {
    const [path = '', anchor = ''] = decodeURI(link).split('#');
    const target = path.startsWith('/')
      ? path.startsWith(base)
        ? path.slice(base.length)
        : undefined
      : posix.join(posix.dirname(from), path);
    if (target === undefined) return false;
    const file = path === '' ? from : /(?:^|\/)\.?$/.test(target) ? posix.join(target, 'index.html') : target;
    if (!existsSync(join(folder, file))) return false;
    return anchor === '' || !file.endsWith('.html') || ids.get(file)?.has(decodeURIComponent(anchor)) === true;
  }
}

const idsIn = (html: string): string[] =>
  Array.from(html.matchAll(/\sid="([^"]+)"/g), ([, id]) => unescaped(id as string));

/** The links of a page to its own site. */
function linksIn(html: string): string[] {
  return Array.from(html.matchAll(/<a\s[^>]*?href="([^"]*)"/g), ([, link]) => unescaped(link as string)).filter(
    (link) => !/^(?:[a-z]+:|\/\/)/.test(link),
  );
}

/** What a browser loads by itself when it shows the page, or applies the style sheet. */
function loadedIn(text: string, file: string): string[] {
  const inStyles = Array.from(
    text.matchAll(/url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)/g),
    ([, a, b]) => a ?? (b as string),
  );
  if (file.endsWith('.css')) return inStyles;
  const tags = text.match(/<(?:script|link|img|iframe|source|video|audio|object|embed)\s[^>]*>/g) ?? [];
  return tags.flatMap((tag) =>
    Array.from(tag.matchAll(/\s(?:src|href|srcset|data)="([^"]*)"/g), ([, address]) => address as string),
  );
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
