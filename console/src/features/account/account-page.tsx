// The reader's account: who they are, and how the console looks to them.
import { Paper, SegmentedControl, Stack, Text, Title, useMantineColorScheme } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../../app/language-switch.tsx';
import { useScope } from '../../app/scope.ts';
import { Ltr, Name } from '../../components/ltr.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { type Language, languages, type Numerals } from '../../i18n/languages.ts';
import { readNumerals, type Theme, writeNumerals } from '../../i18n/preferences.ts';

export function AccountPage() {
  const { t } = useTranslation('account');
  const { person } = useScope().session;
  return (
    <>
      <PageHeader title={t('title')} />
      <Stack gap="lg" maw="44rem">
        <Paper p="lg" component="section">
          <Text fw={600}>
            <Name>{person.name}</Name>
          </Text>
          <Text c="dimmed">
            <Ltr>{person.email}</Ltr>
          </Text>
        </Paper>
        <Appearance />
      </Stack>
    </>
  );
}

function Appearance() {
  const { t, i18n } = useTranslation(['account', 'common']);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [numerals, setNumerals] = useState(readNumerals);
  return (
    <Paper p="lg" component="section">
      <Title order={2} mb="md">
        {t('appearance.title')}
      </Title>
      <Stack gap="md">
        <Choice<Language>
          label={t('appearance.language')}
          value={i18n.language as Language}
          onChange={(language) => void chooseLanguage(language)}
          data={(Object.keys(languages) as Language[]).map((each) => ({ value: each, label: languages[each].name }))}
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
        {i18n.language === 'ar' && (
          <Choice<Numerals>
            label={t('appearance.numerals')}
            value={numerals}
            onChange={(chosen) => {
              writeNumerals(chosen);
              setNumerals(chosen);
              // Everything on the page is said anew with the other digits.
              void i18n.changeLanguage(i18n.language);
            }}
            data={[
              { value: 'latn', label: '123' },
              { value: 'arab', label: '١٢٣' },
            ]}
          />
        )}
      </Stack>
    </Paper>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly data: { value: Value; label: string }[];
}

function Choice<Value extends string>({ label, value, onChange, data }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div>
      <Text id={id} fw={500} mb={4}>
        {label}
      </Text>
      <SegmentedControl<Value> aria-labelledby={id} value={value} onChange={onChange} data={data} />
    </div>
  );
}
