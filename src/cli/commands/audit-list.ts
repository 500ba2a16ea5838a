// `miftah audit list`: what was changed lately, by whom and from where.
import type { Command } from 'commander';
import { openClient, type Page } from '../internal-client.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  type PageOptions,
  query,
  type RemoteOptions,
} from '../options.ts';
import { printResult, table } from '../output.ts';
import { showNext } from './orgs.ts';

/** A record of the audit log, on the internal API's wire. */
interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string | null; readonly label: string };
  readonly via: string;
  readonly address: string | null;
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

interface AuditOptions {
  readonly org?: string;
  readonly target?: string;
  readonly actor?: string;
  readonly action?: string;
}

export function addAuditList(audit: Command): void {
  const list = audit
    .command('list')
    .description('list what was changed, newest first')
    .option('--org <org>', 'only what concerns this organization')
    .option('--target <id>', 'only what was done to this key or organization')
    .option('--actor <id>', 'only what this person or key did')
    .option('--action <action>', 'only this action, such as key.revoked, or all that begin so, such as key')
    .action(async (options: RemoteOptions & PageOptions & AuditOptions) => {
      const { org, target, actor, action, limit, cursor } = options;
      const path = `/v1/audit${query({ org, target, actor, action, limit, cursor })}`;
      const page = await openClient(options).request<Page<AuditRow>>('GET', path);
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

function showRecords({ data, nextCursor }: Page<AuditRow>): string {
  if (data.length === 0) return 'Nothing was changed.';
  const rows = data.map((row) => [
    String(row.seq),
    row.at,
    row.actor.label,
    row.address ?? row.via,
    row.action,
    row.target.id,
    showChange(row),
  ]);
  return table(['SEQ', 'AT', 'WHO', 'FROM', 'ACTION', 'TARGET', 'CHANGE'], rows) + showNext(nextCursor);
}

/** `name: "a" -> "b"` of each member that changed; of what is new, its members are not all listed. */
function showChange({ before, after }: AuditRow): string {
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
