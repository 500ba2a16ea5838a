// A listener on a unix socket: only its owner and its group may open it, and it replaces nothing that is alive.
import { existsSync, linkSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenOnFile } from '../../src/http/unix-socket.ts';

let folder: string;
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-socket-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map(close));
  rmSync(folder, { recursive: true });
});

function open(): Server {
  const server = createServer();
  servers.push(server);
  return server;
}

const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

test('its mode is 0660, and its folder has nothing else', async () => {
  const file = join(folder, 'decisions.sock');
  const server = open();
  await listenOnFile(server, file);
  expect(lstatSync(file).mode & 0o7777).toBe(0o660);
  expect(readdirSync(folder)).toEqual(['decisions.sock']);
  await close(server);
  expect(existsSync(file)).toBe(false);
});

test('it replaces the socket of an ended process, and not one that answers', async () => {
  const file = join(folder, 'decisions.sock');
  const stale = open();
  await new Promise<void>((resolve) => stale.listen(join(folder, 'old'), resolve));
  // As after `kill -9`: the file stays, and no one answers.
  linkSync(join(folder, 'old'), file);
  await close(stale);
  expect(lstatSync(file).isSocket()).toBe(true);
  const server = open();
  await listenOnFile(server, file);
  const second = open();
  await expect(listenOnFile(second, file)).rejects.toMatchObject({ code: 'port_in_use' });
  expect(lstatSync(file).isSocket()).toBe(true);
});

test('a file that is no socket stays, and a folder that is missing or a path that is too long is named', async () => {
  const file = join(folder, 'note.txt');
  writeFileSync(file, 'mine');
  await expect(listenOnFile(open(), file)).rejects.toMatchObject({ code: 'cannot_listen' });
  expect(lstatSync(file).isFile()).toBe(true);
  const lost = join(folder, 'gone', 'decisions.sock');
  await expect(listenOnFile(open(), lost)).rejects.toThrow(/ENOENT.*decisions\.listen/);
  const long = join(folder, 'a'.repeat(100));
  await expect(listenOnFile(open(), long)).rejects.toThrow(/at most 107 bytes/);
});
