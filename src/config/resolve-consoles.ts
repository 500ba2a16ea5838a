// The looks of consoles: checks their hosts and colours, and reads their pictures.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Picture, recognizePicture } from '../domain/picture.ts';
import { carriesWhiteText, contrastWithWhite, darkenForWhiteText } from '../domain/shades.ts';
import type { Brand, Brands } from '../profiles/brand.ts';
import type { Report } from './report.ts';
import type { BrandFile } from './schema.ts';

const maxPictureBytes = 256 * 1024;

/**
 * Returns the looks by host, with their pictures. Calls `report` for each problem. If it was called, the result must not
 * be used.
 *
 * @param hosts the hosts of consoles
 * @param folder the base of relative paths
 */
export function resolveConsoles(
  files: Readonly<Record<string, BrandFile>>,
  { hosts, folder }: { readonly hosts: ReadonlySet<string>; readonly folder: string },
  report: Report,
): Brands {
  const entries = Object.entries(files).map(([host, file]): [string, Brand] => {
    if (!hosts.has(host)) report([host], describeStranger(hosts));
    return [host, resolveBrand(file, folder, (path, message) => report([host, ...path], message))];
  });
  return new Map(entries);
}

function describeStranger(hosts: ReadonlySet<string>): string {
  const known = hosts.size === 0 ? '' : `, or use ${[...hosts].join(' or ')}`;
  return `is no host of a console: add it to console of an API, or set it in public.url${known}`;
}

function resolveBrand({ product, colour, ...files }: BrandFile, folder: string, report: Report): Brand {
  if (colour !== undefined && !carriesWhiteText(colour)) {
    const contrast = Math.floor(contrastWithWhite(colour) * 10) / 10;
    const fix = `use a darker one; the nearest is "${darkenForWhiteText(colour)}"`;
    report(['colour'], `${colour} is too light for white text (contrast ${contrast} of 4.5): ${fix}`);
  }
  if (files.logoDark !== undefined && files.logo === undefined)
    report(['logoDark'], 'stands without logo: set logo too');
  const read = (name: keyof typeof files) => {
    const file = files[name];
    return file === undefined ? undefined : readPicture(file, folder, (message) => report([name], message));
  };
  return { product, colour, logo: read('logo'), logoDark: read('logoDark'), favicon: read('favicon') };
}

function readPicture(named: string, folder: string, report: (message: string) => void): Picture | undefined {
  const file = resolve(folder, named);
  const bytes = readSmallFile(file, folder, report);
  if (bytes === undefined) return undefined;
  const kind = recognizePicture(bytes);
  if (kind === undefined) {
    report(`${file} is no picture that a console can show: use an SVG, PNG, WebP or ICO file`);
    return undefined;
  }
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  return { kind, bytes, name: `brand-${digest}.${kind}` };
}

function readSmallFile(file: string, folder: string, report: (message: string) => void): Buffer | undefined {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) report(`${file} is no file: use an SVG, PNG, WebP or ICO file`);
    else if (stats.size > maxPictureBytes) report(`${file} has more than 256 KB: make the picture smaller`);
    else return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const fix =
      code === 'ENOENT'
        ? `correct the path, which is relative to ${folder}`
        : 'make it readable for the user that runs Miftah';
    report(`${file} cannot be read (${code}): ${fix}`);
  }
  return undefined;
}
