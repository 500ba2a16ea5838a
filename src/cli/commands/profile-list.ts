// `miftah profile list`: the profiles that an API can name.
import type { Command } from 'commander';
import { describeSource } from '../../domain/credential.ts';
import { addExample } from '../options.ts';
import { type OutputOptions, printResult, table } from '../output.ts';
import { readConfig } from './serve.ts';

interface ListOptions extends OutputOptions {
  readonly config?: string;
}

export function addProfileList(profile: Command): void {
  const list = profile
    .command('list')
    .description('list the bundled profiles and, with --config, your own')
    .option('--config <file>', 'also list the profiles of this configuration')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print only their ids')
    .action(async (options: ListOptions) => {
      const { profileIds, profiles: bundled } = await import('../../config/bundled-profiles.ts');
      const ofFile = options.config === undefined ? [] : (await readConfig({ config: options.config })).profiles;
      const own = ofFile.filter(({ id }) => !(profileIds as readonly string[]).includes(id));
      const profiles = [
        ...profileIds.map((id) => ({ profile: bundled[id], isBundled: true })),
        ...own.map((each) => ({ profile: each, isBundled: false })),
      ].map(({ profile: { id, console: shown, source }, isBundled }) => ({
        id,
        product: shown.product?.en ?? null,
        key: describeSource(source),
        isBundled,
      }));
      printResult(
        options,
        { profiles },
        () => profiles.map(({ id }) => id).join('\n'),
        () =>
          table(
            ['ID', 'PRODUCT', 'KEY', 'FROM'],
            profiles.map(({ id, product, key, isBundled }) => [
              id,
              product ?? 'the id of the API',
              key,
              isBundled ? 'bundled' : (options.config as string),
            ]),
          ),
      );
    });
  addExample(list, 'miftah profile list', 'miftah profile list --config miftah.yaml');
}
