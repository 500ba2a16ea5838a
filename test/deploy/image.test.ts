// What the image promises before it is built, and its health check. `npm run test:image` builds and runs it.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';

const deploy = join(import.meta.dirname, '../../deploy');

/** Runs the health check as the image does, for an internal listener on this address. */
function checkHealth(listen: string): Promise<{ readonly code: number; readonly said: string }> {
  const options = { env: { MIFTAH_INTERNAL__LISTEN: listen } };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(deploy, 'health.mjs')], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}`.trim() });
    });
  });
}

test('the health check passes while the server is ready, also if it listens on all addresses', async () => {
  await using server = await startTestServer();
  for (const host of ['127.0.0.1', '0.0.0.0'])
    expect(await checkHealth(`${host}:${server.internalPort}`)).toEqual({ code: 0, said: '' });
});

test('the health check fails and says why', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  expect(await checkHealth(address)).toEqual({ code: 1, said: `no answer at ${address}: ECONNREFUSED` });
});

test('the image runs as a number, exposes the public listener alone, and stops by SIGTERM', () => {
  const file = readFileSync(join(deploy, 'Containerfile'), 'utf8');
  const [, stage = ''] = file.split('FROM scratch\n');
  expect(stage).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  expect(stage.match(/^EXPOSE .*$/gm)).toEqual(['EXPOSE 4100']);
  expect(stage).toMatch(/^STOPSIGNAL SIGTERM$/m);
  expect(stage).toMatch(/^HEALTHCHECK /m);
  expect(stage).toContain('MIFTAH_INTERNAL__LISTEN=127.0.0.1:4101');
  expect(stage).not.toMatch(/^RUN /m);
});
