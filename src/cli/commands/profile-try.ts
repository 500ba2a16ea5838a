// `miftah profile try`: a server with one profile, a sample API, demo keys and calls to paste.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { addExample, readPort } from '../options.ts';
import { runDemo } from './dev.ts';

export function addProfileTry(profile: Command): void {
  const attempt = profile
    .command('try')
    .description('try a profile: run a server with it, a sample API, demo keys and calls to paste, until Ctrl-C')
    .argument('<profile>', 'the file of a profile, or the id of a bundled one')
    .option('--port <port>', 'port for clients on 127.0.0.1 (default: any free port)', readPort)
    .action(async (named: string, { port = 0 }: { readonly port?: number }) => {
      const folder = mkdtempSync(join(tmpdir(), 'miftah-try-'));
      try {
        const { configOfProfile } = await import('../../config/load.ts');
        const config = configOfProfile(named, folder);
        const listen = { ...config.public.listen, port };
        await runDemo({ ...config, public: { ...config.public, listen } }, { data: folder }, 0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  addExample(attempt, 'miftah profile try acme.profile.yaml');
}
