// The list of keyboard shortcuts, and the switch that disables the single keys.
import { Group, Kbd, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasShortcuts, writeShortcuts } from '../i18n/preferences.ts';
import { Modal } from '../ui/modal.tsx';
import { paletteKeys } from './shortcuts.ts';

export function ShortcutSheet({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [isOn, setOn] = useState(hasShortcuts);
  const rows = [
    { keys: paletteKeys, text: t('shortcuts.palette') },
    { keys: ['/'], text: t('shortcuts.search') },
    { keys: ['C'], text: t('shortcuts.create') },
    { keys: ['?'], text: t('shortcuts.help') },
    { keys: ['Esc'], text: t('shortcuts.close') },
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('shortcuts.title')}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <Stack gap="sm">
        {rows.map(({ keys, text }) => (
          <Group key={text} justify="space-between">
            <Text>{text}</Text>
            <Group gap={4} dir="ltr">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </Group>
          </Group>
        ))}
        <Switch
          mt="sm"
          checked={isOn}
          label={t('shortcuts.singleKeys')}
          onChange={({ currentTarget }) => {
            writeShortcuts(currentTarget.checked);
            setOn(currentTarget.checked);
          }}
        />
      </Stack>
    </Modal>
  );
}
