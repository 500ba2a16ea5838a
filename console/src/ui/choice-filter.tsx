// Narrows a list to one of a few choices, or to none of them.
import { NativeSelect, type NativeSelectProps } from '@mantine/core';

interface ChoiceFilterProps<T extends string> extends Pick<NativeSelectProps, 'w' | 'className'> {
  readonly label: string;
  /** The choice of none: "Any reason". */
  readonly any: string;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
  /** `undefined`: not narrowed. */
  readonly value: T | undefined;
  readonly onChange: (value: T | undefined) => void;
}

export function ChoiceFilter<T extends string>({
  label,
  any,
  choices,
  value,
  onChange,
  ...props
}: ChoiceFilterProps<T>) {
  return (
    <NativeSelect
      aria-label={label}
      data={[{ value: '', label: any }, ...choices]}
      value={value ?? ''}
      onChange={({ currentTarget }) => onChange(choices.find((choice) => choice.value === currentTarget.value)?.value)}
      {...props}
    />
  );
}
