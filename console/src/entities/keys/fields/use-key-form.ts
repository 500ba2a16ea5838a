// The state of a key's form, for a new key and for an edit.
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldFaults } from '../../../api/problem.ts';
import { useSubmit } from '../../../ui/use-submit.ts';
import { useApiScope } from '../../scope.ts';
import { checkValues, type KeyFaults, placeFaults } from './check-values.ts';
import type { KeyValues } from './key-values.ts';

export interface KeyForm {
  /** For the `form` element: its first field at fault gets the focus. */
  readonly ref: RefObject<HTMLFormElement | null>;
  readonly values: KeyValues;
  /** The texts of the faults, each at its field. */
  readonly faults: KeyFaults;
  /** What belongs to no field. `null`: nothing. */
  readonly error: unknown;
  readonly isPending: boolean;
  readonly change: (part: Partial<KeyValues>) => void;
  /** Starts again from other values. */
  readonly restart: (values: KeyValues) => void;
  /** Whether the values may be sent. `fields`: the ones that count; default: all. */
  readonly check: (fields?: readonly (keyof KeyValues)[]) => boolean;
  /** Runs one call at a time. A failure becomes `faults`, and `onFaults` is called, or `error`. */
  readonly send: (call: () => Promise<void>, onFaults?: () => void) => Promise<void>;
}

/** `initial` is called once, for the first values. */
export function useKeyForm(initial: () => KeyValues): KeyForm {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const ref = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState(initial);
  const [faults, setFaults] = useState<KeyFaults>({});
  const { isPending, error, clearError, submit } = useSubmit();

  // The field is marked by now.
  useEffect(() => {
    if (Object.keys(faults).length > 0) ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);

  return {
    ref,
    values,
    faults,
    error,
    isPending,
    change(part) {
      setValues((current) => ({ ...current, ...part }));
      clearError();
      setFaults((current) => {
        const kept = Object.entries(current).filter(([field]) => !(field in part));
        return kept.length === Object.keys(current).length ? current : Object.fromEntries(kept);
      });
    },
    restart(next) {
      setValues(next);
      setFaults({});
    },
    check(fields) {
      const found = Object.entries(checkValues(values, api, t, Date.now()));
      const counted = found.filter(([field]) => fields === undefined || fields.some((each) => each === field));
      setFaults(Object.fromEntries(counted));
      return counted.length === 0;
    },
    send: (call, onFaults) =>
      submit(async () => {
        try {
          await call();
        } catch (failure) {
          const placed = placeFaults(fieldFaults(failure));
          if (Object.keys(placed).length === 0) throw failure;
          setFaults(placed);
          onFaults?.();
        }
      }),
  };
}
