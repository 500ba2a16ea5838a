// Runs the sample API of examples/ beside a server that is being tried out.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CliError, exitCodes } from './cli-error.ts';

export interface SampleApi {
  readonly port: number;
  stop(): void;
}

/** Two folders above in a checkout as in the published package. */
const program = fileURLToPath(new URL('../../examples/sample-api/server.mjs', import.meta.url));

/**
 * Starts it on `port` of 127.0.0.1 (0: any); it ends with this process. `undefined` when something has the port already.
 * Rejects with a `CliError` when it can't be started at all.
 */
export async function startSampleApi(port: number): Promise<SampleApi | undefined> {
  const child = fork(program, ['--port', String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit').then(() => [{ code: 'exited' }]);
  const [message] = (await Promise.race([once(child, 'message'), exited])) as [{ port?: number; code?: string }];
  if (message.port !== undefined) {
    // It must not keep this process from ending; when this one ends, the channel closes and so does the sample API.
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
