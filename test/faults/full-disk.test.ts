// A disk that is really full: a small tmpfs in a mount namespace of the child, which needs user namespaces or root.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const isolate = 'unshare --user --map-root-user --mount';
const mount = 'mount -t tmpfs -o size=2m tmpfs "$1"';

/** Not on macOS, nor in a container without user namespaces. sqlite.test.ts tests SQLite's own limit there. */
const canMount = spawnSync('sh', ['-c', `${isolate} sh -c '${mount}' sh "$1"`, 'sh', tmpdir()]).status === 0;

test.runIf(canMount)('a full disk is reported, reads continue, and writes resume when there is space', () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-full-'));
  try {
    const child = new URL('./full-disk-child.ts', import.meta.url).pathname;
    const script = `${isolate} sh -c '${mount} && exec "$2" --no-warnings "$3" "$1"' sh "$@"`;
    const output = execFileSync('sh', ['-c', script, 'sh', folder, process.execPath, child], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({
      whileFull: 'storage_full',
      foundWhileFull: true,
      keysWhileFull: 1,
      keysAfterwards: 2,
      problems: [],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
