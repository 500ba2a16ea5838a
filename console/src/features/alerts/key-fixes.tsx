// What would help the key of an alert, with the dialogs of the key's page, and what has changed since the alert.
import { Button, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeRow } from '../../entities/audit/change-row.tsx';
import { type Key, keyQuery } from '../../entities/keys/change/key-api.ts';
import type { DialogName } from '../../entities/keys/change/key-search.ts';
import { useDialogInAddress } from '../../entities/keys/change/use-dialog-in-address.ts';
import { KeyStatus } from '../../entities/keys/key-status.tsx';
import { useApiScope, useOrgScope } from '../../entities/scope.ts';
import { useFormats } from '../../ui/formats.ts';
import { lazyDialog } from '../../ui/lazy-part.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { SkeletonRows } from '../../ui/states.tsx';
import { useNow } from '../../ui/use-now.ts';
import classes from './alerts.module.css';
import { changesQuery, type OpenedAlert } from './alerts-api.ts';

const KeyDialogs = lazyDialog(() => import('../../entities/keys/change/key-dialogs.tsx'), 'KeyDialogs', [
  'denials',
  'key',
  'keys',
]);

const route = getRouteApi('/signed-in/orgs/$org/alerts/$alert');

interface KeyFixesProps {
  readonly org: string;
  readonly alert: OpenedAlert;
}

export function KeyFixes({ org, alert }: KeyFixesProps) {
  const { t } = useTranslation('alerts');
  const { config } = useOrgScope();
  const { data: key } = useQuery({ ...keyQuery({ org, id: alert.subject.id }), enabled: alert.key !== null });
  const isForeign = alert.key !== null && !config.apis.some(({ id }) => id === alert.api);
  const isInScope = useScopeOf(isForeign ? undefined : key);
  return (
    <>
      <Section title={t('fixes.title')} {...(alert.fixes.length > 0 && { text: t('fixes.text') })}>
        {isForeign ? (
          <Text c="dimmed">{t('fixes.foreign')}</Text>
        ) : alert.key === null || alert.fixes.length === 0 ? (
          <Text c="dimmed">{t('fixes.none')}</Text>
        ) : key === undefined || !isInScope ? (
          <SkeletonRows rows={3} />
        ) : (
          <Fixes alert={alert} apiKey={key} />
        )}
      </Section>
      {alert.key !== null && <Changes org={org} alert={alert} />}
    </>
  );
}

/** Shows the API and the environment of the key in the frame, as the dialogs need it. `true`: it does. */
function useScopeOf(key: Key | undefined): boolean {
  const { api, environment } = useOrgScope();
  const navigate = route.useNavigate();
  const isInScope =
    key !== undefined && api?.id === key.api && (environment === key.environment || api.environments.length === 1);
  useEffect(() => {
    if (key === undefined || isInScope) return;
    const scope = { api: key.api, env: key.environment === 'test' ? ('test' as const) : undefined };
    void navigate({ to: '.', search: (current) => ({ ...current, ...scope }), replace: true });
  }, [isInScope, key, navigate]);
  return isInScope;
}

type Fix = OpenedAlert['fixes'][number];

/** The dialog of each operation. */
const dialogs: Readonly<Record<Fix['operation'], DialogName>> = {
  restrict: 'edit',
  rotate: 'rotate',
  disable: 'disable',
  revoke: 'revoke',
};

interface FixesProps {
  readonly alert: OpenedAlert;
  readonly apiKey: Key;
}

function Fixes({ alert, apiKey }: FixesProps) {
  const { api } = useApiScope();
  const { dialog, madeId, setDialog, setMade } = useDialogInAddress();
  const addresses = alert.fixes.flatMap(learnedOf);
  return (
    <>
      <Group gap="sm" mb="md">
        <Text size="sm" component="div">
          <Ltr mono>{apiKey.masked}</Ltr>
        </Text>
        <KeyStatus status={apiKey.status} actions={api.actions} />
      </Group>
      {alert.fixes.map((fix) => (
        <FixRow
          key={fix.operation}
          fix={fix}
          apiKey={apiKey}
          raisedAt={alert.raisedAt}
          onOpen={() => setDialog(dialogs[fix.operation])}
        />
      ))}
      <KeyDialogs
        key={dialog}
        opened={dialog !== undefined}
        apiKey={apiKey}
        dialog={dialog}
        {...(addresses.length > 0 && { addresses })}
        madeId={madeId}
        onMade={setMade}
        onClose={() => setDialog(undefined)}
      />
    </>
  );
}

/** The addresses that a fix proposes. */
function learnedOf({ operation, body }: Fix): readonly string[] {
  const { addresses } = (body ?? {}) as { readonly addresses?: readonly string[] };
  return operation === 'restrict' ? (addresses ?? []) : [];
}

interface FixRowProps {
  readonly fix: Fix;
  readonly apiKey: Key;
  readonly raisedAt: string;
  readonly onOpen: () => void;
}

function FixRow({ fix, apiKey, raisedAt, onOpen }: FixRowProps) {
  const { t } = useTranslation(['alerts', 'key']);
  const formats = useFormats();
  const nowMs = useNow();
  const { api } = useApiScope();
  const { operation } = fix;
  const learned = learnedOf(fix);
  const isRestricted = operation === 'restrict' && isSameSet(learned, apiKey.addresses);
  const isRotated = operation === 'rotate' && Date.parse(apiKey.secretCreatedAt) > Date.parse(raisedAt);
  const { revokeWord } = api.actions;
  const text = isRestricted
    ? t('fixes.restrict.done')
    : isRotated
      ? t('fixes.rotate.done', { when: formats.relative(apiKey.secretCreatedAt, nowMs) })
      : t(`fixes.${operation}.text`);
  return (
    <div className={classes.fix}>
      <div>
        <Title order={3}>
          {operation === 'revoke' ? t(`key:revoke.${revokeWord}.title`) : t(`fixes.${operation}.title`)}
        </Title>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
        {learned.length > 0 && (
          <ul className={classes.addresses}>
            {learned.map((address) => (
              <li key={address}>
                <Ltr mono>{address}</Ltr>
              </li>
            ))}
          </ul>
        )}
      </div>
      {!isRestricted && (
        <Button variant="default" onClick={onOpen}>
          {operation === 'revoke' ? t(`key:revoke.${revokeWord}.button`) : t(`fixes.${operation}.open`)}
        </Button>
      )}
    </div>
  );
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}

/** From the audit log, so that it says the same after a reload and to other readers. */
function Changes({ org, alert: { subject, raisedAt } }: KeyFixesProps) {
  const { t } = useTranslation('alerts');
  const { data: changes } = useQuery(changesQuery(org, subject.id, raisedAt));
  return (
    <Section title={t('changes.title')} kind={changes !== undefined && changes.length > 0 ? 'rows' : 'plain'}>
      {changes === undefined ? (
        <SkeletonRows rows={1} />
      ) : changes.length === 0 ? (
        <Text c="dimmed">{t('changes.none')}</Text>
      ) : (
        <Rows label={t('changes.title')}>
          {changes.map((change) => (
            <ChangeRow key={change.seq} change={change} />
          ))}
        </Rows>
      )}
    </Section>
  );
}
