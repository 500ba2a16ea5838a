// The card of every page for strangers.
import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDocumentTitle } from '../../frame/page-header.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import classes from './auth-card.module.css';

/** What a form for strangers needs around it. */
export interface AuthFrame {
  readonly title: string;
  readonly text?: ReactNode;
  readonly children?: ReactNode;
}

interface AuthCardProps extends AuthFrame {
  /** For pages with lines of code. */
  readonly isWide?: boolean;
}

export function AuthCard({ title, text, isWide = false, children }: AuthCardProps) {
  useDocumentTitle(title);
  return (
    <Paper className={classes.card} data-wide={isWide || undefined}>
      <Stack gap="lg">
        <Stack gap={4}>
          <Title order={1} tabIndex={-1} data-page-heading>
            {title}
          </Title>
          {text !== undefined && (
            <Text c="dimmed" component="div">
              {text}
            </Text>
          )}
        </Stack>
        {children}
      </Stack>
    </Paper>
  );
}

type StrangerPage = '/sign-in' | '/forgot-password';

/** A link to another page for strangers, in its own line. */
export function AuthLink({ to, children }: { readonly to: StrangerPage; readonly children: ReactNode }) {
  return (
    <Text ta="center">
      <AnchorLink to={to}>{children}</AnchorLink>
    </Text>
  );
}
