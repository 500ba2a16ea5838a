// The account menu: name, language and colours on small screens, shortcuts, sign-out.
import { Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconKeyboard, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../api/client.ts';
import { sessionQuery } from '../api/session.ts';
import { useScope } from '../entities/scope.ts';
import { languages, languageTags } from '../i18n/languages.ts';
import { MenuItemLink } from '../ui/links.tsx';
import { Ltr, Name } from '../ui/ltr.tsx';
import { Menu } from '../ui/menu.tsx';
import { MirroredIcon } from '../ui/mirrored-icon.tsx';
import classes from './account-menu.module.css';
import { chooseLanguage, themes } from './language-switch.tsx';

export function AccountMenu({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const { t, i18n } = useTranslation();
  const { session } = useScope();
  const { person } = session;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return (
    <Menu width={250}>
      <Menu.Target>
        <UnstyledButton className={classes.target} aria-label={t('shell.account')}>
          <span className={classes.initials} data-initials={initialsOf(person.name)} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.person}>
          <Text fw={600} truncate>
            <Name>{person.name}</Name>
          </Text>
          <Text size="sm" c="dimmed" truncate>
            <Ltr>{person.email}</Ltr>
          </Text>
        </div>
        <Menu.Divider />
        <MenuItemLink to="/account" leftSection={<IconUserCircle size={16} aria-hidden />}>
          {t('shell.yourAccount')}
        </MenuItemLink>
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onShortcuts}>
          {t('shell.shortcuts')}
        </Menu.Item>
        <div className={classes.narrow}>
          <Menu.Divider />
          <Menu.Label>{t('shell.language')}</Menu.Label>
          {languageTags.map((each) => (
            <Menu.Item
              key={each}
              lang={each}
              rightSection={each === i18n.language && <IconCheck size={16} aria-hidden />}
              onClick={() => chooseLanguage(each)}
            >
              {languages[each].name}
            </Menu.Item>
          ))}
          <Menu.Label>{t('shell.theme')}</Menu.Label>
          {themes.map(({ theme, icon: ThemeIcon }) => (
            <Menu.Item
              key={theme}
              leftSection={<ThemeIcon size={16} aria-hidden />}
              rightSection={theme === colorScheme && <IconCheck size={16} aria-hidden />}
              onClick={() => setColorScheme(theme)}
            >
              {t(`shell.themes.${theme}`)}
            </Menu.Item>
          ))}
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<MirroredIcon icon={IconLogout} size={16} />} onClick={() => void signOut()}>
          {t('actions.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The first letters of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '');
  return letters.join('').toUpperCase();
}

/** Ends the session, and removes from memory all that was read in it. */
function useSignOut(): () => Promise<void> {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await callAuth('POST', '/sign-out', {});
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    await navigate({ to: '/sign-in' });
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'config' });
  };
}
