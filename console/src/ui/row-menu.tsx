// The menu of actions of a row.
import { ActionIcon } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Menu } from './menu.tsx';
import { Tooltip } from './tooltip.tsx';

interface RowMenuProps {
  /** Names the row: "Actions for Amal". */
  readonly label: string;
  /** Why there are no actions. `undefined`: there are. */
  readonly fault?: string | undefined;
  /** The items of the menu. */
  readonly children: ReactNode;
}

export function RowMenu({ label, fault, children }: RowMenuProps) {
  const icon = <IconDots size={18} stroke={1.6} aria-hidden />;
  if (fault !== undefined) {
    return (
      <Tooltip label={fault} multiline maw={300}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={label}
          data-disabled
          aria-disabled
          onClick={(event) => event.preventDefault()}
        >
          {icon}
        </ActionIcon>
      </Tooltip>
    );
  }
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
