// The frame around every page inside a session: sidebar, top bar, palette, shortcuts.
import { Alert } from '@mantine/core';
import { Outlet, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApiNames } from '../entities/api-names.ts';
import { useScope } from '../entities/scope.ts';
import { lazyDialog } from '../ui/lazy-part.ts';
import classes from './shell.module.css';
import { useShortcut } from './shortcuts.ts';
import { Sidebar } from './sidebar.tsx';
import { TopBar } from './top-bar.tsx';
import { useNoteLanguage } from './use-note-language.ts';

const NavigationDrawer = lazyDialog(() => import('./navigation-drawer.tsx'), 'NavigationDrawer', []);
const ShortcutSheet = lazyDialog(() => import('./shortcut-sheet.tsx'), 'ShortcutSheet', []);
const Palette = lazyDialog(() => import('./palette.tsx'), 'Palette', []);

export function Shell() {
  const { t } = useTranslation();
  const { org, api } = useScope();
  const nameOf = useApiNames();
  const isInOrg = useParams({ strict: false }).org !== undefined;
  const [isNavigationOpen, setNavigationOpen] = useState(false);
  const [isSheetOpen, setSheetOpen] = useState(false);
  /** How often the palette was opened. The first time loads it. */
  const [paletteCalls, setPaletteCalls] = useState(0);
  const openPalette = () => setPaletteCalls((calls) => calls + 1);

  useNoteLanguage();
  useShortcut('?', () => setSheetOpen(true));
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey || event.code !== 'KeyK') return;
      event.preventDefault();
      setPaletteCalls((calls) => calls + 1);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);

  return (
    <>
      <a href="#content" className={classes.skip}>
        {t('shell.skip')}
      </a>
      <div className={classes.shell}>
        <aside className={classes.aside}>
          <Sidebar />
        </aside>
        <NavigationDrawer opened={isNavigationOpen} onClose={() => setNavigationOpen(false)} />
        <div className={classes.column}>
          <TopBar
            isNavigationOpen={isNavigationOpen}
            onNavigation={() => setNavigationOpen(!isNavigationOpen)}
            onPalette={openPalette}
            onShortcuts={() => setSheetOpen(true)}
          />
          <main id="content" tabIndex={-1} className={classes.main}>
            {isInOrg && org?.status === 'suspended' && (
              <Alert color="red" mb="lg">
                {t('shell.suspendedNote')}
              </Alert>
            )}
            {isInOrg && org?.status === 'active' && api !== undefined && org.suspendedApis.includes(api.id) && (
              <Alert color="red" mb="lg">
                {t('shell.suspendedForApi', { api: nameOf(api.id) })}
              </Alert>
            )}
            <Outlet />
          </main>
        </div>
      </div>
      <ShortcutSheet opened={isSheetOpen} onClose={() => setSheetOpen(false)} />
      <Palette opened={paletteCalls > 0} onClose={() => setPaletteCalls(0)} calls={paletteCalls} />
    </>
  );
}
