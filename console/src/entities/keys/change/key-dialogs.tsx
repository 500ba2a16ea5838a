// The dialogs of a key's page. One is open at a time.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { useApiScope } from '../../scope.ts';
import { CreateDialog } from '../create/create-dialog.tsx';
import { useWords } from '../words.ts';
import { valuesOf } from './changes.ts';
import { EditDialog } from './edit-dialog.tsx';
import type { Key } from './key-api.ts';
import type { DialogName } from './key-search.ts';
import { nameOfKey } from './key-words.ts';
import { RevokeDialog } from './revoke-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { useSwitch } from './use-switch.ts';

interface KeyDialogsProps {
  readonly apiKey: Key;
  readonly dialog: DialogName | undefined;
  /** As `EditDialog` has them. */
  readonly addresses?: readonly string[];
  /** The key that the open dialog has made, also before a reload. */
  readonly madeId: string | undefined;
  readonly onMade: (keyId: string) => void;
  readonly onClose: () => void;
}

export function KeyDialogs({ apiKey, dialog, addresses, madeId, onMade, onClose }: KeyDialogsProps) {
  const { api, session } = useApiScope();
  const { t } = useTranslation('key');
  const words = useWords();
  const parts = { apiKey, onClose };
  const made = { madeId, onMade };
  const { status } = apiKey;
  const isOver = status === 'revoked';
  const canSwitch = api.actions.disable && (status === 'active' || status === 'disabled');
  return (
    <>
      {dialog === 'edit' && !isOver && <EditDialog {...parts} addresses={addresses} />}
      {dialog === 'rotate' && !isOver && api.actions.rotate && <RotateDialog {...parts} {...made} />}
      {dialog === 'revoke' && !isOver && <RevokeDialog {...parts} />}
      {(dialog === 'disable' || dialog === 'enable') && canSwitch && (
        <SwitchDialog apiKey={apiKey} to={dialog === 'enable' ? 'on' : 'off'} onClose={onClose} />
      )}
      <CreateDialog
        opened={dialog === 'replace'}
        {...made}
        onClose={() => onClose()}
        title={t('replace.title')}
        note={words.rotateNote ?? t(isOver ? 'replace.ofEnded' : 'replace.text')}
        // The old key has its external id until it is revoked.
        initial={{ ...valuesOf(apiKey, api, session.person.isOperator), ...(!isOver && { externalId: '' }) }}
      />
    </>
  );
}

interface SwitchDialogProps {
  readonly apiKey: Key;
  readonly to: 'on' | 'off';
  readonly onClose: () => void;
}

/** Asks first: a link must not disable or enable a key. */
function SwitchDialog({ apiKey, to, onClose }: SwitchDialogProps) {
  const { t } = useTranslation('key');
  const { switchTo } = useSwitch(apiKey);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t(`switch.${to}Title`, { name: nameOfKey(apiKey) })}
      confirmLabel={t(`switch.${to}`)}
      isDangerous={false}
      onConfirm={() => switchTo(to)}
    >
      <Text>{t(`switch.${to}Text`)}</Text>
    </ConfirmDialog>
  );
}
