// Runs the sample API of `examples/` for `miftah dev`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CliError, exitCodes } from './cli-error.ts';

/** A running sample API. */
export interface SampleApi {
  readonly port: number;
  stop(): void;
}

/** The path is the same in a checkout and in the published package. */
const program = fileURLToPath(new URL('../../examples/sample-api/server.mjs', import.meta.url));

/**
 * Starts it on `port` of 127.0.0.1 (0: any free port). It ends with this process. `undefined` if the port is in use.
 * Rejects with a `CliError` if it can't start.
 */
export async function startSampleApi(port: number): Promise<SampleApi | undefined> {
  const child = fork(program, ['--port', String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit').then(() => [{ code: 'exited' }]);
  const [message] = (await Promise.race([once(child, 'message'), exited])) as [{ port?: number; code?: string }];
  if (message.port !== undefined) {
    // The child must not keep this process alive. When this process ends, the channel closes and the child ends.
    child.unref();
    child.channel?.unref();
    return { port: message.port, stop: () => void child.kill() };
  }
  if (message.code === 'EADDRINUSE') return undefined;
  throw new CliError(
    exitCodes.failure,
    'sample_api_failed',
    `the sample API cannot listen on port ${port} (${message.code})`,
    'Choose another port with --upstream-port PORT.',
  );
}
