// A list of short texts that are code: addresses, endpoints, sites. Each becomes a chip, left to right, as it is typed or pasted.
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
  /** Entries of what was typed or pasted. */
  readonly split: (text: string) => readonly string[];
  /** What ends an entry while it is typed. */
  readonly separator: RegExp;
  /** What the entry is marked as; a wrong one stays, so that it can be mended. */
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
      // Keyboards of phones don't tell which key was pressed: what is split is the text.
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

/** Between isolates (Unicode UAX 9): attributes can't hold a `bdi`. */
function leftToRight(text: string): string {
  return `\u2066${text}\u2069`;
}
