// The audit entry of a reload: who, on which node, from which configuration to which. It has no values of settings.
import { auditOf } from '../domain/actor.ts';
import type { AuditEntry } from '../domain/audit-record.ts';
import type { ReloadAuthor, ReloadChange } from './installation-ports.ts';

/** The entry for a reload that `nodeId` is about to apply. A signal has no author, so the system is its actor. */
export function auditOfReload(
  author: ReloadAuthor,
  atMs: number,
  nodeId: string,
  { before, after, changed, needRestart }: ReloadChange,
): AuditEntry {
  const did = {
    action: 'config.reloaded',
    target: { kind: 'node', id: nodeId },
    orgId: null,
    before: { configuration: before },
    after: { configuration: after, changed, ...(needRestart.length > 0 && { needRestart }) },
  } as const;
  if (author.kind === 'operator') return auditOf({ ...author, via: 'admin_api' }, atMs, did);
  const actor = { kind: 'system', id: null, label: 'SIGHUP' } as const;
  return { atMs, actor, via: 'signal', address: null, requestId: null, ...did };
}
