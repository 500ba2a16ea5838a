// `miftah apis`: the APIs of the configuration, as the running server has them.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, printList } from '../list.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';

/** An older server shows less. */
type Api = Pick<Schemas['Api'], 'id' | 'profile' | 'environments'> & Partial<Schemas['Api']>;

export function addApis(program: Command): void {
  const apis = program.command('apis').helpCommand(false).description('the APIs of the configuration');
  const list = apis
    .command('list')
    .description('list the APIs with their profile, hosts, upstream and keys')
    .action(async (options: RemoteOptions) => {
      const client = openClient(options);
      await printList(options, () => answerOf(client.GET('/v1/apis')), apiView);
    });
  addExample(addRemoteOptions(list, 'their ids'), 'miftah apis list');
}

const apiView: ListView<Api, unknown> = {
  head: ['ID', 'PROFILE', 'ENVIRONMENTS', 'HOSTS', 'UPSTREAM', 'KEYS', 'SERVED'],
  cells: (api) => [
    api.id,
    api.profile,
    api.environments.join(', '),
    (api.hosts ?? []).map(({ host, environment }) => (environment ? `${host} (${environment})` : host)).join(', '),
    showUpstream(api.upstream),
    showFormat(api),
    showServed(api),
  ],
  word: ({ id }) => id,
  empty: 'No APIs are in the configuration, or the token reaches none.',
};

/** One address, or one for each environment if they differ. */
function showUpstream({ live, test }: NonNullable<Api['upstream']> = {}): string {
  if (live === undefined || test === undefined || live === test) return live ?? test ?? '';
  return `live: ${live}, test: ${test}`;
}

/** `sk_live_…, sk_test_… of 51 characters`. */
function showFormat({ keyFormat, importedKeys }: Api): string {
  if (keyFormat === undefined) return '';
  const { prefixes, length } = keyFormat;
  const own = `${Object.values(prefixes)
    .map((prefix) => `${prefix}…`)
    .join(', ')} of ${length} characters`;
  return importedKeys === undefined ? own : `${own}, and imported ${importedKeys.prefix}…`;
}

/** Whether the public listener forwards requests of the API. Without an upstream, others ask Miftah for decisions. */
function showServed({ upstream, hosts }: Api): string {
  if (upstream === undefined || hosts === undefined) return 'unknown';
  return hosts.length > 0 && Object.keys(upstream).length > 0 ? 'yes' : 'decisions only';
}
