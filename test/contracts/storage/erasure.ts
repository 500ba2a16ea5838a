// Storage contract: what the erasure of an organization or a person removes, and what stays.
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../../src/audit/chain.ts';
import type { AuditEntry } from '../../../src/domain/audit-record.ts';
import type { ErasurePlace, ErasureStep } from '../../../src/management/ports.ts';
import type { Person } from '../../../src/people/ports.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { addUsage, createOrg, lastUseOf, newKey, newSecret, now } from '../storage-fixtures.ts';
import { hour, type StartStorage } from './harness.ts';

const erasedAt = now + hour;

const person = (name: string): Person => ({
  id: `per_${name}`,
  name,
  email: `${name}@example.com`,
  emailVerified: true,
});
const amal = person('amal');
const badr = person('badr');

function entry(fields: Partial<AuditEntry>): AuditEntry {
  return {
    atMs: now,
    actor: { kind: 'member', id: amal.id, label: amal.email },
    via: 'console',
    address: '192.0.2.77',
    requestId: 'req-1',
    action: 'key.updated',
    target: { kind: 'key', id: 'key_1' },
    orgId: null,
    before: null,
    after: { name: 'Kiosk in Nablus' },
    ...fields,
  };
}

async function append(storage: Storage, ...entries: readonly Partial<AuditEntry>[]): Promise<void> {
  await storage.management.transaction(async (operations) => {
    for (const fields of entries) await operations.appendAudit(entry(fields));
  });
}

/** The first part of a deletion, which touches no key. */
function bury({ management }: Storage, id: string) {
  return management.transaction(async (operations) => {
    const erased = await operations.eraseOrganization(id, erasedAt);
    const target = { kind: 'org', id };
    await operations.appendAudit(entry({ action: 'org.deleted', target, orgId: id, after: { keysRevoked: 1 } }));
    return erased;
  });
}

/** The second part. Returns the ids of the keys that it revoked. */
async function eraseContent({ management }: Storage, id: string) {
  const revoked: string[] = [];
  let entriesKept = 0;
  let place: ErasurePlace | undefined = { what: 'keys', afterSeq: 0 };
  while (place !== undefined) {
    const step: ErasureStep = await management.eraseNext(id, place, async (ids) => void revoked.push(...ids));
    entriesKept += step.entriesKept;
    place = step.next;
  }
  return { revoked, entriesKept };
}

async function eraseOrganization(storage: Storage, id: string) {
  return { ...(await bury(storage, id)), ...(await eraseContent(storage, id)) };
}

async function erasePerson({ people }: Storage, whom: Person) {
  return people.transaction(async (operations) => {
    const found = await operations.listMentions(whom, 0, await operations.findNewestEntry());
    const mentions = found.map(({ seq }) => seq);
    const erased = await operations.erasePerson(whom, mentions);
    const actor = { kind: 'operator', id: null, label: 'operator token' } as const;
    const target = { kind: 'person', id: whom.id };
    await operations.appendAudit(entry({ actor, action: 'person.deleted', target, after: { mentions } }));
    return { ...erased, mentions };
  });
}

async function* batchesOf({ audit }: Storage) {
  yield await audit.readAudit(0, 1000);
}

async function verify(storage: Storage) {
  const { auditAnchor: anchor } = await storage.retention.describe();
  return (await verifyChain(batchesOf(storage), { anchor })).fault;
}

/** Removes the entries from before `beforeMs`. Returns the first number that is left. */
async function prune({ retention, audit }: Storage, beforeMs: number): Promise<number | undefined> {
  const step = { kind: 'audit', beforeMs, removesUnarchived: true, nowMs: erasedAt } as const;
  while ((await retention.prune(step)).next !== undefined);
  return (await audit.readAudit(0, 1))[0]?.seq;
}

