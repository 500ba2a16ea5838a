// Which erased parts a chain accounts for, and which it does not.
import { describe, expect, test } from 'vitest';
import {
  type AuditRecord,
  type AuditSeals,
  chainStart,
  digestPart,
  hashAuditEntry,
  type KeptEntry,
  newSeals,
} from '../domain/audit-record.ts';
import { verifyChain } from './chain.ts';

const person = 'per_amal';
const org = 'org_nablus';

interface Step {
  readonly entry?: Partial<KeptEntry>;
  /** The number of the deletion, for each erased part. */
  readonly erased?: { readonly author?: number; readonly state?: number };
}

function deletionOf(action: 'org.deleted' | 'person.deleted', id: string, mentions: readonly number[] = []): Step {
  const kind = action === 'org.deleted' ? 'org' : 'person';
  return { entry: { action, target: { kind, id }, actor: operator, orgId: null, after: { mentions } } };
}

const operator = { kind: 'operator', id: null, label: 'operator token' } as const;

/** A chain whose parts were erased after it was written. */
function chainOf(...steps: readonly Step[]): AuditRecord[] {
  let previousHash = chainStart;
  return steps.map(({ entry, erased = {} }, at) => {
    const written: KeptEntry = {
      atMs: at,
      actor: { kind: 'member', id: person, label: 'amal@example.com' },
      ...{ via: 'console', address: '192.0.2.1', requestId: null, action: 'key.updated' },
      ...{ target: { kind: 'key', id: 'key_1' }, orgId: org, before: null, after: { name: 'Kiosk' } },
      ...entry,
    };
    const seq = at + 1;
    const live = newSeals();
    const hash = hashAuditEntry(written, seq, previousHash, live);
    const sealOf = (part: 'author' | 'state') => {
      const erasedBy = erased[part];
      return erasedBy === undefined ? live[part] : { digest: digestPart(written, part, live[part]), erasedBy };
    };
    const seals: AuditSeals = { author: sealOf('author'), state: sealOf('state') };
    const record: AuditRecord = {
      ...written,
      ...(erased.author !== undefined && { actor: { ...written.actor, label: null }, address: null }),
      ...(erased.state !== undefined && { before: null, after: null }),
      ...{ seq, seals, previousHash, hash },
    };
    previousHash = hash;
    return record;
  });
}

async function* batchOf(records: readonly AuditRecord[]) {
  yield records;
}

async function faultOf(...steps: readonly Step[]) {
  return (await verifyChain(batchOf(chainOf(...steps)))).fault;
}

const byKey = { actor: { kind: 'key', id: 'key_1', label: 'sk_live_1a2b…9f3c' } } as const;
const invited = { target: { kind: 'invitation', id: 'inv_1' } } as const;

describe('verifies', () => {
  test.for<[what: string, ...steps: Step[]]>([
    ['what a person did', { erased: { author: 2 } }, deletionOf('person.deleted', person)],
    [
      'what was done to a person',
      { entry: { target: { kind: 'person', id: person } }, erased: { state: 2 } },
      deletionOf('person.deleted', person),
    ],
    ['what named a person', { entry: invited, erased: { state: 2 } }, deletionOf('person.deleted', 'per_badr', [1])],
    ['what an organization did', { erased: { state: 2 } }, deletionOf('org.deleted', org)],
    ['what a key of an organization did', { entry: byKey, erased: { author: 2 } }, deletionOf('org.deleted', org)],
    [
      'what two deletions erased',
      { erased: { author: 3, state: 2 } },
      deletionOf('org.deleted', org),
      deletionOf('person.deleted', person),
    ],
  ])('%s', async ([, ...steps]) => {
    expect(await faultOf(...steps)).toBeUndefined();
  });
});

describe('finds', () => {
  test.for<[what: string, ...steps: Step[]]>([
    ['a part without a deletion', { erased: { state: 2 } }, {}],
    ['a part whose deletion is missing', { erased: { state: 9 } }, deletionOf('org.deleted', org)],
    ['a part whose deletion came before', { erased: { state: 1 } }, deletionOf('org.deleted', org)],
    ['the author of another person', { erased: { author: 2 } }, deletionOf('person.deleted', 'per_badr', [1])],
    ['an author whose organization was deleted', { erased: { author: 2 } }, deletionOf('org.deleted', org)],
    ['the state of another organization', { erased: { state: 2 } }, deletionOf('org.deleted', 'org_other')],
    [
      'a part that names no one',
      { entry: invited, erased: { state: 2 } },
      deletionOf('person.deleted', 'per_badr', [7]),
    ],
    [
      'a deletion without its state',
      { ...deletionOf('org.deleted', org), erased: { state: 2 } },
      deletionOf('org.deleted', org),
    ],
  ])('%s', async ([, ...steps]) => {
    expect(await faultOf(...steps)).toMatchObject({ kind: 'emptied', seq: 1 });
  });

  test('an erased part that was filled again, with what was there too', async () => {
    const [first, ...rest] = chainOf({ erased: { author: 2 } }, deletionOf('person.deleted', person));
    const refilled = { ...(first as AuditRecord), address: '192.0.2.1' };
    const { fault } = await verifyChain(batchOf([refilled, ...rest]));
    expect(fault).toMatchObject({ kind: 'changed', seq: 1 });
  });

  test('a changed label, address, state, digest or salt', async () => {
    const [live] = chainOf({}) as [AuditRecord];
    const [erased, deletion] = chainOf({ erased: { state: 2 } }, deletionOf('org.deleted', org));
    const changes: readonly AuditRecord[] = [
      { ...live, actor: { ...live.actor, label: 'badr@example.com' } },
      { ...live, address: null },
      { ...live, after: { name: 'Other' } },
      { ...live, seals: { ...(live.seals as AuditSeals), author: { salt: '0'.repeat(32) } } },
      { ...live, seals: null },
    ];
    for (const record of changes) {
      expect((await verifyChain(batchOf([record]))).fault).toMatchObject({ kind: 'changed', seq: 1 });
    }
    const forged = { ...(erased as AuditRecord).seals, state: { digest: '0'.repeat(64), erasedBy: 2 } } as AuditSeals;
    const chain = [{ ...(erased as AuditRecord), seals: forged }, deletion as AuditRecord];
    expect((await verifyChain(batchOf(chain))).fault).toMatchObject({ kind: 'changed', seq: 1 });
  });
});

test('a source that ends before the deletion counts what it erased', async () => {
  const records = chainOf({ erased: { author: 9, state: 9 } }, { erased: { state: 9 } });
  expect((await verifyChain(batchOf(records))).fault).toMatchObject({ kind: 'emptied', seq: 1 });
  expect(await verifyChain(batchOf(records), { canEndEarlier: true })).toMatchObject({
    fault: undefined,
    erasedLater: 2,
  });
});
