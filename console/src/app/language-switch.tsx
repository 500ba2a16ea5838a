// The language, each under its own name, and the colours.
import { ActionIcon, Button, Menu, Tooltip, useMantineColorScheme } from '@mantine/core';
import { type Icon, IconDeviceDesktop, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { changeLanguage } from '../i18n/i18n.ts';
import { asLanguage, type Language, languages } from '../i18n/languages.ts';
import { type Theme, writeLanguage } from '../i18n/preferences.ts';

/** Shows everything in the language from now on, and on this browser later. */
export async function chooseLanguage(language: Language): Promise<void> {
  await changeLanguage(language);
  writeLanguage(language);
}

/** There are two languages, so the button is the other one. */
export function LanguageSwitch() {
  const { i18n } = useTranslation();
  const other: Language = asLanguage(i18n.language) === 'ar' ? 'en' : 'ar';
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      fw={500}
      lang={other}
      leftSection={<IconLanguage size={18} stroke={1.6} aria-hidden />}
      onClick={() => void chooseLanguage(other)}
    >
      {languages[other].name}
    </Button>
  );
}

export const themes: readonly { readonly theme: Theme; readonly icon: Icon }[] = [
  { theme: 'light', icon: IconSun },
  { theme: 'dark', icon: IconMoon },
  { theme: 'auto', icon: IconDeviceDesktop },
];

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const ShownIcon = themes.find(({ theme }) => theme === colorScheme)?.icon ?? IconDeviceDesktop;
  return (
    <Menu>
      <Menu.Target>
        <Tooltip label={t('shell.theme')}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('shell.theme')}>
            <ShownIcon size={18} stroke={1.6} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {themes.map(({ theme, icon: ThemeIcon }) => (
          <Menu.Item
            key={theme}
            leftSection={<ThemeIcon size={16} aria-hidden />}
            onClick={() => setColorScheme(theme)}
            aria-current={theme === colorScheme || undefined}
            fw={theme === colorScheme ? 600 : undefined}
          >
            {t(`shell.themes.${theme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
