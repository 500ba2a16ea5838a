// The language, colours and digits of the console. The browser keeps them.
import { Stack, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../../frame/language-switch.tsx';
import { changeDigits } from '../../i18n/i18n.ts';
import { type Language, languages, languageTags, type Numerals } from '../../i18n/languages.ts';
import { readNumerals, type Theme, writeNumerals } from '../../i18n/preferences.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { Section } from '../../ui/section.tsx';
import { Choice } from './choice.tsx';

const digitSamples: Readonly<Record<Numerals, string>> = { latn: '123', arab: '١٢٣' };

export function Appearance() {
  const { t } = useTranslation(['account', 'common']);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [numerals, setNumerals] = useState(readNumerals);
  const language = useLanguage();
  const digits = languages[language].numerals;
  return (
    <Section id="appearance" title={t('appearance.title')} text={t('appearance.text')}>
      <Stack gap="md">
        <Choice<Language>
          label={t('appearance.language')}
          value={language}
          onChange={chooseLanguage}
          data={languageTags.map((each) => ({ value: each, label: languages[each].name }))}
        />
        <Choice<Theme>
          label={t('appearance.theme')}
          value={colorScheme}
          onChange={setColorScheme}
          data={(['light', 'dark', 'auto'] as const).map((each) => ({
            value: each,
            label: t(`common:shell.themes.${each}`),
          }))}
        />
        {digits.length > 1 && (
          <Choice<Numerals>
            label={t('appearance.numerals')}
            value={numerals}
            onChange={(chosen) => {
              writeNumerals(chosen);
              setNumerals(chosen);
              // Renders the whole page again with the other digits.
              void changeDigits();
            }}
            data={digits.map((each) => ({ value: each, label: digitSamples[each] }))}
          />
        )}
      </Stack>
    </Section>
  );
}
