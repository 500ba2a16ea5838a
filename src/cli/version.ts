// The version of the package.
import { readFileSync } from 'node:fs';

/** As package.json has it; the file lies two folders above, in a checkout as in the published package. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
