// The head of a page: its only h1, which gets the focus when the page opens, and its actions.
import { Group, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { configQuery } from '../api/config.ts';
import { CommandMenu } from '../entities/commands/command-menu.tsx';
import type { Subject } from '../entities/commands/commands.ts';
import { useLanguage } from '../i18n/use-language.ts';

interface PageHeaderProps {
  /** Also the title of the document. */
  readonly title: string;
  readonly description?: ReactNode;
  /** Beside the title, such as a badge. */
  readonly aside?: ReactNode;
  /** Buttons, the primary one last. */
  readonly actions?: ReactNode;
  /** What the page is about, for the menu of commands. */
  readonly commands?: Subject;
}

export function PageHeader({ title, description, aside, actions, commands }: PageHeaderProps) {
  useDocumentTitle(title);
  return (
    <Group component="header" justify="space-between" align="flex-start" gap="md" mb="lg">
      <Stack gap={4} flex="1 1 20rem" miw={0}>
        <Group gap="sm">
          <Title order={1} tabIndex={-1} miw={0} style={{ overflowWrap: 'anywhere' }} data-page-heading>
            {/* A name must not change the direction of the text around it. */}
            <bdi>{title}</bdi>
          </Title>
          {aside}
          {commands !== undefined && <CommandMenu subject={commands} />}
        </Group>
        {description !== undefined && (
          <Text c="dimmed" maw="44rem" component="div">
            {description}
          </Text>
        )}
      </Stack>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}

/** Sets the document's title: the page's, then the product's. A page of a fault may lack the product. */
export function useDocumentTitle(title: string): void {
  const language = useLanguage();
  const product = useQueryClient().getQueryData(configQuery.queryKey)?.product[language];
  useEffect(() => {
    const parts = [title, product].filter(Boolean);
    if (parts.length > 0) document.title = parts.join(' · ');
  }, [title, product]);
}
