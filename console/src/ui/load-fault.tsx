// Says that a part of the console could not be loaded. It is part of the first page, unlike toasts.
import { Button, CloseButton, Group, Paper, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './load-fault.module.css';

interface LoadFault {
  /** Tries again. Resolves in any case, and shows the note again after a failure. */
  readonly retry: () => Promise<void>;
  readonly giveUp: () => void;
}

let shown: LoadFault | undefined;
const listeners = new Set<() => void>();

function show(fault: LoadFault | undefined): void {
  shown = fault;
  for (const listener of listeners) listener();
}

/**
 * Runs `load`, which needs a file of the console. When it rejects, the reader may try again. `onGiveUp` is called when
 * they don't. Returns a function that cancels it.
 */
export function insist(load: () => Promise<unknown>, onGiveUp?: () => void): () => void {
  let isOver = false;
  let fault: LoadFault | undefined;
  function hide(): void {
    if (fault !== undefined && shown === fault) show(undefined);
  }
  async function attempt(): Promise<void> {
    try {
      await load();
      hide();
    } catch {
      if (isOver) return;
      fault = { retry: attempt, giveUp: () => onGiveUp?.() };
      show(fault);
    }
  }
  void attempt();
  return () => {
    isOver = true;
    hide();
  };
}

export function LoadFaultNote() {
  const { t } = useTranslation();
  const [isPending, setPending] = useState(false);
  const fault = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  if (fault === undefined) return null;
  const { retry, giveUp } = fault;
  return (
    <Paper role="alert" p="md" shadow="md" className={classes.note}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <IconAlertTriangle size={20} stroke={1.7} className={classes.icon} aria-hidden />
        <div>
          <Text fw={600}>{t('states.error')}</Text>
          <Text size="sm" c="dimmed">
            {t('states.loadFault')}
          </Text>
        </div>
        <CloseButton
          aria-label={t('actions.close')}
          onClick={() => {
            show(undefined);
            giveUp();
          }}
        />
      </Group>
      <Group gap="xs" mt="sm" justify="flex-end">
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t('states.reload')}
        </Button>
        <Button
          size="xs"
          loading={isPending}
          onClick={() => {
            setPending(true);
            void retry().finally(() => setPending(false));
          }}
        >
          {t('actions.retry')}
        </Button>
      </Group>
    </Paper>
  );
}
