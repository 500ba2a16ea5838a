// What a list or a page shows while it loads, is empty, or has failed.
import { Button, Paper, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { type Icon, IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, describeError } from '../api/problem.ts';
import { Ltr } from './ltr.tsx';
import classes from './states.module.css';

interface EmptyStateProps {
  readonly icon: Icon;
  readonly title: string;
  /** One sentence: why it is empty, or what to do next. */
  readonly text?: ReactNode;
  /** The next step, usually a button. */
  readonly action?: ReactNode;
  /** 1 where it is the whole page. Default: 2. */
  readonly order?: 1 | 2;
}

export function EmptyState({ icon: EmptyIcon, title, text, action, order = 2 }: EmptyStateProps) {
  return (
    <Paper className={classes.state}>
      <ThemeIcon variant="light" size={48} radius="xl" aria-hidden>
        <EmptyIcon size={24} stroke={1.5} />
      </ThemeIcon>
      <Stack gap={4} align="center">
        <Title order={order} size="h2" tabIndex={-1} {...(order === 1 && { 'data-page-heading': true })}>
          {title}
        </Title>
        {text !== undefined && (
          <Text c="dimmed" maw="30rem" component="div">
            {text}
          </Text>
        )}
      </Stack>
      {action}
    </Paper>
  );
}

/** The error in words, with the id of the request and a button to try again. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation(['common', 'errors']);
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <Paper className={classes.state} role="alert">
      <ThemeIcon variant="light" color="red" size={48} radius="xl" aria-hidden>
        <IconAlertTriangle size={24} stroke={1.5} />
      </ThemeIcon>
      <Stack gap={4} align="center">
        <Title order={2}>{t('states.error')}</Title>
        <Text c="dimmed" maw="30rem">
          {describeError(error)}
        </Text>
        {requestId !== undefined && (
          <Text size="xs" c="dimmed">
            <Ltr mono>{t('errors:requestId', { id: requestId })}</Ltr>
          </Text>
        )}
      </Stack>
      {onRetry !== undefined && (
        <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={onRetry}>
          {t('actions.retry')}
        </Button>
      )}
    </Paper>
  );
}

/** Placeholders for the rows of a list, as high as real ones. */
export function SkeletonRows({ rows = 5, height = 44 }: { readonly rows?: number; readonly height?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('states.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same and never move
        <div key={row} className={classes.row} style={{ blockSize: height }}>
          <Skeleton height={12} width={`${26 - (row % 3) * 4}%`} radius="sm" />
          <Skeleton height={12} width="18%" radius="sm" />
          <Skeleton height={12} width={`${20 - (row % 2) * 6}%`} radius="sm" />
        </div>
      ))}
    </div>
  );
}
