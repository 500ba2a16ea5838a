// The first request was refused: the reason, the address, and the fix.
import { Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Dotted } from '../../../ui/dotted.tsx';
import { Ltr } from '../../../ui/ltr.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { DenialFix } from '../../denials/denial-fix.tsx';
import type { OrgDenial } from '../../denials/denials-api.ts';
import classes from './first-request.module.css';

export function RefusedRequest({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation(['denials', 'keys']);
  return (
    <div className={classes.row} data-state="refused" role="status">
      <IconAlertTriangle size={20} aria-hidden className={classes.refused} />
      <div>
        <Text fw={600}>{t(`reasons.${denial.reason}.title`)}</Text>
        <Text size="sm" component="div">
          <Dotted>
            {denial.clientAddress !== null && (
              <span>
                {t('keys:first.from')} <Ltr mono>{denial.clientAddress}</Ltr>
              </span>
            )}
            <RelativeTime at={denial.lastAt} />
          </Dotted>
        </Text>
        <Text size="sm" mt={4}>
          {denial.fix.isDone ? t('keys:first.sendAgain') : t(`reasons.${denial.reason}.text`)}
        </Text>
        <div className={classes.fix}>
          <DenialFix denial={denial} />
        </div>
      </div>
    </div>
  );
}
