// The secrets of a key while two work: the time that is left, and who still uses the old one.
import { Alert, Button, Group, Paper, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconChevronDown } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { keysQueryKey } from '../../entities/keys/api/list-keys.ts';
import { endSecret, type Key, type Secret, secretsQuery } from '../../entities/keys/change/key-api.ts';
import { sayAgo } from '../../entities/keys/change/key-words.ts';
import { isEndingInUse, offeredOverlaps, overlapMs, shareLeft } from '../../entities/keys/change/overlaps.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { Dotted } from '../../ui/dotted.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { Menu } from '../../ui/menu.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { useNow } from '../../ui/use-now.ts';
import classes from './key.module.css';

export function OverlapPanel({ apiKey }: { readonly apiKey: Key }) {
  const { t } = useTranslation('key');
  const { data } = useQuery(secretsQuery(apiKey));
  const secrets = data?.data ?? [];
  const inForce = secrets.find(({ status }) => status === 'in_force');
  const superseded = secrets.filter(({ status }) => status === 'superseded');
  if (inForce === undefined || superseded.length === 0) return null;
  return (
    <Paper component="section" p="lg" className={classes.section} aria-labelledby="overlap-title">
      <Title order={2} id="overlap-title" mb="md">
        {t('overlap.title', { count: superseded.length })}
      </Title>
      <div className={classes.secrets}>
        <div className={classes.secret}>
          <SecretHead label={t('overlap.new')} masked={inForce.masked} />
          <Bar share={1} kind="new" />
          <Text size="sm" c="dimmed">
            {t('overlap.made')} <RelativeTime at={inForce.createdAt} />
          </Text>
        </div>
        {superseded.map((secret) => (
          <OldSecret key={secret.id} secret={secret} rotatedAt={inForce.createdAt} apiKey={apiKey} />
        ))}
      </div>
    </Paper>
  );
}

interface OldSecretProps {
  readonly secret: Secret;
  readonly rotatedAt: string;
  readonly apiKey: Key;
}

function OldSecret({ secret, rotatedAt, apiKey }: OldSecretProps) {
  const { t } = useTranslation('key');
  const { canEdit } = useOrgScope();
  const formats = useFormats();
  const nowMs = useNow();
  const { endsAt, useCount, lastUsedAt, lastUsedAddress, masked } = secret;
  return (
    <div className={classes.secret}>
      <SecretHead label={t('overlap.old')} masked={masked} />
      <Bar share={shareLeft(secret, rotatedAt, nowMs)} kind="old" />
      <Text size="sm">
        {endsAt === null ? (
          t('overlap.untilEnded')
        ) : (
          <>
            {t('overlap.ends')} <RelativeTime at={endsAt} />
          </>
        )}
      </Text>
      <Group justify="space-between" gap="xs" mt={4}>
        <Text size="sm" component="div" className={classes.oldUse} data-used={lastUsedAt !== null || undefined}>
          {lastUsedAt === null ? (
            t('overlap.unused')
          ) : (
            <Dotted>
              <span>
                {t('overlap.stillUsed')}{' '}
                {lastUsedAddress !== null && (
                  <>
                    {t('overlap.by')} <Ltr mono>{lastUsedAddress}</Ltr>
                    {t('overlap.comma')}{' '}
                  </>
                )}
                <RelativeTime at={lastUsedAt} />
              </span>
              <span>{t('overlap.count', { count: useCount })}</span>
            </Dotted>
          )}
        </Text>
        {canEdit && <OverlapActions secret={secret} apiKey={apiKey} />}
      </Group>
      {isEndingInUse(secret, rotatedAt, nowMs) && (
        <Alert color="yellow" mt="xs" p="xs" icon={<IconAlertTriangle size={18} aria-hidden />}>
          {t('overlap.endingInUse', { at: formats.dateTime(endsAt ?? nowMs) })}
        </Alert>
      )}
    </div>
  );
}

function SecretHead({ label, masked }: { readonly label: string; readonly masked: string }) {
  return (
    <div className={classes.secretHead}>
      <Text fw={600} component="span">
        {label}
      </Text>
      <Ltr mono>{masked}</Ltr>
    </div>
  );
}

/** The text beside it says the same. */
function Bar({ share, kind }: { readonly share: number; readonly kind: 'new' | 'old' }) {
  return (
    <div className={classes.bar} aria-hidden>
      <div data-kind={kind} style={{ inlineSize: `${share * 100}%` }} />
    </div>
  );
}

function OverlapActions({ secret, apiKey }: { readonly secret: Secret; readonly apiKey: Key }) {
  const { t } = useTranslation('key');
  const formats = useFormats();
  const nowMs = useNow();
  const queryClient = useQueryClient();
  const [isEnding, setEnding] = useState(false);
  const { org, id } = apiKey;
  const { mutateAsync, isPending } = useMutation({
    mutationFn: (endsIn: string) => endSecret({ org, id }, secret.id, endsIn),
    onSuccess({ endsAt, status }) {
      const at = endsAt === null ? '' : formats.dateTime(endsAt);
      const message =
        status === 'ended'
          ? t('overlap.ended', { masked: secret.masked })
          : t(endsAt === null ? 'overlap.extendedForNow' : 'overlap.extended', { masked: secret.masked, at });
      sayDone(message);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keysQueryKey(org) }),
  });

  function extend(endsIn: string): void {
    mutateAsync(endsIn).catch((error: unknown) => sayFault(describeError(error)));
  }

  const currentEndMs = secret.endsAt === null ? Number.POSITIVE_INFINITY : Date.parse(secret.endsAt);
  const longer = offeredOverlaps(apiKey, nowMs).filter((choice) => nowMs + overlapMs[choice] > currentEndMs);
  const isUsed = secret.lastUsedAt !== null;
  return (
    <Group gap="xs">
      {longer.length > 0 && (
        <Menu>
          <Menu.Target>
            <Button
              size="xs"
              variant="default"
              loading={isPending && !isEnding}
              rightSection={<IconChevronDown size={14} aria-hidden />}
            >
              {t('overlap.extend')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {longer.map((choice) => (
              <Menu.Item key={choice} onClick={() => extend(choice)}>
                {t(`overlap.choices.${choice as Exclude<typeof choice, 'now'>}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <Button size="xs" variant={isUsed ? 'default' : 'light'} onClick={() => setEnding(true)}>
        {t('overlap.end')}
      </Button>
      <ConfirmDialog
        opened={isEnding}
        onClose={() => setEnding(false)}
        title={t('overlap.endTitle')}
        confirmLabel={t('overlap.end')}
        onConfirm={() => mutateAsync('now')}
        isDangerous={isUsed}
      >
        <Text>{t('overlap.endText', { masked: secret.masked })}</Text>
        {secret.lastUsedAt !== null && (
          <Alert color="red" mt="sm" icon={<IconAlertTriangle size={18} aria-hidden />}>
            {secret.lastUsedAddress === null
              ? t('overlap.endInUse', { when: sayAgo(formats, secret.lastUsedAt, nowMs) })
              : t('overlap.endInUseFrom', {
                  when: sayAgo(formats, secret.lastUsedAt, nowMs),
                  address: secret.lastUsedAddress,
                })}
          </Alert>
        )}
      </ConfirmDialog>
    </Group>
  );
}
