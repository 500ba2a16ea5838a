// The switches for language and colours.
import { ActionIcon, Button, useMantineColorScheme } from '@mantine/core';
import { type Icon, IconDeviceDesktop, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { changeLanguage } from '../i18n/i18n.ts';
import { type Language, languages, languageTags } from '../i18n/languages.ts';
import { type Theme, writeLanguage } from '../i18n/preferences.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { announce } from '../ui/announcer.tsx';
import { insist } from '../ui/load-fault.tsx';

/** Shows the console in the language. The browser keeps the choice. */
export function chooseLanguage(language: Language): void {
  insist(async () => {
    await changeLanguage(language);
    writeLanguage(language);
  });
}

/** A button for the next language. With two languages, that is the other one. */
export function LanguageSwitch() {
  const at = languageTags.indexOf(useLanguage());
  const other = languageTags[(at + 1) % languageTags.length] ?? 'en';
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      fw={500}
      lang={other}
      leftSection={<IconLanguage size={18} stroke={1.6} aria-hidden />}
      onClick={() => chooseLanguage(other)}
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

/** Switches to the next of three themes. A menu would be loaded with every first page. */
export function ThemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const at = themes.findIndex(({ theme }) => theme === colorScheme);
  const ShownIcon = themes[at]?.icon ?? IconDeviceDesktop;
  const label = `${t('shell.theme')}: ${t(`shell.themes.${colorScheme}`)}`;
  function chooseNext(): void {
    const next = themes[(at + 1) % themes.length]?.theme ?? 'auto';
    setColorScheme(next);
    announce(t(`shell.themes.${next}`));
  }
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" title={label} aria-label={label} onClick={chooseNext}>
      <ShownIcon size={18} stroke={1.6} aria-hidden />
    </ActionIcon>
  );
}
