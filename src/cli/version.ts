// The version of the package.
import { readFileSync } from 'node:fs';

/** The version in package.json, whose path is the same in a checkout and in the published package. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
