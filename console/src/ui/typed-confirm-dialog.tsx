// Asks the reader to type a name or an address before something is deleted for good.
import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ConfirmDialog, type ConfirmDialogProps } from './confirm-dialog.tsx';

interface TypedConfirmDialogProps extends Omit<ConfirmDialogProps, 'opened' | 'children' | 'canConfirm'> {
  /** What will happen, a paragraph each. */
  readonly texts: readonly string[];
  /** "To confirm, type …" */
  readonly label: string;
  /** What to type. An address may be typed in upper case. */
  readonly wanted: string;
  readonly isAddress?: boolean;
}

export function TypedConfirmDialog({ texts, label, wanted, isAddress = false, ...props }: TypedConfirmDialogProps) {
  const [typed, setTyped] = useState('');
  const isTyped = isAddress ? plain(typed).toLowerCase() === wanted : plain(typed) === plain(wanted);
  return (
    <ConfirmDialog opened canConfirm={isTyped} {...props}>
      <Stack gap="md">
        <Stack gap="xs">
          {texts.map((text) => (
            <span key={text}>{text}</span>
          ))}
        </Stack>
        <TextInput
          {...(isAddress && { type: 'email' })}
          label={label}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          dir={isAddress ? 'ltr' : 'auto'}
          autoComplete="off"
          spellCheck={false}
        />
      </Stack>
    </ConfirmDialog>
  );
}

/** Without the invisible marks of direction, which come along when the text is copied from the page. */
function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u200e\u200f\u2066-\u2069]/g, '')
    .trim();
}
