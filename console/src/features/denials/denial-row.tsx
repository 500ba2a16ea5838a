// One group of denied requests: reason, circumstances, count and fix.
import { Text, ThemeIcon } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DenialFix } from '../../entities/denials/denial-fix.tsx';
import type { OrgDenial } from '../../entities/denials/denials-api.ts';
import { reasonIcons } from '../../entities/denials/reason-icon.ts';
import { useReasonWords } from '../../entities/denials/reason-words.ts';
import { RequestLine } from '../../entities/denials/request-line.tsx';
import { nameOf } from '../../entities/denials/use-fix.tsx';
import { useOrgScope } from '../../entities/scope.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Name } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './denials.module.css';

export function DenialRow({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('denials');
  const { org } = useOrgScope();
  const describe = useReasonWords();
  const row = useRef<HTMLLIElement>(null);
  const { reason, key, clientAddress, count, lastAt, fix } = denial;
  const ReasonIcon = reasonIcons[reason];
  const wasDone = useRef(fix.isDone);

  // The pressed button is gone, and the focus with it.
  useEffect(() => {
    if (fix.isDone && !wasDone.current && document.activeElement === document.body) row.current?.focus();
    wasDone.current = fix.isDone;
  }, [fix.isDone]);

  return (
    <li ref={row} tabIndex={-1} className={classes.row}>
      <ThemeIcon variant="light" color={fix.isDone ? 'gray' : 'red'} size={36} radius="md" aria-hidden>
        <ReasonIcon size={19} stroke={1.6} />
      </ThemeIcon>
      <div className={classes.what}>
        <Text fw={600}>{describe(denial).title}</Text>
        <div className={classes.circumstances}>
          <span>
            {key === null ? (
              t('row.noKey')
            ) : (
              <AnchorLink to="/orgs/$org/keys/$key" params={{ org: org.id, key: key.id }} className={classes.key}>
                <Name>{nameOf(key)}</Name>
              </AnchorLink>
            )}
          </span>
          <span>{clientAddress === null ? t('row.noAddress') : t('row.from', { address: clientAddress })}</span>
          <span className={classes.request}>
            <RequestLine denial={denial} />
          </span>
        </div>
      </div>
      <div className={classes.when}>
        <Text size="sm">{t('row.count', { count })}</Text>
        <Text size="sm" c="dimmed" component="div">
          <RelativeTime at={lastAt} />
        </Text>
      </div>
      <div className={classes.fix}>
        <DenialFix denial={denial} />
      </div>
    </li>
  );
}
