// A menu of commands that do on a terminal what the page does. Its content is loaded when it opens.
import { ActionIcon, Skeleton } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { lazyPart } from '../../ui/lazy-part.ts';
import { Menu } from '../../ui/menu.tsx';
import classes from './commands.module.css';
import type { Subject } from './commands.ts';

const CommandList = lazyPart(() => import('./command-list.tsx'), 'CommandList', ['commands']);

export function CommandMenu({ subject }: { readonly subject: Subject }) {
  const { t } = useTranslation();
  return (
    <Menu width={460} position="bottom-start" classNames={{ dropdown: classes.menu, itemLabel: classes.label }}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={32}
          aria-label={t('actions.copyCommand')}
          title={t('actions.copyCommand')}
        >
          <IconTerminal2 size={18} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <CommandList subject={subject} fallback={<Skeleton h={120} />} />
      </Menu.Dropdown>
    </Menu>
  );
}
