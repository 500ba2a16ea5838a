// Starts Miftah as its users do: `miftah serve` in a process of its own.
import { join } from 'node:path';
import { freePort } from '../test/free-port.ts';
import type { Bed, Program } from './bed.ts';

export interface MiftahServer {
  readonly program: Program;
  readonly publicPort: number;
  readonly internalPort: number;
}

export async function startMiftah(bed: Bed, config: string): Promise<MiftahServer> {
  const [publicPort, internalPort] = [await freePort(), await freePort()];
  const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');
  const listen = ['--public', `127.0.0.1:${publicPort}`, '--internal', `127.0.0.1:${internalPort}`];
  const program = await bed.start({
    command: process.execPath,
    args: [main, 'serve', '--config', config, ...listen],
    // The public listener opens last.
    port: publicPort,
  });
  return { program, publicPort, internalPort };
}
