// The type of a picture is that of its content.
import { expect, test } from 'vitest';
import { hostileSvg, png, svg } from '../../test/brand-pictures.ts';
import { recognizePicture } from './picture.ts';

test.each([
  ['a PNG', png, 'png'],
  ['a WebP', Buffer.from('RIFF\x24\0\0\0WEBPVP8 ', 'latin1'), 'webp'],
  ['an icon', Buffer.from([0, 0, 1, 0, 1, 0, 16, 16]), 'ico'],
  ['an SVG', Buffer.from(svg), 'svg'],
  ['an SVG with a byte order mark', Buffer.from(`\ufeff\n${svg}`), 'svg'],
  ['an SVG with all that can stand before it', Buffer.from(hostileSvg), 'svg'],
  [
    'an SVG with entities of a drawing program',
    Buffer.from(`<!DOCTYPE svg [\n<!ENTITY ns "http://ns.example/">\n]>\n${svg}`),
    'svg',
  ],
  ['an SVG without its namespace', Buffer.from('<svg viewBox="0 0 1 1"></svg>'), undefined],
  ['an SVG in UTF-16', Buffer.from(svg, 'utf16le'), undefined],
  ['a page', Buffer.from(`<!DOCTYPE html><html>${svg}</html>`), undefined],
  ['a page that begins with a comment', Buffer.from(`<!-- ${svg} --><html></html>`), undefined],
  ['text', Buffer.from(' svg '), undefined],
  ['nothing', Buffer.alloc(0), undefined],
  ['a GIF', Buffer.from('GIF89a'), undefined],
])('%s', (_, bytes, kind) => {
  expect(recognizePicture(bytes)).toBe(kind);
});

test.each(['<!-- -->', '<?a ?>', '<!DOCTYPE a []>', '<!DOCTYPE a [', '<!--', ' ', '<svg a="b" '])(
  'a file full of %j takes linear time',
  (part) => {
    const timeOf = (count: number) => {
      const bytes = Buffer.from(part.repeat(count));
      const start = process.cpuUsage();
      recognizePicture(bytes);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    // Quadratic time would be minutes here, exponential time would not end.
    expect(timeOf(Math.floor((256 * 1024) / part.length))).toBeLessThan(2_000_000);
  },
);
