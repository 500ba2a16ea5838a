// Waits for the first request with a new secret. Shows that it was allowed, or why it was refused and the fix.
import { Loader, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '../../../ui/announcer.tsx';
import { Dotted } from '../../../ui/dotted.tsx';
import { Ltr } from '../../../ui/ltr.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { useOrgScope } from '../../scope.ts';
import { activityQuery } from '../api/key-activity.ts';
import { keysQueryKey } from '../api/list-keys.ts';
import classes from './first-request.module.css';
import { RefusedRequest } from './refused-request.tsx';

interface FirstRequestProps {
  readonly keyId: string;
  /** ISO 8601. Earlier requests do not count. */
  readonly since: string;
}

export function FirstRequest({ keyId, since }: FirstRequestProps) {
  const { t } = useTranslation('keys');
  const { id: org } = useOrgScope().org;
  const queryClient = useQueryClient();
  const { data } = useQuery(activityQuery(org, keyId, since));
  const lastUse = data?.lastUse ?? null;
  const denial = data?.denial ?? null;
  const isUsed = lastUse !== null && (denial === null || lastUse.at >= denial.lastAt);

  useEffect(() => {
    if (isUsed) {
      announce(t('first.arrived'));
      void queryClient.invalidateQueries({ queryKey: [...keysQueryKey(org), 'list'] });
    }
  }, [isUsed, org, queryClient, t]);

  if (isUsed) {
    return (
      <div className={classes.row} data-state="used">
        <IconCircleCheck size={20} aria-hidden className={classes.used} />
        <div>
          <Text fw={600}>{t('first.arrived')}</Text>
          <Text size="sm" component="div">
            <Dotted>
              <span>
                {t('first.allowed')}
                {lastUse.address !== null && (
                  <>
                    {' '}
                    {t('first.from')} <Ltr mono>{lastUse.address}</Ltr>
                  </>
                )}
              </span>
              <RelativeTime at={lastUse.at} />
            </Dotted>
          </Text>
        </div>
      </div>
    );
  }
  if (denial !== null) return <RefusedRequest denial={denial} />;
  return (
    <div className={classes.row} data-state="waiting" role="status">
      <Loader size={18} aria-hidden />
      <div>
        <Text fw={500}>{t('first.waiting')}</Text>
        <Text size="sm" c="dimmed">
          {t('first.waitingText')}
        </Text>
      </div>
    </div>
  );
}
