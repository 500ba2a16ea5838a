// No request was counted: how to send one, or a longer time to show.
import { Button, Stack } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { sampleCurl } from '../../entities/keys/sample-curl.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { EmptyState } from '../../ui/states.tsx';
import classes from './usage-page.module.css';
import { useUsageView } from './usage-view.ts';

export function UsageEmpty() {
  const { t } = useTranslation('usage');
  const { api, environment } = useOrgScope();
  const { search, setSearch } = useUsageView();
  const { from: _, to: __, ...rest } = search;
  const curl = api === undefined ? undefined : sampleCurl(api, environment);
  const isFiltered = [search.key, search.outcome, search.tag].some((each) => each !== undefined);
  return (
    <EmptyState
      icon={IconChartBar}
      title={t('empty.title')}
      text={isFiltered ? t('empty.filtered') : t('empty.text')}
      action={
        <Stack align="center" className={classes.emptyAction}>
          {!isFiltered && curl !== undefined && (
            <div className={classes.emptyCode}>
              <CodeBlock label={t('empty.curl')} code={curl} />
            </div>
          )}
          {search.range !== '30d' && (
            <Button variant="default" onClick={() => setSearch({ ...rest, range: '30d' })}>
              {t('empty.wider')}
            </Button>
          )}
        </Stack>
      }
    />
  );
}
