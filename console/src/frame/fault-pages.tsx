// The pages for an unknown address and for a page that failed.
import { Button } from '@mantine/core';
import { IconBug, IconMapQuestion, IconPlugConnectedX } from '@tabler/icons-react';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/problem.ts';
import { LoadError } from '../ui/late.ts';
import { ButtonLink } from '../ui/links.tsx';
import { EmptyState, ErrorState } from '../ui/states.tsx';
import classes from './fault-pages.module.css';
import { useDocumentTitle } from './page-header.tsx';

export function NotFoundPage() {
  const { t } = useTranslation();
  useDocumentTitle(t('states.notFound'));
  return (
    <div className={classes.page}>
      <EmptyState
        order={1}
        icon={IconMapQuestion}
        title={t('states.notFound')}
        text={t('states.notFoundText')}
        action={
          <ButtonLink to="/" variant="default">
            {t('states.home')}
          </ButtonLink>
        }
      />
    </div>
  );
}

export function CrashPage({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const isOfFile = error instanceof LoadError;
  const title = t(isOfFile ? 'states.error' : 'states.crash');
  useDocumentTitle(title);
  return (
    <div className={classes.page}>
      {error instanceof ApiError ? (
        <ErrorState error={error} onRetry={() => void router.invalidate()} />
      ) : (
        <EmptyState
          order={1}
          icon={isOfFile ? IconPlugConnectedX : IconBug}
          title={title}
          text={t(isOfFile ? 'states.loadFault' : 'states.crashText')}
          action={<Button onClick={() => location.reload()}>{t('states.reload')}</Button>}
        />
      )}
    </div>
  );
}
