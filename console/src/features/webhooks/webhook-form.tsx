// The fields of a webhook, for a new one and for a change.
import { Checkbox, Radio, Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import type { Place } from '../../entities/place.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { offeredTypes } from './event-groups.ts';
import classes from './webhooks.module.css';
import type { EventType, Webhook } from './webhooks-api.ts';

export interface WebhookValues {
  name: string;
  url: string;
  choice: 'all' | 'some';
  types: EventType[];
}

/** What the server takes as `types`. */
export function typesOf({ choice, types }: WebhookValues): EventType[] | null {
  return choice === 'all' ? null : types;
}

interface WebhookFormProps {
  readonly place: Place;
  readonly format: Webhook['format'];
  readonly form: UseFormReturnType<WebhookValues>;
  /** The server's texts on wrong fields, by name. */
  readonly faults: Readonly<Record<string, string>>;
}

export function WebhookForm({ place, format, form, faults }: WebhookFormProps) {
  const { t } = useTranslation('webhooks');
  const [name, url, choice] = [form.getInputProps('name'), form.getInputProps('url'), form.getInputProps('choice')];
  return (
    <Stack gap="lg">
      <TextInput
        label={t('fields.name')}
        autoComplete="off"
        maxLength={100}
        data-autofocus
        {...name}
        error={name.error ?? faults.name}
      />
      <TextInput
        type="url"
        dir="ltr"
        inputMode="url"
        autoComplete="off"
        label={t(format === 'alertmanager' ? 'fields.alertsUrl' : 'fields.url')}
        placeholder={format === 'alertmanager' ? 'https://alerts.example.com' : 'https://example.com/webhooks'}
        {...url}
        error={url.error ?? faults.url}
      />
      <Radio.Group label={t('fields.types')} {...choice}>
        <Stack gap="sm" mt={6}>
          <Radio
            value="all"
            label={t(format === 'alertmanager' ? 'types.allAlerts' : 'types.all')}
            description={t('types.allHint')}
          />
          <Radio value="some" label={t('types.some')} />
        </Stack>
      </Radio.Group>
      {form.values.choice === 'some' && (
        <Checkbox.Group {...form.getInputProps('types')} aria-label={t('fields.types')}>
          <div className={classes.groups}>
            {offeredTypes(place, format).map(({ group, types }) => (
              <fieldset key={group} className={classes.group}>
                <legend>{t(`groups.${group}`)}</legend>
                <Stack gap="xs">
                  {types.map((type) => (
                    <Checkbox
                      key={type}
                      value={type}
                      label={t(`events.${type}`)}
                      description={<Ltr mono>{type}</Ltr>}
                    />
                  ))}
                </Stack>
              </fieldset>
            ))}
          </div>
        </Checkbox.Group>
      )}
    </Stack>
  );
}

/** Checks the fields. */
export function useWebhookRules() {
  const { t } = useTranslation(['webhooks', 'auth']);
  return {
    name: (name: string) => (name.trim() === '' ? t('auth:faults.required') : null),
    url: (url: string) => (URL.canParse(url.trim()) ? null : t('faults.url')),
    types: (types: EventType[], { choice }: WebhookValues) =>
      choice === 'some' && types.length === 0 ? t('faults.types') : null,
  };
}
