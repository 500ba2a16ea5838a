// Says why a key does not work or soon won't, and offers the fix.
import { Alert, Button, Group } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../../entities/keys/change/key-api.ts';
import { useSwitch } from '../../entities/keys/change/use-switch.ts';
import { useRotationDue } from '../../entities/keys/rotation-due.tsx';
import { useWords } from '../../entities/keys/words.ts';
import { useApiScope } from '../../entities/scope.ts';
import { useFormats } from '../../ui/formats.ts';
import { useNow } from '../../ui/use-now.ts';

interface KeyNoticeProps {
  readonly apiKey: Key;
  readonly onEdit: () => void;
}

const dayMs = 86_400_000;
/** Warns this many days before the expiry. */
const soonDays = 14;

export function KeyNotice({ apiKey, onEdit }: KeyNoticeProps) {
  const { t } = useTranslation(['key', 'keys']);
  const { api, canEdit } = useApiScope();
  const formats = useFormats();
  const nowMs = useNow();
  const words = useWords();
  const oldDays = useRotationDue(apiKey);
  const { switchTo, isPending } = useSwitch(apiKey);
  const { status, addresses, expiresAt, revokedAt, disabledAt } = apiKey;
  const { offered, emptyMeans } = api.fields.addresses;
  const edit = (label: string) =>
    canEdit && (
      <Button size="xs" variant="default" onClick={onEdit}>
        {label}
      </Button>
    );

  if (status === 'revoked') {
    const at = revokedAt === null ? '' : formats.dateTime(revokedAt);
    return <Notice color="red" text={t(`notice.over.${api.actions.revokeWord}`, { at })} />;
  }
  if (status === 'expired') {
    const at = expiresAt === null ? '' : formats.dateTime(expiresAt);
    return <Notice color="red" text={t('notice.expired', { at })} action={edit(t('notice.extend'))} />;
  }
  if (status === 'disabled') {
    const at = disabledAt === null ? '' : formats.dateTime(disabledAt);
    const enable = canEdit && (
      <Button size="xs" variant="default" loading={isPending} onClick={() => void switchTo('on')}>
        {t('switch.on')}
      </Button>
    );
    return <Notice color="gray" text={t('notice.disabled', { at })} action={enable} />;
  }
  if (offered && emptyMeans === 'deny' && addresses.length === 0) {
    const text = words.addressesEmpty ?? t('keys:notes.blocked');
    return <Notice color="red" text={t('notice.blocked', { blocked: text })} action={edit(t('notice.addAddress'))} />;
  }
  if (expiresAt !== null && Date.parse(expiresAt) - nowMs < soonDays * dayMs) {
    const text = t('notice.expiring', { when: formats.relative(expiresAt, nowMs) });
    return <Notice color="yellow" text={text} action={edit(t('notice.extend'))} />;
  }
  if (oldDays !== undefined) {
    const text = t('notice.old', { count: oldDays });
    return <Notice color="yellow" text={[text, words.rotateNote].filter((each) => each !== undefined).join(' ')} />;
  }
  return null;
}

interface NoticeProps {
  readonly color: string;
  readonly text: string;
  readonly action?: React.ReactNode;
}

function Notice({ color, text, action }: NoticeProps) {
  return (
    <Alert color={color} icon={<IconAlertTriangle size={18} aria-hidden />}>
      <Group justify="space-between" gap="sm">
        <span>{text}</span>
        {action}
      </Group>
    </Alert>
  );
}
