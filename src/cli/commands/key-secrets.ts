// `miftah keys secrets` and `end-secret`: the secrets of one key, and when its old ones expire.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, printList } from '../list.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { printResult } from '../output.ts';

export function addKeySecrets(keys: Command): void {
  const list = keys
    .command('secrets')
    .description('list the secrets of a key: the current one, and the last use of each old one')
    .argument('<key>', 'its id, key_…')
    .action(async (id: string, options: RemoteOptions) => {
      const client = openClient(options);
      const read = () => answerOf(client.GET('/v1/keys/{id}/secrets', { params: { path: { id } } }));
      await printList(options, read, secretView);
    });
  addExample(addRemoteOptions(list, 'their ids'), 'miftah keys secrets key_3nVb7Lw0QeYp');

  const end = keys
    .command('end-secret')
    .description('make an old secret expire now, or at another time than its rotation set')
    .argument('<key>', 'the id of its key, key_…')
    .argument('<secret>', 'its id, sec_…, as shown by keys secrets')
    .argument('[end]', 'when it expires: now, 12h, 7d (30d at most), or until_ended', 'now')
    .action(async (id: string, secretId: string, endsIn: string, options: RemoteOptions) => {
      const params = { path: { id, secretId } };
      const call = openClient(options).PATCH('/v1/keys/{id}/secrets/{secretId}', { params, body: { endsIn } });
      const secret = await answerOf(call);
      printResult(
        options,
        secret,
        () => secret.id,
        () => `${secret.masked} (${secret.id}) ${describeEnd(secret)}.`,
      );
    });
  addExample(
    addRemoteOptions(end, 'its id'),
    'miftah keys end-secret key_3nVb7Lw0QeYp sec_9f86d081884c7d65',
    'miftah keys end-secret key_3nVb7Lw0QeYp sec_9f86d081884c7d65 7d',
  );
}

function describeEnd({ status, endsAt }: Schemas['Secret']): string {
  if (status === 'ended') return 'is refused from now on';
  return endsAt === null ? 'works until you end it' : `works until ${endsAt}`;
}

const secretView: ListView<Schemas['Secret'], unknown> = {
  head: ['ID', 'SECRET', 'STATUS', 'CREATED', 'EXPIRES', 'USES SINCE ROTATION', 'LAST USED'],
  cells: (secret) => [
    secret.id,
    secret.masked,
    secret.status.replace('_', ' '),
    secret.createdAt,
    secret.endsAt ?? (secret.status === 'superseded' ? 'until ended' : ''),
    secret.status === 'in_force' ? '' : String(secret.useCount),
    secret.lastUsedAt === null ? '' : `${secret.lastUsedAt} from ${secret.lastUsedAddress ?? 'an unknown address'}`,
  ],
  word: ({ id }) => id,
  empty: 'No secrets.',
};
