// Exports the filtered entries, page by page, and shows the progress.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { toCsv } from '../../ui/csv.ts';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { download } from '../../ui/download.ts';
import { Menu } from '../../ui/menu.tsx';
import { type AuditEntry, readAudit } from './audit-query.ts';
import type { AuditSearch } from './audit-search.ts';

type Format = 'csv' | 'json';

const pageSize = 100;
/** A browser holds this many without trouble. `miftah audit export` writes all. */
const mostEntries = 10_000;

export function ExportMenu({ search }: { readonly search: AuditSearch }) {
  const { t } = useTranslation('audit');
  const { org } = useOrgScope();
  const [read, setRead] = useState(0);
  const { mutate, isPending } = useMutation({
    async mutationFn(format: Format) {
      const { entries, isCut } = await readAll(org.id, search, setRead);
      const day = new Date().toISOString().slice(0, 10);
      const file = `audit-${day}.${format === 'csv' ? 'csv' : 'jsonl'}`;
      if (format === 'csv') download(file, 'text/csv', entriesCsv(entries));
      else download(file, 'application/json', entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      return { file, count: entries.length, isCut };
    },
    onSuccess: ({ file, count, isCut }) =>
      sayDone(isCut ? t('export.cut', { file, number: count }) : t('export.done', { file, count })),
    onError: (error) => sayFault(describeError(error)),
    onSettled: () => setRead(0),
  });
  return (
    <Menu width={220}>
      <Menu.Target>
        <Button
          variant="default"
          disabled={isPending}
          leftSection={<IconDownload size={16} stroke={1.7} aria-hidden />}
          aria-live="polite"
        >
          {isPending ? t('export.running', { number: read }) : t('export.button')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => mutate('csv')}>{t('export.csv')}</Menu.Item>
        <Menu.Item onClick={() => mutate('json')}>{t('export.json')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function readAll(
  org: string,
  search: AuditSearch,
  onRead: (count: number) => void,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly isCut: boolean }> {
  const entries: AuditEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof readAudit>> = await readAudit(org, search, { limit: pageSize, cursor });
    entries.push(...page.data);
    cursor = page.nextCursor;
    onRead(entries.length);
  } while (cursor !== null && entries.length < mostEntries);
  return { entries, isCut: cursor !== null };
}

function entriesCsv(entries: readonly AuditEntry[]): string {
  const head = [
    'entry',
    'at_utc',
    'action',
    'target_kind',
    'target_id',
    'target_name',
    'actor_kind',
    'actor_id',
    'actor',
  ];
  return toCsv(
    [...head, 'via', 'address', 'request_id', 'before', 'after', 'hash'],
    entries.map(({ seq, at, action, target, targetName, actor, via, address, requestId, before, after, hash }) => [
      seq,
      at,
      action,
      target.kind,
      target.id,
      targetName ?? '',
      actor.kind,
      actor.id ?? '',
      actor.label ?? '',
      via,
      address ?? '',
      requestId ?? '',
      before === null ? '' : JSON.stringify(before),
      after === null ? '' : JSON.stringify(after),
      hash,
    ]),
  );
}
