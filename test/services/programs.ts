// The programs of examples/services, each on the real runtime of its language.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { freePort } from '../free-port.ts';

/** What a program is: it asks `/v1/verify`, or it verifies assertions. */
export type Kind = 'service' | 'assertion';

interface Language {
  /** Inside `examples/services`. */
  readonly files: Partial<Readonly<Record<Kind, string>>>;
  /** The command that runs the file, which listens on `port`. `folder` is private and lasts as long as the program. */
  command(file: string, port: number, folder: string): Promise<readonly [string, ...string[]]>;
}

const root = join(import.meta.dirname, '../..');
const examples = join(root, 'examples/services');

const known = {
  // The system's own, because the packages of the system are for it alone.
  python: {
    files: { service: 'python/service.py', assertion: 'python/assertion.py' },
    command: async (file) => ['/usr/bin/python3', '-B', file],
  },
  php: {
    files: { service: 'php/service.php', assertion: 'php/assertion.php' },
    command: async (file, port) => ['php', '-n', '-d', 'extension=sodium', '-S', `127.0.0.1:${port}`, file],
  },
  javascript: {
    files: { assertion: 'javascript/assertion.mjs' },
    command: async (file) => [process.execPath, file],
  },
  go: {
    files: { service: 'go/service.go', assertion: 'go/assertion.go' },
    // `go run` would start the program as a child, which would outlive it.
    async command(file, _, folder) {
      const program = join(folder, 'program');
      const cache = { GOCACHE: join(root, '.cache/go'), GOPATH: folder };
      const env = { ...process.env, ...cache, GOTOOLCHAIN: 'local', GOPROXY: 'off', GOFLAGS: '', GO111MODULE: 'off' };
      await promisify(execFile)('go', ['build', '-o', program, file], { env });
      return [program];
    },
  },
  java: {
    files: { service: 'java/Service.java', assertion: 'java/Assertion.java' },
    command: async (file) => ['java', file],
  },
} satisfies Readonly<Record<string, Language>>;

export type LanguageName = keyof typeof known;

/** The languages to test. `npm test` runs those whose runtimes are small; `npm run test:languages` runs all. */
export function languagesOf(kind: Kind): readonly LanguageName[] {
  const all = (Object.keys(known) as LanguageName[]).filter((name) => fileOf(name, kind) !== undefined);
  return process.env.MIFTAH_LANGUAGES === 'all' ? all : all.filter((name) => name !== 'go' && name !== 'java');
}

/** All programs, by their paths inside `examples/services`. */
export function listPrograms(): readonly string[] {
  return Object.values<Language>(known).flatMap(({ files }) => Object.values(files));
}

function fileOf(name: LanguageName, kind: Kind): string | undefined {
  return (known[name] as Language).files[kind];
}

export interface Program {
  readonly port: number;
  /** All that it has printed. */
  printed(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a program and resolves when it listens. Rejects if it ends before. */
export async function startProgram(
  name: LanguageName,
  kind: Kind,
  environment: Readonly<Record<string, string>>,
): Promise<Program> {
  const file = join(examples, fileOf(name, kind) as string);
  const folder = await mkdtemp(join(tmpdir(), 'miftah-service-'));
  const port = await freePort();
  const [command, ...args] = await (known[name] as Language).command(file, port, folder);
  const inherited = Object.entries(process.env).filter(([each]) => !each.startsWith('MIFTAH_'));
  const env = { ...Object.fromEntries(inherited), PORT: String(port), CACHE_FOLDER: folder, ...environment };
  const child = spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true });
  };
  try {
    await once(child, 'spawn');
    await vi.waitUntil(() => isListening(child, port, () => printed), { interval: 50, timeout: 110_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, printed: () => printed, [Symbol.asyncDispose]: stop };
}

async function isListening(child: ChildProcess, port: number, printed: () => string): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${printed()}`);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
