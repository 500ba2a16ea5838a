// Exports what the page shows, all rows of it. Instants have their offset, digits are Latin, headings are English.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { statusClasses, type UsageSum } from '../../entities/usage/series.ts';
import { readUsage } from '../../entities/usage/usage-query.ts';
import { toCsv } from '../../ui/csv.ts';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { download } from '../../ui/download.ts';
import { Menu } from '../../ui/menu.tsx';
import { filterFor, useDimensionName } from './breakdown-section.tsx';
import { useDimension, useUsageView } from './usage-view.ts';

type What = 'time' | 'rows';
type Format = 'csv' | 'jsonl';

/** A browser holds this many pages without trouble. `miftah usage --csv` writes all. */
const mostPages = 100;

export function ExportMenu() {
  const { t } = useTranslation('usage');
  const { org, filter, span, search } = useUsageView();
  const dimension = useDimension();
  const nameOf = useDimensionName();
  const { mutate, isPending } = useMutation({
    async mutationFn({ what, format }: { what: What; format: Format }) {
      const own = what === 'time' ? [span.step] : dimension.groups;
      const by = [
        ...new Set([...own, ...(what === 'time' ? ['api', 'environment', 'outcome'] : dimension.withinFiles)]),
      ];
      const compare = what === 'rows' && search.compare === true && dimension.hasFewNumbers !== true;
      const asked = what === 'rows' && dimension.id !== 'api' ? filterFor(dimension, filter, org) : filter;
      const { data, nextCursor } = await readUsage(org, asked, { by, compare }, { pages: mostPages });
      const days = [filter.from, filter.to].map((end) => end.slice(0, 10));
      const file = `usage-${what === 'time' ? span.step : dimension.id}-${days.join('-')}.${format}`;
      const columns = columnsOf(what === 'time' ? timeColumns : dimension.columns, by, compare);
      if (format === 'jsonl')
        download(file, 'application/json', data.map((sum) => `${JSON.stringify(sum)}\n`).join(''));
      else download(file, 'text/csv', writeCsv(columns, data));
      return { file, isCut: nextCursor !== null };
    },
    onSuccess: ({ file, isCut }) => sayDone(t(isCut ? 'export.cut' : 'export.done', { file })),
    onError: (error) => sayFault(describeError(error)),
  });
  return (
    <Menu width={220}>
      <Menu.Target>
        <Button variant="default" loading={isPending} leftSection={<IconDownload size={16} stroke={1.7} aria-hidden />}>
          {t('export.button')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['time', 'rows'] as const).map((what) => {
          const label = what === 'time' ? t('export.time') : nameOf(dimension.id);
          return [
            <Menu.Label key={what}>{label}</Menu.Label>,
            ...(['csv', 'jsonl'] as const).map((format) => (
              <Menu.Item
                key={`${what} ${format}`}
                aria-label={`${label}, ${t(`export.${format}`)}`}
                onClick={() => mutate({ what, format })}
              >
                {t(`export.${format}`)}
              </Menu.Item>
            )),
          ];
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

type Columns = Readonly<Record<string, (sum: UsageSum) => string | number>>;

const timeColumns: Columns = { at: ({ at = '' }) => at, until: ({ until = '' }) => until };

function columnsOf(first: Columns, by: readonly string[], compare: boolean): Columns {
  const plain: Columns = {
    api: ({ api = '' }) => api,
    environment: ({ environment = '' }) => environment,
    outcome: ({ outcome = '' }) => outcome,
  };
  return {
    ...first,
    ...Object.fromEntries(Object.entries(plain).filter(([name]) => by.includes(name))),
    requests: ({ count }) => count,
    billed: ({ billed }) => billed ?? '',
    ...Object.fromEntries(statusClasses.map((each) => [each, ({ statuses }: UsageSum) => statuses?.[each] ?? ''])),
    ...(by.includes('address') && { refused: ({ refused }: UsageSum) => refused ?? '' }),
    ...(compare && { requests_before: ({ before }: UsageSum) => before?.count ?? 0 }),
  };
}

function writeCsv(columns: Columns, sums: readonly UsageSum[]): string {
  return toCsv(
    Object.keys(columns),
    sums.map((sum) => Object.values(columns).map((read) => read(sum))),
  );
}
