// Sets the numbers of a rule and enables it, after a preview of the last 30 days.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sayDone } from '../../ui/done-toast.tsx';
import { Dotted } from '../../ui/dotted.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Name } from '../../ui/ltr.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { useSubmit } from '../../ui/use-submit.ts';
import { AlertSubject } from './alert-subject.tsx';
import classes from './alerts.module.css';
import { type Preview, previewRule, type Rule, rulesQuery, type Settings, updateRule } from './alerts-api.ts';
import { useEvidenceNumbers } from './evidence-numbers.ts';

interface RuleDialogProps {
  readonly rule: Rule;
  readonly onClose: () => void;
}

type Setting = Rule['settings'][number];

export function RuleDialog({ rule, onClose }: RuleDialogProps) {
  const { t } = useTranslation(['alerts', 'common']);
  const queryClient = useQueryClient();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(rule.settings.map(({ name, value }) => [name, String(value)])),
  );
  const [isChecked, setChecked] = useState(false);
  /** What was previewed, and with which numbers. */
  const [seen, setSeen] = useState<{ readonly preview: Preview; readonly settings: Settings }>();
  const { isPending, error, submit, clearError } = useSubmit();
  const settings: Settings = Object.fromEntries(rule.settings.map(({ name }) => [name, Number(texts[name])]));
  const isChanged = rule.settings.some(({ name, value }) => settings[name] !== value);

  function showPreview(event: FormEvent): void {
    event.preventDefault();
    setChecked(true);
    if (!rule.settings.every((setting) => isWithin(setting, texts[setting.name] ?? ''))) return;
    void submit(async () => setSeen({ preview: await previewRule(rule.id, settings), settings }));
  }

  function save(numbers: Settings): void {
    void submit(async () => {
      await updateRule(rule.id, { on: true, settings: numbers });
      sayDone(t(rule.on ? 'setRules.saved' : 'setRules.enabled'));
      await queryClient.invalidateQueries({ queryKey: rulesQuery.queryKey });
      onClose();
    });
  }

  return (
    <ResponsiveDialog opened onClose={onClose} title={t(`rules.${rule.id}.found`)} width={640}>
      {seen === undefined ? (
        <form onSubmit={showPreview} noValidate>
          <Stack gap="md">
            <Text>{t(`rules.${rule.id}.when`)}</Text>
            <div className={classes.numbers}>
              {rule.settings.map((setting) => (
                <NumberField
                  key={setting.name}
                  setting={setting}
                  text={texts[setting.name] ?? ''}
                  isChecked={isChecked}
                  onChange={(text) => {
                    clearError();
                    setTexts((current) => ({ ...current, [setting.name]: text }));
                  }}
                />
              ))}
            </div>
            <FormError error={error} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose} disabled={isPending}>
                {t('common:actions.cancel')}
              </Button>
              <Button type="submit" loading={isPending}>
                {t('setRules.preview')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack gap="md">
          <PreviewResult preview={seen.preview} />
          <FormError error={error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setSeen(undefined)} disabled={isPending} autoFocus>
              {t('common:actions.back')}
            </Button>
            {(!rule.on || isChanged) && (
              <Button loading={isPending} onClick={() => save(seen.settings)}>
                {t(rule.on ? 'setRules.confirmChange' : 'setRules.confirmEnable')}
              </Button>
            )}
          </Group>
        </Stack>
      )}
    </ResponsiveDialog>
  );
}

function isWithin({ min, max }: Setting, text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max;
}

interface NumberFieldProps {
  readonly setting: Setting;
  readonly text: string;
  /** Whether a fault is shown. */
  readonly isChecked: boolean;
  readonly onChange: (text: string) => void;
}

function NumberField({ setting, text, isChecked, onChange }: NumberFieldProps) {
  const { t } = useTranslation('alerts');
  const formats = useFormats();
  const { name, min, max, unit } = setting;
  const bounds = { min: formats.number(min), max: formats.number(max), default: formats.number(setting.default) };
  const hasFault = isChecked && !isWithin(setting, text);
  return (
    <TextInput
      label={`${t(`settings.${name}.label`)} (${t(`units.${unit}`)})`}
      description={`${t(`settings.${name}.hint`)} ${t('setRules.bounds', bounds)}`}
      inputMode="numeric"
      dir="ltr"
      autoComplete="off"
      value={text}
      onChange={({ currentTarget }) => onChange(currentTarget.value.trim())}
      {...(hasFault && { error: t('setRules.fault', bounds) })}
    />
  );
}

function PreviewResult({ preview }: { readonly preview: Preview }) {
  const { t } = useTranslation('alerts');
  const formats = useFormats();
  const describe = useEvidenceNumbers();
  const { alerts, subjects, keysReplayed, keysUsed, latest } = preview;
  return (
    <>
      <div role="status">
        <div className={classes.counted}>
          {alerts === 0 ? t('setRules.quiet') : t('setRules.counted', { count: alerts })}
        </div>
        <Text c="dimmed">{alerts === 0 ? t('setRules.noneSuch') : t('setRules.subjects', { count: subjects })}</Text>
        {keysUsed > keysReplayed && (
          <Text c="dimmed">{t('setRules.partly', { replayed: keysReplayed, used: keysUsed })}</Text>
        )}
      </div>
      {latest.length > 0 && (
        <section aria-label={t('setRules.latest')}>
          <Text fw={600}>{t('setRules.latest')}</Text>
          <Rows label={t('setRules.latest')}>
            {latest.map((each) => (
              <Row
                key={`${each.subject.id} ${each.hour}`}
                title={<AlertSubject alert={each} />}
                text={
                  <Dotted>
                    {each.orgName !== null && <Name>{each.orgName}</Name>}
                    <span>{formats.dateTime(each.hour)}</span>
                    {describe(each.evidence).map(([name, number]) => (
                      <span key={name}>
                        {name}: {number}
                      </span>
                    ))}
                  </Dotted>
                }
              />
            ))}
          </Rows>
        </section>
      )}
    </>
  );
}
