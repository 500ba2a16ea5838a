// The console on the public listener: its built files, and one page for all other paths, in the reader's language.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { Brands } from '../../profiles/brand.ts';
import type { Language } from '../../profiles/console.ts';
import { pathOf } from '../request-head.ts';
import { placePictures, sendPicture, writeBrand } from './brand.ts';
import { chooseLanguage, directionOf } from './language.ts';

/** The output folder of `npm run build`. The path is the same from `src` and from `dist`. */
export const consoleFolder = join(import.meta.dirname, '../../../dist/console');

/** What the pages need. */
export interface ConsolePagesParts {
  /** The folder of the built console. If it is missing, the reply is a 404 that names the build command. */
  readonly folder: string;
  /** The default language of the console on `host` (lower case, without port). */
  readonly languageOn: (host: string) => Language;
  /** The name of the product of the console on `host`. */
  readonly productOn: (host: string, language: Language) => string;
  readonly brands: Brands;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const notToBeGuessed = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** The root element in console/index.html; `writtenNonce` is the placeholder of the nonce there. */
const writtenRoot = '<html lang="en" dir="ltr">';
const writtenNonce = /__NONCE__/g;

/**
 * Creates the handler for GET and HEAD of every path but `/api` on a console's host. The name of a file under
 * `/assets/` has a digest of its content, so browsers may store it for good. The pictures of a brand are there too, on
 * its host alone. All other paths answer the page, which browsers may not store. The policy of the page lets it load from
 * and call only this origin.
 */
export function createConsolePages({ folder, languageOn, productOn, brands }: ConsolePagesParts) {
  const assets = new Map(listFiles(join(folder, 'assets')).map((name) => [`/assets/${name}`, name]));
  const pictures = new Map([...brands].map(([host, brand]) => [host, placePictures(brand)]));
  const page = readPage(folder);
  const kept = new Map<string, Promise<Buffer>>();

  function read(name: string): Promise<Buffer> {
    const bytes = kept.get(name) ?? readFile(join(folder, 'assets', name));
    kept.set(name, bytes);
    return bytes;
  }

  async function sendAsset(req: IncomingMessage, res: ServerResponse, path: string, name: string): Promise<void> {
    const accepted = req.headers['accept-encoding'] ?? '';
    const encoding = codings.find(({ token, suffix }) => accepts(accepted, token) && assets.has(`${path}${suffix}`));
    const bytes = await read(`${name}${encoding?.suffix ?? ''}`);
    res.writeHead(200, {
      ...notToBeGuessed,
      'Content-Type': contentTypes[extname(name)] ?? 'application/octet-stream',
      'Content-Length': bytes.length,
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
      ...(encoding !== undefined && { 'Content-Encoding': encoding.token }),
    });
    res.end(req.method === 'HEAD' ? undefined : bytes);
  }

  function sendPage(req: IncomingMessage, res: ServerResponse, host: string, source: string): void {
    const nonce = randomBytes(16).toString('base64');
    const language = chooseLanguage(req.headers.cookie, req.headers['accept-language'], languageOn(host));
    const localized = source
      .replace(writtenRoot, `<html lang="${language}" dir="${directionOf(language)}">`)
      .replaceAll(writtenNonce, nonce);
    const html = writeBrand(localized, productOn(host, language), brands.get(host));
    const bytes = Buffer.from(html);
    res.writeHead(200, {
      ...notToBeGuessed,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': bytes.length,
      'Content-Language': language,
      'Cache-Control': 'no-store',
      'Content-Security-Policy': pagePolicy(nonce),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'X-Frame-Options': 'DENY',
    });
    res.end(req.method === 'HEAD' ? undefined : bytes);
  }

  return function answer(req: IncomingMessage, res: ServerResponse, host: string): void | Promise<void> {
    const path = pathOf(req.url as string);
    const name = assets.get(path);
    if (name !== undefined) return sendAsset(req, res, path, name);
    const picture = pictures.get(host)?.get(path);
    if (picture !== undefined) return sendPicture(req, res, picture, notToBeGuessed);
    if (page === undefined) sendText(req, res, 'The console is not built. Run npm run build.\n');
    else if (path.startsWith('/assets/')) sendText(req, res, 'No such file.\n');
    else sendPage(req, res, host, page);
  };
}

/** In order of preference. */
const codings = [
  { token: 'br', suffix: '.br' },
  { token: 'gzip', suffix: '.gz' },
] as const;

/** Whether `Accept-Encoding` lists the coding with a weight above 0 (RFC 9110 §12.5.3). */
function accepts(header: string, token: string): boolean {
  return header.split(',').some((item) => {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return name === token && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** The Content-Security-Policy of the page. Components add their own styles to the page, with the nonce. */
function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sendText(req: IncomingMessage, res: ServerResponse, text: string): void {
  res.writeHead(404, {
    ...notToBeGuessed,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  res.end(req.method === 'HEAD' ? undefined : text);
}

function readPage(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'index.html'), 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
