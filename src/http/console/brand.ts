// How the page and the pictures of a branded console are served.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { escapeHtml } from '../../domain/escape-html.ts';
import { type Picture, pictureTypes } from '../../domain/picture.ts';
import { shadesOf } from '../../domain/shades.ts';
import type { Brand } from '../../profiles/brand.ts';

/** The path of a picture. It has a digest of the content, so browsers may store the picture for good. */
export function pathOfPicture({ name }: Picture): string {
  return `/assets/${name}`;
}

/** The pictures of a brand by their paths. */
export function placePictures({ logo, logoDark, favicon }: Brand): ReadonlyMap<string, Picture> {
  const pictures = [logo, logoDark, favicon].filter((picture) => picture !== undefined);
  return new Map(pictures.map((picture) => [pathOfPicture(picture), picture]));
}

/**
 * Sends a picture. Pages show it as an image, in which no script runs. The policy makes that true as well for someone
 * who opens the address of an SVG: its scripts don't run, it loads nothing, and it has no origin.
 */
export function sendPicture(
  req: IncomingMessage,
  res: ServerResponse,
  { kind, bytes }: Picture,
  headers: Readonly<Record<string, string>>,
): void {
  res.writeHead(200, {
    ...headers,
    'Content-Type': pictureTypes[kind],
    'Content-Length': bytes.length,
    'Cache-Control': 'public, max-age=31536000, immutable',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  });
  res.end(req.method === 'HEAD' ? undefined : bytes);
}

/** What console/index.html has for every console. */
const written = {
  root: '<html ',
  title: '<title>Miftah</title>',
  icon: /<link rel="icon"[^>]*>/,
  /** The link of the note that is shown if the console does not start, in the light and the dark theme. */
  light: '--skeleton-link:#11665f',
  dark: '--skeleton-link:#7ccabd',
} as const;

/** The page with the name of the product and, if there is a brand, its icon and its shades, from its first byte. */
export function writeBrand(page: string, product: string, brand: Brand | undefined): string {
  const titled = page.replace(written.title, () => `<title>${escapeHtml(product)}</title>`);
  if (brand === undefined) return titled;
  const { favicon = brand.logo, colour } = brand;
  const marked =
    favicon === undefined
      ? titled
      : titled.replace(
          written.icon,
          `<link rel="icon" type="${pictureTypes[favicon.kind]}" href="${pathOfPicture(favicon)}" />`,
        );
  if (colour === undefined) return marked;
  const shades = shadesOf(colour);
  return marked
    .replace(written.root, `<html data-accent="${shades.join(' ')}" `)
    .replace(written.light, `--skeleton-link:${shades[8]}`)
    .replace(written.dark, `--skeleton-link:${shades[3]}`);
}
