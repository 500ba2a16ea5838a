// `miftah audit list`: recent changes, with who made them and from where.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { answerOf, openClient } from '../internal-client.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  defined,
  type Page,
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { printResult, table } from '../output.ts';
import { showNext } from './orgs.ts';

interface AuditOptions {
  readonly org?: string;
  readonly target?: string;
  readonly actor?: string;
  readonly action?: string;
}

export function addAuditList(audit: Command): void {
  const list = audit
    .command('list')
    .description('list changes, newest first')
    .option('--org <org>', 'only changes in this organization')
    .option('--target <id>', 'only changes to this key or organization')
    .option('--actor <id>', 'only changes by this person, key or token')
    .option('--action <action>', 'only this action, such as key.revoked, or a group of actions, such as key')
    .action(async (options: RemoteOptions & PageOptions & AuditOptions) => {
      const { org, target, actor, action, limit, cursor } = options;
      const query = defined({ org, target, actor, action, limit, cursor });
      const page = await answerOf(openClient(options).GET('/v1/audit', { params: { query } }));
      printResult(
        options,
        page,
        () => page.data.map(({ seq }) => String(seq)).join('\n'),
        () => showRecords(page),
      );
    });
  addExample(
    addRemoteOptions(addPageOptions(list), 'their numbers'),
    'miftah audit list --target key_3nVb7Lw0QeYp',
    'miftah audit list --org org_8xJ2mQv4ZkT1 --action key.revoked',
  );
}

interface AuditPage extends Page<Schemas['AuditRecord']> {
  readonly keptFrom: string | null;
  readonly isOlderArchived: boolean;
}

function showRecords(page: AuditPage): string {
  const { data, nextCursor } = page;
  if (data.length === 0) return `No changes.${showStart(page)}`;
  const rows = data.map((row) => [
    String(row.seq),
    row.at,
    row.actor.label ?? (row.actor.kind === 'key' ? 'a deleted key' : 'a deleted person'),
    row.address ?? row.via,
    row.action,
    row.target.id,
    showChange(row),
  ]);
  return (
    table(['SEQ', 'AT', 'WHO', 'FROM', 'ACTION', 'TARGET', 'CHANGE'], rows) +
    showNext(nextCursor) +
    (nextCursor === null ? showStart(page) : '')
  );
}

/** A line that says from when the log is kept. Empty if no record has left the database. */
function showStart({ keptFrom, isOlderArchived }: AuditPage): string {
  if (keptFrom === null) return '';
  return isOlderArchived
    ? `\nChanges before ${keptFrom} are in the archive only.`
    : `\nChanges before ${keptFrom} are no longer stored.`;
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