export function describeErasure(start: StartStorage, name: string): void {
  describe('the erasure of an organization', () => {
    test('of an organization removes the addresses of its usage, also of a key that moved, and its patterns', async () => {
      const { storage } = await start();
      const [gone, stays] = [await createOrg(storage, 'org_gone'), await createOrg(storage, 'org_stays')];
      const add = async (orgId: string) => {
        const secret = newSecret();
        await storage.management.createKey(newKey(orgId), secret);
        const found = await storage.keyStore.findSecret(secret.digest);
        return { keySeq: found?.key.seq ?? 0, orgSeq: found?.org.seq ?? 0 };
      };
      const [own, other] = [await add(gone), await add(stays)];
      const moved = { keySeq: other.keySeq, orgSeq: own.orgSeq };
      const uses = [own, moved, other].map(({ keySeq, orgSeq }) => ({
        ...({ apiId: 'classic', environment: 'live', outcome: 'allowed', hourMs: 100 * hour } as const),
        ...{ keySeqs: [keySeq], orgSeqs: [orgSeq], counts: [1] },
      }));
      await addUsage(storage, {
        series: uses,
        routes: uses.map((each) => ({ ...each, route: { orgSeq: each.orgSeqs[0] as number, pattern: 'GET /vip' } })),
        addresses: [own, moved, other].map((each, at) => ({
          ...{ ...each, hourMs: (100 + at) * hour, address: `203.0.113.${at}`, count: 1 },
        })),
      });
      await eraseOrganization(storage, gone);
      const ask = async (groupBy: 'route' | 'address') =>
        (await storage.usage.reportUsage({ groupBy: [groupBy], fromMs: 0, toMs: now, limit: 9 })).items.map(
          (row) => `${row.route ?? row.address} ${row.count}`,
        );
      expect(await ask('address')).toEqual(['203.0.113.2 1']);
      // Its counts stay, without the pattern.
      expect(await ask('route')).toEqual([' 2', 'GET /vip 1']);
    });

    test('ends its keys, and leaves ids, digests and usage without content', async () => {
      const { storage, readBytesAtRest, reopen } = await start();
      const { management, keyStore, people, usage, denials } = storage;
      const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
      const erased = {
        tags: ['tag-of-zaytoun'],
        metadata: { city: 'Nablus-of-Zaytoun' },
        externalId: 'cus-of-zaytoun',
      };
      await management.updateOrganization(orgId, { name: 'Zaytoun-Cards-Ltd', ...erased });
      await management.setOrganizationStatus(orgId, { suspendedApis: ['api-of-zaytoun'] });
      const [secret, other] = [newSecret(), newSecret()];
      const key = await management.createKey(newKey(orgId, { name: 'Kiosk-of-Samira', ...erased }), secret);
      const kept = await management.createKey(newKey(otherOrg), other);
      const stored = await keyStore.findSecret(secret.digest);
      const { seq: keySeq } = stored?.key ?? { seq: 0 };
      const { seq: orgSeq } = stored?.org ?? { seq: 0 };
      await addUsage(storage, {
        ...lastUseOf(keySeq, now, '198.51.100.23'),
        series: [
          {
            ...{ apiId: 'classic', environment: 'live', outcome: 'allowed', hourMs: 0 },
            ...{ keySeqs: [keySeq], orgSeqs: [orgSeq], counts: [7] },
          },
        ],
        superseded: [{ digest: secret.digest, count: 1, atMs: now, address: '198.51.100.24' }],
      });
      await people.createPerson(amal, 'hash', now);
      await people.createPerson(badr, 'hash', now);
      for (const { id } of [amal, badr]) await people.addMember(orgId, id, 'owner', now);
      await people.addMember(otherOrg, badr.id, 'viewer', now);
      const invitation = { id: 'inv_1', orgId, email: 'guest-of-zaytoun@example.com', role: 'viewer' } as const;
      await people.createInvitation({ ...invitation, createdAtMs: now, expiresAtMs: erasedAt }, 'ab'.repeat(32));
      await people.countInvitationMail('inv_1', { inviter: amal.id, ...invitation }, now);
      const denial = {
        apiId: 'classic',
        reason: 'address_not_allowed',
        method: 'GET',
        groupedBy: '',
        count: 1,
      } as const;
      const seen = { hourMs: 0, firstAtMs: erasedAt, lastAtMs: erasedAt };
      const flushDenial = () =>
        denials.flushDenials(
          [{ ...denial, ...seen, orgId, keyId: key.id, clientAddress: '198.51.100.25', path: '/of-samira' }],
          erasedAt,
        );
      await flushDenial();

      expect(await management.countUnrevokedKeys(orgId)).toBe(1);
      expect(await eraseOrganization(storage, orgId)).toEqual({
        withoutOrganization: [{ id: amal.id, email: amal.email }],
        revoked: [key.id],
        entriesKept: 0,
      });

      expect(await keyStore.findSecret(secret.digest)).toBeUndefined();
      expect(await management.findKey(key.id)).toBeUndefined();
      expect(await management.findKeyByDigest(secret.digest)).toBeUndefined();
      expect(await management.findOrganization(orgId)).toBeUndefined();
      expect(await management.updateOrganization(orgId, { name: 'back' })).toBeUndefined();
      expect(await management.setOrganizationStatus(orgId, { status: 'active' })).toBeUndefined();
      expect(await management.findDeletion(orgId)).toBe(erasedAt);
      expect((await management.listOrganizations({ limit: 9 })).items.map(({ id }) => id)).toEqual([otherOrg]);
      expect((await management.listKeys({}, { limit: 9 }, now)).items.map(({ id }) => id)).toEqual([kept.id]);
      expect(await management.countKeys({ orgId }, now)).toBe(0);
      expect(await storage.overview.findKeys([key.id])).toEqual([]);
      expect((await storage.overview.listOrgRows({ limit: 9 })).items).toHaveLength(1);
      expect(await people.listMembers(orgId)).toEqual([]);
      expect((await people.listMemberships(badr.id)).map(({ organization }) => organization.id)).toEqual([otherOrg]);
      expect(await people.findInvitation('ab'.repeat(32), now)).toBeUndefined();
      expect((await denials.listDenials({ orgId, limit: 9 })).items).toEqual([]);
      const sums = await usage.listUsage({ orgId, fromMs: 0, toMs: hour, groupBy: ['orgId', 'keyId'] });
      expect(sums).toMatchObject([{ orgId, keyId: key.id, count: 7, statuses: { unknown: 7 } }]);

      // The old secret can't become a secret of another key, and numbers of tombstones are not given again.
      await expect(management.createKey(newKey(otherOrg), secret)).rejects.toMatchObject({ code: 'conflict' });
      await storage.imports.transaction(async (operations) => {
        expect(await operations.findDigests([secret.digest, other.digest])).toEqual(
          new Map([
            [secret.digest, null],
            [other.digest, 'classic'],
          ]),
        );
        expect(await operations.findOrganizations([orgId])).toEqual([]);
        expect(await operations.findOrganizationsNamed([''])).toEqual([]);
      });

      // A node that flushes later writes again. The sweep removes it.
      await flushDenial();
      await addUsage(storage, lastUseOf(keySeq, erasedAt, '198.51.100.26'));
      await people.removeExpired(erasedAt);
      expect((await denials.listDenials({ orgId, limit: 9 })).items).toEqual([]);

      if (name === 'sqlite') {
        await reopen();
        const text = (await readBytesAtRest()).toString('latin1');
        const personal = [
          'Zaytoun-Cards',
          'of-Samira',
          'of-samira',
          'guest-of-zaytoun',
          'api-of-zaytoun',
          ...Object.values(erased.metadata),
          ...erased.tags,
          erased.externalId,
          '198.51.100.2',
        ];
        expect(personal.filter((each) => text.includes(each))).toEqual([]);
      }
    });

    test('begins without touching a key: no query finds one from then on, and an interruption is known', async () => {
      const { storage } = await start();
      const { management, keyStore, overview } = storage;
      const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
      const [secret, ended] = [newSecret(), newSecret()];
      const key = await management.createKey(newKey(orgId), secret);
      const revoked = await management.createKey(newKey(orgId), ended);
      await management.revokeKey(revoked.id, now);
      const kept = await management.createKey(newKey(otherOrg), newSecret());
      await bury(storage, orgId);

      expect(await keyStore.findSecret(secret.digest)).toBeUndefined();
      expect(await management.findKey(key.id)).toBeUndefined();
      expect((await management.listKeys({}, { limit: 9 }, now)).items.map(({ id }) => id)).toEqual([kept.id]);
      expect(await management.countKeys({ orgId }, now)).toBe(0);
      expect(await overview.findKeys([key.id])).toEqual([]);
      const digests = await storage.imports.transaction(({ findDigests }) => findDigests([secret.digest]));
      expect(digests).toEqual(new Map([[secret.digest, null]]));
      expect(await management.listUnerased()).toEqual([{ id: orgId, deletedAtMs: erasedAt }]);

      // Keys stay as they are if their revocation can't be written down.
      const beginning = { what: 'keys', afterSeq: 0 } as const;
      const fault = new Error('no space');
      await expect(management.eraseNext(orgId, beginning, () => Promise.reject(fault))).rejects.toBe(fault);
      expect(await management.countUnrevokedKeys(orgId)).toBe(1);

      expect(await eraseContent(storage, orgId)).toEqual({ revoked: [key.id], entriesKept: 0 });
      expect(await management.countUnrevokedKeys(orgId)).toBe(0);
      expect(await management.listUnerased()).toEqual([]);
      // A repetition changes nothing.
      expect(await eraseContent(storage, orgId)).toEqual({ revoked: [], entriesKept: 0 });
    });

    test('empties its audit entries, and the chain verifies', async () => {
      const { storage } = await start();
      const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
      const byKey = { kind: 'key', id: 'key_1', label: 'sk_live_1a2b…9f3c' } as const;
      await append(storage, { orgId }, { orgId: otherOrg }, { orgId, actor: byKey });
      await eraseOrganization(storage, orgId);
      const [first, second, third, deletion] = await storage.audit.readAudit(0, 9);
      expect(first).toMatchObject({ actor: { label: amal.email }, address: '192.0.2.77', before: null, after: null });
      expect(second).toMatchObject({ after: { name: 'Kiosk in Nablus' } });
      expect(third).toMatchObject({ actor: { id: 'key_1', label: null }, address: null, after: null });
      expect(third?.seals).toEqual({
        author: { digest: expect.any(String), erasedBy: 4 },
        state: { digest: expect.any(String), erasedBy: 4 },
      });
      expect(deletion).toMatchObject({ action: 'org.deleted', after: { keysRevoked: 1 } });
      expect(await verify(storage)).toBeUndefined();
      await append(storage, { orgId: otherOrg });
      expect(await verify(storage)).toBeUndefined();
    });
  });

  describe('the erasure of a person', () => {
    test('removes the account, and leaves the invitations that they sent invalid', async () => {
      const { storage } = await start();
      const { people } = storage;
      const orgId = await createOrg(storage);
      for (const each of [amal, badr]) {
        await people.createPerson(each, 'hash', now);
        await people.makeOperator(each.id, now);
        await people.addMember(orgId, each.id, 'owner', now);
      }
      const invite = async (id: string, inviter: string, email: string) => {
        const invitation = { id, orgId, email, role: 'viewer', createdAtMs: now, expiresAtMs: erasedAt } as const;
        await people.createInvitation(invitation, id.padEnd(64, '0'));
        await people.countInvitationMail(id, { inviter, orgId, email }, now);
      };
      await invite('inv_1', amal.id, 'guest@example.com');
      await invite('inv_2', badr.id, amal.email);
      expect(await people.listPersons({ limit: 1 })).toEqual({ items: [amal], nextCursor: amal.id });
      expect(await people.listPersons({ limit: 1, cursor: amal.id })).toEqual({ items: [badr], nextCursor: null });
      expect(await people.countOperators()).toBe(2);

      await erasePerson(storage, amal);

      expect(await people.findPerson(amal.id)).toBeUndefined();
      expect(await people.findPersonByEmail(amal.email)).toBeUndefined();
      expect(await people.countOperators()).toBe(1);
      expect((await people.listMembers(orgId)).map((member) => member.person.id)).toEqual([badr.id]);
      expect(await people.listPersons({ limit: 9, email: badr.email })).toEqual({ items: [badr], nextCursor: null });
      await expect(people.listPersons({ limit: 1, cursor: amal.id })).rejects.toMatchObject({ code: 'cursor_invalid' });
      expect((await people.listInvitations(orgId, now)).map(({ id }) => id)).toEqual(['inv_1']);
      expect(await people.findInviter('inv_1')).toBe(amal.id);
      expect(await people.listInvitationTimes({ email: amal.email }, 0, 9)).toEqual([]);
      // The address is free for a new account.
      await people.createPerson({ ...amal, id: 'per_amal_again' }, 'hash', now);
    });

    test('empties the entries by, about and naming the person, and the chain verifies', async () => {
      const { storage } = await start();
      await storage.people.createPerson(amal, 'hash', now);
      const byBadr = { actor: { kind: 'member', id: badr.id, label: badr.email }, orgId: 'org_a' } as const;
      const invited = { action: 'invitation.created', target: { kind: 'invitation', id: 'inv_1' } } as const;
      await append(
        storage,
        { orgId: 'org_a' },
        { ...byBadr, action: 'member.added', target: { kind: 'person', id: amal.id }, after: { email: amal.email } },
        { ...byBadr, ...invited, after: { email: amal.email, role: 'viewer' } },
        { ...byBadr, ...invited, after: { email: `x${amal.email}`, role: 'viewer' } },
      );
      expect(await erasePerson(storage, amal)).toEqual({ entriesKept: 0, mentions: [3] });
      const records = await storage.audit.readAudit(0, 9);
      expect(records.map(({ actor, after }) => [actor.label, after])).toEqual([
        [null, { name: 'Kiosk in Nablus' }],
        [badr.email, null],
        [badr.email, null],
        [badr.email, { email: `x${amal.email}`, role: 'viewer' }],
        ['operator token', { mentions: [3] }],
      ]);
      expect(JSON.stringify(records)).not.toContain('"amal@');
      expect(await verify(storage)).toBeUndefined();
    });
  });

  test('an entry that two deletions emptied verifies', async () => {
    const { storage } = await start();
    const orgId = await createOrg(storage);
    await storage.people.createPerson(amal, 'hash', now);
    await append(storage, { orgId }, { orgId, target: { kind: 'person', id: amal.id } });
    await erasePerson(storage, amal);
    await eraseOrganization(storage, orgId);
    const [first, second] = await storage.audit.readAudit(0, 9);
    expect([first, second]).toMatchObject([
      { seals: { author: { erasedBy: 3 }, state: { erasedBy: 4 } } },
      { seals: { author: { erasedBy: 3 }, state: { erasedBy: 3 } } },
    ]);
    expect(await verify(storage)).toBeUndefined();
  });

  test('older entries leave before and after an erasure, and the chain verifies from the anchor', async () => {
    const { storage, execute } = await start();
    const [orgId, otherOrg] = [await createOrg(storage), await createOrg(storage)];
    await append(storage, { orgId, atMs: now - 2 * hour }, { orgId }, { orgId: otherOrg }, { orgId, atMs: erasedAt });
    expect(await prune(storage, now)).toBe(2);
    expect(await verify(storage)).toBeUndefined();

    // Number 5 announces the removal, and 6 is the deletion.
    await eraseOrganization(storage, orgId);
    expect(await storage.audit.readAudit(0, 9)).toMatchObject([
      { seq: 2, after: null, seals: { state: { erasedBy: 6 } } },
      { seq: 3, after: { name: 'Kiosk in Nablus' } },
      { seq: 4, after: null, seals: { state: { erasedBy: 6 } } },
      { seq: 5, action: 'audit.pruned', after: { fromSeq: 1, seq: 1 } },
      { seq: 6, action: 'org.deleted' },
    ]);
    expect(await verify(storage)).toBeUndefined();

    // Numbers 2 and 3 leave. The deletion still accounts for number 4.
    expect(await prune(storage, erasedAt)).toBe(4);
    expect(await verify(storage)).toBeUndefined();

    for (const statement of [
      'DELETE FROM audit_log WHERE seq = 4',
      'DELETE FROM audit_log',
      'UPDATE audit_log SET at = 0 WHERE seq = 4',
      `UPDATE audit_log SET after = '{}' WHERE seq = 4`,
      'UPDATE audit_log SET after = NULL WHERE seq = 6',
      'UPDATE audit_log SET state_erased_by = 7 WHERE seq = 4',
      'UPDATE audit_log SET before = NULL, after = NULL, state_salt = NULL, state_erased_by = 3 WHERE seq = 6',
    ]) {
      await expect(execute(statement), statement).rejects.toThrow('append-only');
    }
    // Another program can imitate an erasure, and the check finds it.
    await execute(
      'UPDATE audit_log SET before = NULL, after = NULL, state_salt = NULL, state_erased_by = 7 WHERE seq = 6',
    );
    expect(await verify(storage)).toMatchObject({ kind: 'emptied', seq: 6 });
  });
}
