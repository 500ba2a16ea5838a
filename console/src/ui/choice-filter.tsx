// A filter with a few choices.
import { NativeSelect, type NativeSelectProps } from '@mantine/core';

interface ChoiceFilterProps<T extends string> extends Pick<NativeSelectProps, 'w' | 'className'> {
  readonly label: string;
  /** The label without a choice: "Any reason". */
  readonly any: string;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
  /** `undefined`: no choice. */
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
