// The newest denied requests of a key, with their fixes.
import { Group, Paper, Text, ThemeIcon, Title } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DenialFix } from '../../entities/denials/denial-fix.tsx';
import { denialsQuery, type OrgDenial } from '../../entities/denials/denials-api.ts';
import { reasonIcons } from '../../entities/denials/reason-icon.ts';
import { useReasonWords } from '../../entities/denials/reason-words.ts';
import { RequestLine } from '../../entities/denials/request-line.tsx';
import type { Key } from '../../entities/keys/change/key-api.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './key.module.css';

const shownRows = 5;

export function KeyDenials({ apiKey: { org, id } }: { readonly apiKey: Key }) {
  const { t } = useTranslation('key');
  const list = useInfiniteQuery(denialsQuery(org, { key: id }));
  const rows = list.data?.pages[0]?.data ?? [];
  return (
    <Paper component="section" className={classes.section}>
      <Group justify="space-between" p="lg" pb={rows.length === 0 ? 0 : 'sm'} gap="xs">
        <Title order={2}>{t('denials.title')}</Title>
        {rows.length > 0 && (
          <AnchorLink to="/orgs/$org/denials" params={{ org }} search={{ key: id }} size="sm">
            {t('denials.all')}
          </AnchorLink>
        )}
      </Group>
      {list.isPending ? (
        <SkeletonRows rows={2} height={64} />
      ) : list.data === undefined ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Text c="dimmed" className={classes.quiet}>
          <IconShieldCheck size={18} stroke={1.6} aria-hidden />
          {t('denials.none')}
        </Text>
      ) : (
        <ul className={classes.denials}>
          {rows.slice(0, shownRows).map((denial) => (
            <Denial key={denial.id} denial={denial} />
          ))}
        </ul>
      )}
    </Paper>
  );
}

function Denial({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('denials');
  const describe = useReasonWords();
  const row = useRef<HTMLLIElement>(null);
  const { reason, clientAddress, count, lastAt, fix } = denial;
  const ReasonIcon = reasonIcons[reason];
  return (
    <li ref={row} tabIndex={-1} className={classes.denial}>
      <ThemeIcon variant="light" color={fix.isDone ? 'gray' : 'red'} size={32} radius="md" aria-hidden>
        <ReasonIcon size={17} stroke={1.6} />
      </ThemeIcon>
      <div className={classes.what}>
        <Text fw={600}>{describe(denial).title}</Text>
        <Text size="sm" c="dimmed" component="div" className={classes.circumstances}>
          <span>{clientAddress === null ? t('row.noAddress') : t('row.from', { address: clientAddress })}</span>
          <span>
            <RequestLine denial={denial} />
          </span>
          <span>{t('row.count', { count })}</span>
          <RelativeTime at={lastAt} />
        </Text>
      </div>
      <DenialFix denial={denial} onFixed={() => row.current?.focus({ preventScroll: true })} />
    </li>
  );
}
