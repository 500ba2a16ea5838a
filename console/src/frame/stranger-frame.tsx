// The frame of the pages for strangers: brand, one card, language and colours.
import { Group } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';
import { Brand } from './brand.tsx';
import { LanguageSwitch, ThemeSwitch } from './language-switch.tsx';
import classes from './stranger-frame.module.css';

export function StrangerFrame() {
  return (
    <div className={classes.frame}>
      <header className={classes.header}>
        <Brand />
        <Group gap={4}>
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </header>
      <main className={classes.main}>
        <Outlet />
      </main>
    </div>
  );
}
