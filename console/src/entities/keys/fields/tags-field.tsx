// A field for a list of codes, such as addresses. Each entry becomes a chip, written left to right.
import { Pill, TagsInput, type TagsInputProps } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Ltr } from '../../../ui/ltr.tsx';
import classes from './tags-field.module.css';

interface TagsFieldProps {
  readonly id: string;
  readonly label: string;
  readonly description?: ReactNode;
  readonly error?: ReactNode;
  readonly placeholder?: string;
  readonly value: string[];
  readonly onChange: (value: string[]) => void;
  /** Splits a typed or pasted text into entries. */
  readonly split: (text: string) => readonly string[];
  /** Ends an entry while it is typed. */
  readonly separator: RegExp;
  /** Marks an entry. A wrong entry stays, so that the reader can correct it. */
  readonly markOf?: (entry: string) => 'wrong' | 'doubtful' | undefined;
  readonly max: number;
  readonly suggestions?: readonly string[];
}

export function TagsField({
  split,
  separator,
  markOf,
  value,
  onChange,
  max,
  suggestions,
  placeholder,
  ...props
}: TagsFieldProps) {
  const { id, label, description, error } = props;
  const [typed, setTyped] = useState('');
  const put = (entries: readonly string[]) =>
    onChange([...new Set(entries.flatMap((entry) => [...split(entry)]))].slice(0, max));
  const input: TagsInputProps = {
    id,
    label,
    value,
    maxTags: max,
    ...(description !== undefined && { description }),
    ...(error !== undefined && { error }),
    ...(suggestions !== undefined && { data: suggestions.filter((each) => !value.includes(each)) }),
    ...(value.length === 0 && placeholder !== undefined && { placeholder: leftToRight(placeholder) }),
  };
  return (
    <TagsInput
      {...input}
      splitChars={[',', '،', ';', '\n', '\t']}
      onChange={put}
      searchValue={typed}
      // Keyboards of phones don't report the pressed key, so the text is split.
      onSearchChange={(text) => {
        const isEnded = separator.test(text);
        setTyped(isEnded ? '' : text);
        if (isEnded) put([...value, text]);
      }}
      renderPill={({ value: entry, onRemove, disabled }) => (
        <Pill
          withRemoveButton={disabled !== true}
          {...(onRemove !== undefined && { onRemove })}
          className={classes.pill}
          data-mark={entry === undefined ? undefined : markOf?.(entry)}
        >
          <Ltr mono>{entry}</Ltr>
        </Pill>
      )}
      spellCheck={false}
      autoCapitalize="none"
      autoComplete="off"
      classNames={{ inputField: classes.entry }}
    />
  );
}

/** Wraps the text in isolates (Unicode UAX 9), because attributes can't hold a `bdi`. */
function leftToRight(text: string): string {
  return `\u2066${text}\u2069`;
}
