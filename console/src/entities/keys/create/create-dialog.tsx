// Creates a key: the form, then its secret in the same dialog.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/create-key.ts';
import type { KeyValues } from '../fields/key-values.ts';
import { MadeKeyDialog } from '../reveal/made-key-dialog.tsx';
import { useWords } from '../words.ts';
import { KeyForm } from './key-form.tsx';

interface CreateDialogProps {
  readonly opened: boolean;
  /** As `MadeKeyDialog` has them. */
  readonly madeId: string | undefined;
  readonly onMade: (keyId: string) => void;
  readonly onClose: (made?: Key) => void;
  readonly initial?: Partial<KeyValues>;
  /** Default: the title for a new key. */
  readonly title?: string;
  /** Shown above the form: the purpose of this key. */
  readonly note?: string;
}

export function CreateDialog(props: CreateDialogProps) {
  return props.opened ? <OpenDialog {...props} /> : null;
}

function OpenDialog({ madeId, onMade, onClose, initial, title, note }: CreateDialogProps) {
  const { t } = useTranslation('keys');
  const words = useWords();
  return (
    <MadeKeyDialog
      title={title ?? words.createKey ?? t('create.title')}
      madeTitle={t('reveal.title')}
      announcement={t('reveal.announced')}
      madeId={madeId}
      onMade={onMade}
      onClose={onClose}
    >
      {(show) => (
        <>
          {note !== undefined && (
            <Text c="dimmed" mb="md">
              {note}
            </Text>
          )}
          <KeyForm {...(initial !== undefined && { initial })} onMade={show} onCancel={() => onClose()} />
        </>
      )}
    </MadeKeyDialog>
  );
}
