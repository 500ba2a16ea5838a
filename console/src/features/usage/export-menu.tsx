// Exports what the page shows. Instants are UTC, digits are Latin, headings are English.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { statusClasses, type UsageSum } from '../../entities/usage/series.ts';
import type { Span } from '../../entities/usage/span.ts';
import { type UsageFilter, usageQuery } from '../../entities/usage/usage-query.ts';
import { toCsv } from '../../ui/csv.ts';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { download } from '../../ui/download.ts';
import { Menu } from '../../ui/menu.tsx';

interface ExportMenuProps {
  readonly filter: UsageFilter;
  readonly span: Span;
}

type What = 'time' | 'key';
type Format = 'csv' | 'json';

export function ExportMenu({ filter, span }: ExportMenuProps) {
  const { t } = useTranslation('usage');
  const { org } = useOrgScope();
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    async mutationFn({ what, format }: { what: What; format: Format }) {
      const by =
        what === 'time' ? [span.step, 'api', 'environment', 'outcome'] : ['key', 'api', 'environment', 'outcome'];
      const { data } = await queryClient.fetchQuery({ ...usageQuery(org.id, filter, by), staleTime: 0 });
      const days = [filter.fromMs, filter.toMs - 1].map((ms) => new Date(ms).toISOString().slice(0, 10));
      const file = `usage-${what === 'time' ? span.step : 'key'}-${days.join('-')}.${format}`;
      if (format === 'json') download(file, 'application/json', `${JSON.stringify(data, null, 2)}\n`);
      else download(file, 'text/csv', what === 'time' ? timeCsv(data) : keyCsv(data));
      return file;
    },
    onSuccess: (file) => sayDone(t('export.done', { file })),
    onError: (error) => sayFault(describeError(error)),
  });
  return (
    <Menu width={200}>
      <Menu.Target>
        <Button variant="default" loading={isPending} leftSection={<IconDownload size={16} stroke={1.7} aria-hidden />}>
          {t('export.button')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['time', 'key'] as const).map((what) => [
          <Menu.Label key={what}>{t(`export.${what}`)}</Menu.Label>,
          ...(['csv', 'json'] as const).map((format) => (
            <Menu.Item
              key={`${what} ${format}`}
              aria-label={`${t(`export.${what}`)}, ${format.toUpperCase()}`}
              onClick={() => mutate({ what, format })}
            >
              {format.toUpperCase()}
            </Menu.Item>
          )),
        ])}
      </Menu.Dropdown>
    </Menu>
  );
}

const numberNames = ['requests', 'billed', ...statusClasses];

function numbersOf({ count, billed, statuses }: Pick<UsageSum, 'count' | 'billed' | 'statuses'>): readonly number[] {
  return [count, billed ?? 0, ...statusClasses.map((each) => statuses?.[each] ?? 0)];
}

function timeCsv(sums: readonly UsageSum[]): string {
  return toCsv(
    ['at_utc', 'api', 'environment', 'outcome', ...numberNames],
    sums.map(({ at = '', api = '', environment = '', outcome = '', ...sum }) => [
      at,
      api,
      environment,
      outcome,
      ...numbersOf(sum),
    ]),
  );
}

function keyCsv(sums: readonly UsageSum[]): string {
  return toCsv(
    ['key_id', 'key', 'masked', 'api', 'environment', 'outcome', ...numberNames],
    sums.map(({ key, api = '', environment = '', outcome = '', ...sum }) => [
      key?.id ?? '',
      key?.name ?? '',
      key?.masked ?? '',
      api,
      environment,
      outcome,
      ...numbersOf(sum),
    ]),
  );
}
