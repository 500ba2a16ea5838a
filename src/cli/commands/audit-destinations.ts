// `miftah audit destinations`: how far the audit log has reached each destination.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, printList } from '../list.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';

export function addAuditDestinations(audit: Command): void {
  const command = audit
    .command('destinations')
    .description('list where the server sends the audit log, and what each destination does not have yet')
    .action(async (options: RemoteOptions) => {
      const client = openClient(options);
      await printList(options, () => answerOf(client.GET('/v1/audit/destinations')), destinationView);
    });
  addExample(addRemoteOptions(command, 'their names'), 'miftah audit destinations');
}

const destinationView: ListView<
  Schemas['AuditDestination'],
  { readonly data: readonly Schemas['AuditDestination'][] }
> = {
  head: ['NAME', 'HAS RECORDS TO', 'CONFIRMED', 'WAITING', 'SINCE', 'FAILURE'],
  cells: ({ name, confirmedSeq, confirmedAt, waiting, waitingSince, failure }) => [
    name,
    confirmedSeq === 0 ? 'none' : String(confirmedSeq),
    confirmedAt ?? 'never',
    String(waiting),
    waitingSince ?? '',
    failure?.message ?? '',
  ],
  word: ({ name }) => name,
  empty: 'No destinations: the configuration has no audit.export.',
};
