// Makes the end of a key in use take an effort: the reader types the last four characters of its secret.
import { TextInput } from '@mantine/core';
import { useState } from 'react';

/** Returns the last characters that a masked secret shows. */
export function tailOf({ masked }: { readonly masked: string }): string {
  return masked.slice(masked.indexOf('…') + 1);
}

interface TypeTailProps {
  /** The text with what to type. */
  readonly label: string;
  /** Why it is asked. */
  readonly why: string;
  readonly tail: string;
  readonly onTyped: (isRight: boolean) => void;
}

export function TypeTail({ label, why, tail, onTyped }: TypeTailProps) {
  const [typed, setTyped] = useState('');
  return (
    <TextInput
      label={label}
      description={why}
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        onTyped(value.trim() === tail);
      }}
      dir="ltr"
      autoComplete="off"
      spellCheck={false}
      styles={{ wrapper: { maxInlineSize: '10rem' } }}
    />
  );
}

const dayMs = 86_400_000;

/** Whether the key was used in the last 24 hours. */
export function isInUse({ lastUsedAt }: { readonly lastUsedAt: string | null }, nowMs: number): boolean {
  return lastUsedAt !== null && nowMs - Date.parse(lastUsedAt) < dayMs;
}
