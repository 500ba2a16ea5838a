// The first request was refused: the reason, the address, and the fix.
import { Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Dotted } from '../../../ui/dotted.tsx';
import { Ltr } from '../../../ui/ltr.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { DenialFix } from '../../denials/denial-fix.tsx';
import type { OrgDenial } from '../../denials/denials-api.ts';
import { useReasonWords } from '../../denials/reason-words.ts';
import classes from './first-request.module.css';

export function RefusedRequest({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('keys');
  const words = useReasonWords()(denial);
  return (
    <div className={classes.row} data-state="refused" role="status">
      <IconAlertTriangle size={20} aria-hidden className={classes.refused} />
      <div>
        <Text fw={600}>{words.title}</Text>
        <Text size="sm" component="div">
          <Dotted>
            {denial.clientAddress !== null && (
              <span>
                {t('first.from')} <Ltr mono>{denial.clientAddress}</Ltr>
              </span>
            )}
            <RelativeTime at={denial.lastAt} />
          </Dotted>
        </Text>
        <Text size="sm" mt={4}>
          {denial.fix.isDone ? t('first.sendAgain') : words.text}
        </Text>
        <div className={classes.fix}>
          <DenialFix denial={denial} />
        </div>
      </div>
    </div>
  );
}
