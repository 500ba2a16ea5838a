// `miftah init`: asks what to protect, and writes the configuration, the guard or the gateway's configuration, and more.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { suggestName } from '../../domain/closest-name.ts';
import { gatewayIds } from '../gateways/index.ts';
import { storages } from '../init/api-setting.ts';
import { frameworkIds } from '../init/frameworks.ts';
import { type LanguageId, languages } from '../init/plan.ts';
import type { InitOptions } from '../init/run.ts';
import { addExample } from '../options.ts';

const places = ['framework', 'gateway', 'language', 'proxy'] as const;
const languageIds = Object.keys(languages) as LanguageId[];

export function addInit(program: Command): void {
  const init = program
    .command('init')
    .description('ask what to protect, and write the files that do it into this folder');
  for (const option of [
    new Option('--framework <name>', `guard routes of this application: ${frameworkIds.join(', ')}`).argParser(
      oneOf(frameworkIds),
    ),
    new Option('--gateway <name>', `let a gateway ask: ${gatewayIds.join(', ')}`).argParser(oneOf(gatewayIds)),
    new Option('--language <name>', `let a service ask: ${languageIds.join(', ')}`).argParser(oneOf(languageIds)),
    new Option('--proxy', 'put Miftah in front of the API'),
  ])
    init.addOption(option.conflicts(places.filter((each) => each !== option.attributeName())));
  init
    .option('--name <name>', 'name of the API (default: that of package.json, or of the folder)')
    .option('--host <hosts>', 'its host names, comma-separated, for a gateway or a proxy (default: api.NAME.localhost)')
    .option('--upstream <url>', 'where it listens, for a gateway or a proxy (default: http://127.0.0.1:8080)')
    .option('--prefix <text>', 'what keys begin with: acme makes acme_live_… and acme_test_… (default: by the name)')
    .option('--storage <kind>', 'folder for one process, or postgres for several (default: folder)', oneOf(storages))
    .option('-y, --yes', 'ask nothing')
    .option('--dry-run', 'print what would be written, and write nothing')
    .option('--force', 'replace files that differ')
    .option('--json', 'print one JSON document, and ask nothing')
    .action(async (options: InitOptions) => {
      const { runInit } = await import('../init/run.ts');
      await runInit(process.cwd(), options);
    });
  addExample(
    init,
    'miftah init',
    'miftah init --framework express',
    'miftah init --gateway nginx --host api.acme.test --dry-run',
  );
}

function oneOf<Value extends string>(values: readonly Value[]): (text: string) => Value {
  return (text) => {
    const value = values.find((each) => each === text);
    if (value === undefined) throw new InvalidArgumentError(suggestName(text, values));
    return value;
  };
}
