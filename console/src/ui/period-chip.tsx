// The period of a link from another page, as a filter that can be removed.
import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useFormats } from './formats.ts';
import type { Period } from './period.ts';

interface PeriodChipProps {
  readonly period: Period;
  readonly clearLabel: string;
  readonly onClear: () => void;
}

/** Renders nothing without a period. */
export function PeriodChip({ period: { from, to }, clearLabel, onClear }: PeriodChipProps) {
  const formats = useFormats();
  if (from === undefined && to === undefined) return null;
  const shown = [from, to].map((end) => (end === undefined ? '…' : formats.dateTime(end))).join(' – ');
  return (
    <Button
      variant="light"
      rightSection={<IconX size={14} aria-hidden />}
      aria-label={`${shown}: ${clearLabel}`}
      onClick={onClear}
    >
      {shown}
    </Button>
  );
}
