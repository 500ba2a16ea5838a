// A part of a page with its own heading and actions.
import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './section.module.css';

interface SectionProps {
  readonly title: string;
  readonly text?: ReactNode;
  /** Beside the title, such as a badge. */
  readonly aside?: ReactNode;
  /** Buttons. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
  /** The fragment of the address: `/account#passkeys`. */
  readonly id?: string;
  /** `rows`: the content reaches the edges. Default: it has padding. */
  readonly kind?: 'plain' | 'rows';
  readonly isDangerous?: boolean;
}

export function Section(props: SectionProps) {
  const { title, text, aside, actions, children, id, kind = 'plain', isDangerous = false } = props;
  const headingId = useId();
  return (
    <Paper
      component="section"
      aria-labelledby={headingId}
      className={classes.section}
      data-dangerous={isDangerous || undefined}
      {...(id !== undefined && { id })}
    >
      <Group justify="space-between" align="flex-start" gap="sm" className={classes.head}>
        <Stack gap={2} flex="1 1 16rem" miw={0}>
          <Group gap="xs">
            <Title order={2} id={headingId}>
              {title}
            </Title>
            {aside}
          </Group>
          {text !== undefined && (
            <Text c="dimmed" maw="42rem" component="div">
              {text}
            </Text>
          )}
        </Stack>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children !== undefined && <div className={kind === 'rows' ? classes.rows : classes.body}>{children}</div>}
    </Paper>
  );
}
