// `miftah keys addresses` and `restrict`: where a key is used from, and a list made of that.
import type { Command } from 'commander';
import type { MiftahClient, Schemas } from '../../client/index.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { confirmByName } from '../confirm.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, printList } from '../list.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { printResult } from '../output.ts';

type Options = RemoteOptions & { readonly days?: number; readonly yes?: true };

export function addKeyAddresses(keys: Command): void {
  const list = keys
    .command('addresses')
    .description('list the addresses from which a key was used, and whether its list has them')
    .argument('<key>', 'its id, key_…')
    .option('--days <days>', 'how far back, 1 to 92 days', readDays, 30)
    .action(async (id: string, options: Options) => {
      const client = openClient(options);
      await printList(options, () => readAddresses(client, id, options), addressView);
    });
  addExample(addRemoteOptions(list, 'the addresses'), 'miftah keys addresses key_3nVb7Lw0QeYp --days 7');

  const restrict = keys
    .command('restrict')
    .description('add the addresses from which a key was used to its list, and enforce the list')
    .argument('<key>', 'its id, key_…')
    .option('--days <days>', 'how far back, 1 to 92 days', readDays, 30)
    .option('--yes', 'do not ask')
    .action(async (id: string, options: Options) => {
      const client = openClient(options);
      const key = await answerOf(client.GET('/v1/keys/{id}', { params: { path: { id } } }));
      const used = await readAddresses(client, id, options);
      const learned = learn(used, options.days ?? 30);
      const addresses = [...key.addresses, ...learned];
      if (options.yes !== true) {
        const others = 'Requests from other addresses are refused from then on.';
        const question = `The list of ${key.name} becomes:\n  ${addresses.join('\n  ')}\n${others}`;
        await confirmByName(question, key.name, 'changed');
      }
      // The key as it was read, so that a change of another person is not overwritten.
      const params = { path: { id }, header: { 'If-Match': `"${key.revision}"` } };
      const body = { addresses, addressCheck: 'enforce' } as const;
      const changed = await answerOf(client.PATCH('/v1/keys/{id}', { params, body }));
      printResult(
        options,
        changed,
        () => changed.id,
        () => `Restricted: ${changed.masked} (${changed.id}) works only from ${changed.addresses.join(', ')}.`,
      );
    });
  addExample(addRemoteOptions(restrict, 'its id'), 'miftah keys restrict key_3nVb7Lw0QeYp --days 30');
}

function readDays(text: string): number {
  if (/^[1-9]\d?$/.test(text) && Number(text) <= 92) return Number(text);
  throw new CliError(
    exitCodes.usage,
    'usage',
    `--days ${text} is not a number of days`,
    'Use a whole number from 1 to 92.',
  );
}

function readAddresses(client: MiftahClient, id: string, { days = 30 }: Options) {
  const params = { path: { id }, query: { days } };
  return answerOf(client.GET('/v1/keys/{id}/addresses', { params }));
}

/** What the list of the key lacks. Throws a `CliError` if there is nothing to learn, or not everything is known. */
function learn({ data, unlisted, beyond }: Schemas['KeyAddresses'], days: number): readonly string[] {
  // An address that was always refused may be that of an attacker.
  const worked = data.filter(({ count, refused }) => count > refused);
  if (worked.length === 0) {
    throw new CliError(
      exitCodes.failure,
      'nothing_learned',
      `no allowed request of the last ${days} days says where the key is used from`,
      'Wait until the key was used, or set its list with miftah keys update KEY --ip ADDRESS.',
    );
  }
  const missing = worked.filter(({ isOnList }) => !isOnList);
  const impossible = missing.find(({ canBeListed }) => !canBeListed);
  if (impossible !== undefined) {
    throw new CliError(
      exitCodes.failure,
      'cannot_be_listed',
      `the list can't have ${impossible.address}: keys of this API take no such entry`,
      'Set the list with miftah keys update KEY --ip ADDRESS.',
    );
  }
  if (unlisted > 0 || beyond.count > beyond.refused) {
    throw new CliError(
      exitCodes.failure,
      'too_many_addresses',
      'the key was used from more addresses than a list can have, or than are kept for each hour',
      'Use ranges: miftah keys update KEY --ip 203.0.113.0/24.',
    );
  }
  return missing.map(({ address }) => address);
}

const addressView: ListView<Schemas['KeyAddresses']['data'][number], Schemas['KeyAddresses']> = {
  head: ['ADDRESS', 'REQUESTS', 'REFUSED', 'FIRST HOUR', 'LAST HOUR', 'ON ITS LIST'],
  cells: ({ address, count, refused, firstHour, lastHour, isOnList }) => [
    address,
    String(count),
    String(refused),
    firstHour,
    lastHour,
    isOnList ? 'yes' : 'no',
  ],
  word: ({ address }) => address,
  empty: 'The key was not used.',
  foot: ({ unlisted, beyond }) =>
    [
      ...(unlisted > 0 ? [`${unlisted} more addresses are not shown.`] : []),
      ...(beyond.count > 0 ? [`${beyond.count} requests came from addresses that were too many to be kept.`] : []),
    ].join('\n'),
};
