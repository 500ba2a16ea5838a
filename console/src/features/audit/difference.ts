// The differences between before and after, as rows. Lists and objects differ entry by entry.
import type { AuditEntry } from './audit-query.ts';

export type Value = string | number | boolean | null;

export type Difference =
  | { readonly field: string; readonly kind: 'value'; readonly before: Value; readonly after: Value }
  | {
      readonly field: string;
      readonly kind: 'list';
      readonly kept: readonly string[];
      readonly added: readonly string[];
      readonly removed: readonly string[];
    };

/** Fields that no row shows: the count of changes, and the source, which has words elsewhere. */
const unshown = new Set(['revision', 'source']);

/**
 * Returns the fields with a value on either side, in the order of the entry. Lists that are empty on both sides are
 * left out.
 */
export function differencesOf({ before, after }: Pick<AuditEntry, 'before' | 'after'>): readonly Difference[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .filter((field) => !unshown.has(field))
    .flatMap((field): Difference[] => {
      const [was, is] = [before?.[field], after?.[field]];
      if (isObject(was) || isObject(is)) {
        const [old, now] = [textsOf(was), textsOf(is)];
        if (old.length === 0 && now.length === 0) return [];
        return [
          {
            field,
            kind: 'list',
            kept: now.filter((each) => old.includes(each)),
            added: now.filter((each) => !old.includes(each)),
            removed: old.filter((each) => !now.includes(each)),
          },
        ];
      }
      const [first, last] = [toValue(was), toValue(is)];
      return first === null && last === null ? [] : [{ field, kind: 'value', before: first, after: last }];
    });
}

/** Whether a fix made the entry. Its source is then a denial: `denial:den_42`. */
export function isOfFix({ after }: Pick<AuditEntry, 'after'>): boolean {
  return typeof after?.source === 'string' && after.source.startsWith('denial:');
}

/** A list too. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return isObject(value) ? Object.entries(value).map(([name, member]) => `${name}: ${String(member)}`) : [];
}

function toValue(value: unknown): Value {
  if (value === undefined || value === null || value === '') return null;
  return value as Value;
}
