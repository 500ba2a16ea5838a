// The commands that do on a terminal what the page does, to be copied.
import { Button, Text } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../api/config.ts';
import { announce } from '../../components/announcer.tsx';
import { copyText } from '../../components/copy-text.ts';
import { sayDone, sayFault } from '../../components/done-toast.tsx';
import { useWords } from '../../components/keys/words.ts';
import { Menu } from '../../components/menu.tsx';
import { writeCommands } from './cli.ts';
import classes from './key.module.css';
import type { Key } from './key-api.ts';

export function CliMenu({ apiKey, api }: { readonly apiKey: Key; readonly api: ConsoleApi }) {
  const { t } = useTranslation(['key', 'common']);
  const words = useWords(api);

  async function copy(command: string): Promise<void> {
    const isCopied = await copyText(command);
    if (!isCopied) return sayFault(t('common:actions.copyFailed'));
    announce(t('common:actions.copied'));
    sayDone(t('cli.copied'));
  }

  return (
    <Menu width={420} classNames={{ dropdown: classes.commands, itemLabel: classes.commandLabel }}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconTerminal2 size={16} stroke={1.7} aria-hidden />}>
          {t('cli.button')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {writeCommands(apiKey, api).map(({ name, command }) => (
          <Menu.Item key={name} onClick={() => void copy(command)}>
            <Text size="sm" fw={500}>
              {name === 'revoke' ? (words.revoke ?? t(`revoke.${api.actions.revokeWord}.button`)) : t(`cli.${name}`)}
            </Text>
            <bdi dir="ltr" translate="no" className={classes.command}>
              {command}
            </bdi>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
