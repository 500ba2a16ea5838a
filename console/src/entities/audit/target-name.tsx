// What a change was about: the current name, else the name in the entry, else the id.
import type { components } from '../../api/schema.ts';
import { Ltr, Name } from '../../ui/ltr.tsx';

type Entry = Pick<components['schemas']['AuditRecord'], 'target' | 'before' | 'after'> & {
  readonly targetName?: string | null;
};

export function TargetName({ entry: { target, targetName, before, after } }: { readonly entry: Entry }) {
  if (target.kind === 'org') return null;
  const said = [targetName, after?.name, before?.name, after?.email, before?.email].find(
    (each) => typeof each === 'string' && each !== '',
  );
  return typeof said === 'string' ? <Name>{said}</Name> : <Ltr mono>{target.id}</Ltr>;
}
