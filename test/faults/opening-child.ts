// Opens each case, one after the other, and reports what each failure leaves behind. Run with --expose-gc.
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { pino } from 'pino';
import { openMiftah } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/serve.ts';

export interface OpeningCase {
  readonly name: string;
  readonly config: string;
  /** Also opens the listeners. */
  readonly serves: boolean;
  /** The address that another program listens on. */
  readonly takenPort?: number;
}

export interface OpeningOutcome {
  readonly name: string;
  /** The error's code. `opened`: no error. */
  readonly code: string;
  /** Files and sockets that were opened and not closed. */
  readonly left: readonly string[];
}

const cases = JSON.parse(process.argv[2] as string) as readonly OpeningCase[];
const unhandled: string[] = [];
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: Error) => unhandled.push(`${event}: ${error.message}`));
}

/** Open descriptors: files by path, sockets by number. */
function listOpen(): Map<string, string> {
  const open = new Map<string, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      // Skips the runtime's own descriptors: event loops are not files.
      if (/^(\/|socket:)/.test(target) && !/^\/(dev|proc|usr|lib)\//.test(target)) open.set(`${fd} ${target}`, target);
    } catch {
      // The folder's own descriptor is closed already.
    }
  }
  return open;
}

async function collect(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function open({ config: file, serves }: OpeningCase): Promise<string> {
  const config = loadConfig({ file, environment: {} });
  const log = pino({ level: 'silent' });
  try {
    const opened = serves ? await serve(config, { log }) : await openMiftah({ config }, { log });
    await opened.close();
    return 'opened';
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}

const outcomes: OpeningOutcome[] = [];
for (const each of cases) {
  const before = listOpen();
  const other = each.takenPort === undefined ? undefined : createServer().listen(each.takenPort, '127.0.0.1');
  if (other !== undefined) await new Promise((resolve) => other.once('listening', resolve));
  const code = await open(each);
  if (other !== undefined) await new Promise((resolve) => other.close(resolve));
  await collect();
  const left = [...listOpen()].filter(([id]) => !before.has(id)).map(([, target]) => target);
  outcomes.push({ name: each.name, code, left: [...left, ...unhandled.splice(0)] });
}
process.stdout.write(JSON.stringify(outcomes));
