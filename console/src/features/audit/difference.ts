// What an entry says was before and after, as rows to be shown: lists member by member.
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

/** Says how often the record was changed, which nobody asks; where it came from is told in words. */
const unshown = new Set(['revision', 'source']);

/** Fields with a value on either side, in the order of the entry; lists without members on both sides are left out. */
export function differencesOf({ before, after }: Pick<AuditEntry, 'before' | 'after'>): readonly Difference[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .filter((field) => !unshown.has(field))
    .flatMap((field): Difference[] => {
      const [was, is] = [before?.[field], after?.[field]];
      if (Array.isArray(was) || Array.isArray(is)) {
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

/** Of what one click on a refusal changed: `denial:den_42`. */
export function isOfFix({ after }: Pick<AuditEntry, 'after'>): boolean {
  return typeof after?.source === 'string' && after.source.startsWith('denial:');
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function toValue(value: unknown): Value {
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as Value);
}
