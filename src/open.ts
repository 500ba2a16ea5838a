// Opens Miftah inside a program: the engine, its listeners if it wants them, and once for all who share a data folder.
import { isDeepStrictEqual } from 'node:util';
import type { EngineOptions, Miftah } from './compose.ts';
import type { Config } from './config/config.ts';
import { type GivenConfig, readGivenConfig } from './config/given-config.ts';
import { planReload } from './config/reload.ts';
import { assertKnownNames } from './domain/closest-name.ts';
import { OperationalError } from './domain/operational-error.ts';
import { openShared } from './domain/sharing.ts';
import type { RunningServer } from './serve.ts';

/** Settings of `openMiftah`. */
export interface OpenOptions extends EngineOptions {
  /**
   * Whether the console, the admin API and the proxy listen in this process, as `miftah serve` does, on `public.listen`
   * and `internal.listen` of the configuration. Default false.
   */
  readonly listen?: boolean;
  /**
   * Whether an engine that this process has open on the same data folder, also with `shared`, is used again. Its
   * configuration becomes this one, as by a reload. `clock` and `log` stay those of the first. Default false: a folder
   * that is open is an error.
   */
  readonly shared?: boolean;
}

/** An engine with its listeners. */
export interface ListeningMiftah extends Miftah {
  readonly server: Omit<RunningServer, 'miftah'>;
}

const optionNames = ['clock', 'log', 'listen', 'shared'] as const;

/**
 * Opens the engine on a configuration: the path of a file, an object of the same shape, or a loaded one. Rejects with an
 * `OperationalError`, `ConfigError` or `StorageError` that names the fix, or with a `TypeError` for an unknown option.
 * On failure, closes everything it has opened. Only one process at a time can open a data folder. A second one fails and
 * leaves its files alone.
 */
export function openMiftah(
  what: { readonly config: GivenConfig },
  options: OpenOptions & { readonly listen: true },
): Promise<ListeningMiftah>;
export function openMiftah(what: { readonly config: GivenConfig }, options?: OpenOptions): Promise<Miftah>;
export async function openMiftah(
  what: { readonly config: GivenConfig },
  options: OpenOptions = {},
): Promise<Miftah | ListeningMiftah> {
  const { config: source } = assertKnownNames(what, ['config'], 'openMiftah');
  const { listen = false, shared = false, ...engineOptions } = checkOptions(options);
  try {
    const config = readGivenConfig(source, 'openMiftah');
    const open = () => openOnce(config, listen, engineOptions);
    const opened = shared
      ? await openShared(config.dataDir, { open, adapt: (former) => adapt(former, config, listen) })
      : await open();
    const { miftah, close } = opened;
    if (opened.server === undefined) return { ...miftah, close };
    const { miftah: _, ...server } = opened.server;
    return { ...miftah, server: { ...server, close }, close };
  } catch (error) {
    if (error instanceof OperationalError) leaveFramesOfOthers(error);
    throw error;
  }
}

function checkOptions(options: OpenOptions): OpenOptions {
  assertKnownNames(options, optionNames, 'openMiftah options');
  for (const name of ['listen', 'shared'] as const) {
    if (!['boolean', 'undefined'].includes(typeof options[name]))
      throw new TypeError(`openMiftah options: ${name} must be true or false`);
  }
  return options;
}

/** What this process has open on a data folder. */
interface Opened {
  readonly miftah: Miftah;
  readonly server: RunningServer | undefined;
  /** The configuration in use. */
  readonly config: Config;
  /** The one that the last user wanted, of which some settings may need a restart. The server reads it again. */
  readonly wanted: { config: Config };
  close(): Promise<void>;
}

async function openOnce(config: Config, listen: boolean, options: EngineOptions): Promise<Opened> {
  const wanted = { config };
  if (!listen) {
    const engine = await import('./compose.ts');
    const miftah = await engine.openMiftah({ config }, options);
    return { miftah, server: undefined, config, wanted, close: () => miftah.close() };
  }
  const { serve } = await import('./serve.ts');
  const server = await serve(config, { ...options, reread: () => wanted.config });
  return { miftah: server.miftah, server, config, wanted, close: () => server.close() };
}

/** Applies the configuration of a further user, as a reload does. */
async function adapt(opened: Opened, config: Config, listen: boolean): Promise<Opened> {
  const { miftah, server, wanted } = opened;
  if (listen && server === undefined)
    throw new TypeError('openMiftah: this process has the data folder open without listen: open it with listen first');
  const before = wanted.config;
  if (isDeepStrictEqual(before.written, config.written)) return opened;
  if (server === undefined) {
    const plan = planReload(opened.config, config);
    const next = miftah.reconfigure(plan.config);
    next.use();
    wanted.config = config;
    return { ...opened, miftah: next.miftah, config: plan.config };
  }
  wanted.config = config;
  try {
    await server.reload();
  } catch (error) {
    wanted.config = before;
    throw error;
  }
  return { ...opened, miftah: server.miftah };
}

/** The folder of this package's code. */
const ownFolder = new URL('.', import.meta.url).href;

/**
 * Removes our frames from the stack of an error that is no defect. Node.js prints an error that no one catches with its
 * stack, and the program has only its own lines to change.
 */
function leaveFramesOfOthers(error: OperationalError): void {
  const lines = error.stack?.split('\n') ?? [];
  error.stack = lines.filter((line) => !/^\s+at /.test(line) || !line.includes(ownFolder)).join('\n');
}
