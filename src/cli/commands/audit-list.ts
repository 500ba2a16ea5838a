// `miftah audit list`: recent changes, with who made them and from where.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, type PageRequest, printList } from '../list.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  defined,
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { followRecords, watch, watchOption } from '../watch.ts';

interface AuditOptions {
  readonly org?: string;
  readonly target?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly watch?: true;
}

export function addAuditList(audit: Command): void {
  const list = audit
    .command('list')
    .description('list changes, newest first')
    .option('--org <org>', 'only changes in this organization')
    .option('--target <id>', 'only changes to this key or organization')
    .option('--actor <id>', 'only changes by this person, key or token')
    .option('--action <action>', 'only this action, such as key.revoked, or a group of actions, such as key')
    .addOption(watchOption('changes'))
    .action(async (options: RemoteOptions & PageOptions & AuditOptions) => {
      const { org, target, actor, action } = options;
      const client = openClient(options);
      const filter = defined({ org, target, actor, action });
      const read = (page: PageRequest) =>
        answerOf(client.GET('/v1/audit', { params: { query: { ...filter, ...page } } }));
      if (options.watch === true) await watch(options, followRecords(read), recordView);
      else await printList(options, read, recordView);
    });
  addExample(
    addRemoteOptions(addPageOptions(list), 'their numbers'),
    'miftah audit list --target key_3nVb7Lw0QeYp',
    'miftah audit list --org org_8xJ2mQv4ZkT1 --action key.revoked',
    'miftah audit list --watch',
  );
}

interface AuditPage {
  readonly keptFrom: string | null;
  readonly isOlderArchived: boolean;
}

const recordView: ListView<Schemas['AuditRecord'], AuditPage> = {
  head: ['SEQ', 'AT', 'WHO', 'FROM', 'ACTION', 'TARGET', 'CHANGE'],
  cells: (row) => [
    String(row.seq),
    row.at,
    row.actor.label ?? (row.actor.kind === 'key' ? 'a deleted key' : 'a deleted person'),
    row.address ?? row.via,
    row.action,
    row.target.id,
    showChange(row),
  ],
  word: ({ seq }) => String(seq),
  empty: 'No changes.',
  foot: showStart,
};

/** A line that says from when the log is kept. Empty if no record has left the database. */
function showStart({ keptFrom, isOlderArchived }: AuditPage): string {
  if (keptFrom === null) return '';
  return isOlderArchived
    ? `Changes before ${keptFrom} are in the archive only.`
    : `Changes before ${keptFrom} are no longer stored.`;
}

/** Shows `name: "a" -> "b"` for each changed member. Empty for what was created or removed. */
function showChange({ before, after }: Schemas['AuditRecord']): string {
  if (before === null || after === null) return '';
  const members = Object.keys(after).filter((name) => name !== 'revision');
  return members
    .map((name) =>
      name in before
        ? `${name}: ${JSON.stringify(before[name])} -> ${JSON.stringify(after[name])}`
        : `${name}: ${JSON.stringify(after[name])}`,
    )
    .join(', ');
}
