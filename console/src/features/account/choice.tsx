// One of a few values, all in view.
import { SegmentedControl, Text } from '@mantine/core';
import { useId } from 'react';

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly data: { value: Value; label: string }[];
}

export function Choice<Value extends string>({ label, value, onChange, data }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div>
      <Text id={id} fw={500} size="sm" mb={4}>
        {label}
      </Text>
      <SegmentedControl<Value> aria-labelledby={id} value={value} onChange={onChange} data={data} />
    </div>
  );
}
