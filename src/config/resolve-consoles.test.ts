// The looks of consoles: what a configuration can say, and what each mistake answers.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hostileSvg, png, svg } from '../../test/brand-pictures.ts';
import { loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'miftah-consoles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);
write('logo.svg', svg);
write('logo-dark.svg', hostileSvg);
write('logo.png', png);
write('page.svg', '<!doctype html>');
write('large.png', Buffer.concat([png, Buffer.alloc(256 * 1024)]));
mkdirSync(join(folder, 'pictures'));

function load(consoles: string, extra = '') {
  write(
    'miftah.yaml',
    `consoles: ${consoles}\n${extra}\napis:\n  - { id: acme, hosts: [api.acme.localhost], console: [console.acme.localhost], upstream: http://127.0.0.1:8080 }\n`,
  );
  return loadConfig({ file: join(folder, 'miftah.yaml'), environment: {}, workingFolder: tmpdir() });
}

test('a console has a name, pictures and a colour; paths are relative to the configuration', () => {
  const { consoles } = load(
    '{ console.acme.localhost: { product: { en: Acme, ar: أكمي }, logo: ./logo.svg, logoDark: logo-dark.svg, favicon: logo.png, colour: "#0A7D5C" } }',
  );
  expect([...consoles.keys()]).toEqual(['console.acme.localhost']);
  const { product, colour, logo, logoDark, favicon } = consoles.get('console.acme.localhost') ?? {};
  expect({ product, colour }).toEqual({ product: { en: 'Acme', ar: 'أكمي' }, colour: '#0a7d5c' });
  expect(logo?.bytes.toString()).toBe(svg);
  expect([logo, logoDark, favicon].map((picture) => picture?.kind)).toEqual(['svg', 'svg', 'png']);
  expect(logo?.name).toMatch(/^brand-[0-9a-f]{32}\.svg$/);
  expect(logoDark?.name).not.toBe(logo?.name);
});

test('the host of public.url and localhost have a look too', () => {
  const { consoles } = load(
    '{ keys.example.com: { product: Keys }, localhost: { colour: "#000000" } }',
    'public: { url: https://keys.example.com }',
  );
  expect(consoles.get('keys.example.com')).toMatchObject({ product: { en: 'Keys', ar: 'Keys' }, logo: undefined });
  expect(consoles.get('localhost')).toMatchObject({ product: undefined, colour: '#000000' });
});

test('no look is the default', () => {
  expect(load('{}').consoles.size).toBe(0);
});

const mistakes: readonly [string, string, string][] = [
  [
    'a host of no console',
    '{ api.acme.localhost: {} }',
    'consoles.api.acme.localhost: is no host of a console: add it to console of an API, or set it in public.url, or use localhost or console.acme.localhost',
  ],
  [
    'an origin',
    '{ "https://localhost": {} }',
    'consoles.https://localhost: must be a host name in lower case such as console.example.com, without scheme and port',
  ],
  [
    'another spelling',
    '{ localhost: { color: "#000000" } }',
    'consoles.localhost: "color" is not known here: did you mean colour?',
  ],
  [
    'a colour without quotes, which is a comment of YAML',
    '\n  localhost:\n    colour: #0a7d5c',
    'consoles.localhost.colour: must be a colour such as "#0a7d5c", in quotes',
  ],
  [
    'a name of a colour',
    '{ localhost: { colour: teal } }',
    'consoles.localhost.colour: "teal" must be a colour such as "#0a7d5c", in quotes',
  ],
  [
    'a colour that is too light',
    '{ localhost: { colour: "#ffcc00" } }',
    'consoles.localhost.colour: #ffcc00 is too light for white text (contrast 1.5 of 4.5): use a darker one; the nearest is "#907300"',
  ],
  [
    'a file that is missing',
    '{ localhost: { logo: none.svg } }',
    'consoles.localhost.logo: FOLDER/none.svg cannot be read (ENOENT): correct the path, which is relative to FOLDER',
  ],
  [
    'a folder',
    '{ localhost: { favicon: pictures } }',
    'consoles.localhost.favicon: FOLDER/pictures is no file: use an SVG, PNG, WebP or ICO file',
  ],
  [
    'a page with the name of a picture',
    '{ localhost: { logo: page.svg } }',
    'consoles.localhost.logo: FOLDER/page.svg is no picture that a console can show: use an SVG, PNG, WebP or ICO file',
  ],
  [
    'a large picture',
    '{ localhost: { logo: large.png } }',
    'consoles.localhost.logo: FOLDER/large.png has more than 256 KB: make the picture smaller',
  ],
  [
    'a logo for the dark theme alone',
    '{ localhost: { logoDark: logo.svg } }',
    'consoles.localhost.logoDark: stands without logo: set logo too',
  ],
];

test.each(mistakes)('%s is a mistake', (_, consoles, message) => {
  let said = '';
  try {
    load(consoles);
  } catch (error) {
    said = (error as Error).message.replaceAll(folder, 'FOLDER');
  }
  expect(said).toMatch(/^FOLDER\/miftah\.yaml:\d+: /);
  expect(said.replace(/^FOLDER\/miftah\.yaml:\d+: /, '')).toBe(message);
});
