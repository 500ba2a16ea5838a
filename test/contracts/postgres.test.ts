// The storage and people contracts on PostgreSQL, and what only PostgreSQL has: restarts, standbys, locks.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { getMigrations } from 'better-auth/db/migration';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { accountOptions } from '../../src/people/accounts.ts';
import { plainLetterhead } from '../../src/people/letter.ts';
import { SignInLimits } from '../../src/people/sign-in-limits.ts';
import { newestSchema } from '../../src/storage/migrate.ts';
import { inspectPostgres } from '../../src/storage/postgres/inspect.ts';
import { advisoryLocks } from '../../src/storage/postgres/locks.ts';
import { openPostgres, type PostgresOptions } from '../../src/storage/postgres/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { describePeople } from './people-contract.ts';
import { createTemplate } from './postgres-template.ts';
import { describeStanding } from './standing-contract.ts';
import type { StorageLimits } from './storage/harness.ts';
import { describeStorage } from './storage-contract.ts';
import { addUsage, createOrg, newKey, newSecret, now } from './storage-fixtures.ts';

let server: PostgresServer;
/** For the contracts. The other tests migrate databases of their own. */
let template: string;
beforeAll(async () => {
  server = await startPostgres();
  template = await createTemplate(server);
});
afterAll(() => server.dispose());

async function openStorage(limits?: StorageLimits & Pick<PostgresOptions, 'connectTimeoutMs'>) {
  const database = await server.createDatabase(template);
  const url = server.urlOf(database);
  let storage = await openPostgres({ url, ...limits });
  return {
    database,
    storage,
    async reopen() {
      await storage.close();
      storage = await openPostgres({ url, ...limits });
      return storage;
    },
    async dispose() {
      await storage.close();
      await server.dropDatabase(database);
    },
  };
}

describeStorage('postgres', async (limits) => {
  const opened = await openStorage(limits);
  const { database } = opened;
  const segment = 'SELECT pg_walfile_name(pg_current_wal_lsn()) AS name';
  const [firstSegment] = await server.query(database, segment);
  return {
    ...opened,
    async damageKey(keyId, columns) {
      for (const [column, value] of Object.entries(columns)) {
        await server.query(database, `UPDATE api_keys SET ${column} = $1 WHERE id = $2`, [value, keyId]);
      }
    },
    async execute(statement) {
      await server.query(database, statement);
    },
    async readBytesAtRest() {
      await server.query(database, 'CHECKPOINT');
      const [row] = await server.query(database, 'SELECT oid FROM pg_database WHERE datname = current_database()');
      const tables = join(server.dataDir, 'base', String(row?.oid));
      // PostgreSQL's own tables have numbers below this.
      const ours = readdirSync(tables).filter((name) => Number.parseInt(name, 10) >= 16_384);
      const log = join(server.dataDir, 'pg_wal');
      const [lastSegment] = await server.query(database, segment);
      // Segments after the last one are old and wait for reuse, with data of other tests.
      const since = readdirSync(log).filter(
        (name) => name >= String(firstSegment?.name) && name <= String(lastSegment?.name),
      );
      const files = [...ours.map((name) => join(tables, name)), ...since.map((name) => join(log, name))];
      return Buffer.concat(files.map((file) => readFileSync(file)));
    },
  };
});

describePeople('postgres', openStorage);
// Hundreds of changes wait for each other, on a machine that may be busy.
describeStanding('postgres', () => openStorage({ connectTimeoutMs: 60_000 }));

describe('openPostgres', () => {
  test('counts denials beside a node of an older version, which changes no sample', async () => {
    const { database, storage, dispose } = await openStorage();
    const common = { apiId: 'classic', orgId: 'org_a', keyId: 'key_a', hourMs: now, firstAtMs: now, lastAtMs: now };
    const ours = { ...common, reason: 'endpoint_not_allowed', clientAddress: '192.0.2.1', count: 1 } as const;
    const sample = { method: 'GET', path: '/v1/reports', groupedBy: 'GET /v1/reports' };
    await storage.denials.flushDenials([{ ...ours, ...sample }], now);
    const older = `INSERT INTO denials
        (hour, api_id, org_id, key_id, reason, client_address, count, first_at, last_at, method, path)
      VALUES ($1, 'classic', 'org_a', 'key_a', 'endpoint_not_allowed', '192.0.2.1', 1, $1, $1, 'DELETE', $2)
      ON CONFLICT (hour, api_id, org_id, key_id, reason, client_address)
      DO UPDATE SET count = denials.count + excluded.count, method = excluded.method, path = excluded.path`;
    await server.query(database, older, [now, '/admin']);
    await server.query(database, older, [now, '/admin/everything']);
    await storage.denials.flushDenials([{ ...ours, ...sample }], now);
    const { items } = await storage.denials.listDenials({ limit: 9 });
    expect(items.map(({ clientAddress, method, path, count }) => [clientAddress, method, path, count])).toEqual([
      ['192.0.2.1', 'DELETE', '/admin/everything', 2],
      ['192.0.2.1', 'GET', '/v1/reports', 2],
    ]);
    await dispose();
  });

  test('counts usage beside a node of an older version, which knows no status class', async () => {
    const { database, storage, dispose } = await openStorage();
    await createOrg(storage);
    const ours = {
      ...({ apiId: 'classic', environment: 'live', outcome: 'allowed', hourMs: 3_600_000 } as const),
      ...{ keySeqs: [1], orgSeqs: [1], counts: [2], billed: [2], statuses: { '2xx': [2] } },
    };
    const older = `INSERT INTO usage_hourly (hour, org_seq, api_id, environment, outcome, count)
      VALUES (3600000, 1, 'classic', 'live', 'allowed', 3)
      ON CONFLICT (hour, org_seq, api_id, environment, outcome)
      DO UPDATE SET count = usage_hourly.count + excluded.count`;
    await addUsage(storage, { series: [ours] });
    await server.query(database, older);
    await addUsage(storage, { series: [ours] });
    expect(await storage.usage.listUsage({ fromMs: 0, toMs: now, groupBy: [] })).toMatchObject([
      { count: 7, billed: 4, statuses: { '2xx': 4, unknown: 3 } },
    ]);
    await dispose();
  });

  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  async function open(options: Partial<PostgresOptions> = {}) {
    const database = await server.createDatabase();
    closers.push(() => server.dropDatabase(database));
    const url = server.urlOf(database);
    const storage = await openPostgres({ url, ...options });
    closers.push(() => storage.close());
    return { database, url, storage };
  }

  test('creates the tables that better-auth needs', async () => {
    const { storage } = await open();
    const options = accountOptions(
      {
        store: storage.people,
        secret: 'x'.repeat(43),
        hosts: ['localhost'],
        letterheadOn: () => plainLetterhead,
        mailer: { send: async () => undefined },
        recordPersonal: async () => undefined,
        limits: new SignInLimits(systemClock),
        clock: systemClock,
        onFault: (error) => expect.fail(String(error)),
      },
      false,
    );
    const { toBeCreated, toBeAdded, compileMigrations } = await getMigrations(options);
    expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] });
    expect((await compileMigrations()).replace(/[;\s]/g, '')).toBe('');
  });

  test('migrates to the same schema as SQLite, and refuses a newer one', async () => {
    const { storage, database, url } = await open();
    const [row] = await server.query(database, 'SELECT max(number) AS number FROM schema_migrations');
    expect(Number(row?.number)).toBe(newestSchema);
    expect(await inspectPostgres(url)).toMatchObject({ schema: newestSchema, name: expect.stringContaining(database) });
    await storage.close();
    await server.query(database, "INSERT INTO schema_migrations VALUES (999, 'from the future', 0)");
    await expect(openPostgres({ url })).rejects.toMatchObject({ code: 'storage_newer' });
    await expect(inspectPostgres(url)).rejects.toMatchObject({ code: 'storage_newer' });
  });

  test('opens its connections for look-ups before their first use', async () => {
    const { storage, database } = await open();
    const connected = async () => {
      const sql = 'SELECT pid FROM pg_stat_activity WHERE datname = $1 ORDER BY pid';
      return (await server.query('postgres', sql, [database])).map(({ pid }) => pid);
    };
    const before = await connected();
    // A look-up has 250 ms, too little to connect. On a busy machine that may be too little for a look-up as well.
    const found = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((each) => storage.keyStore.findSecret(each)));
    expect(await connected()).toEqual(before);
    for (const outcome of found) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBeUndefined();
      else expect(outcome.reason).toMatchObject({ code: 'storage_busy' });
    }
  });

  test('admits one node, and the next one after it has closed', async () => {
    const { storage, url } = await open();
    await expect(openPostgres({ url })).rejects.toMatchObject({ code: 'storage_in_use' });
    await createOrg(storage);
    await storage.close();
    const next = await openPostgres({ url });
    expect((await next.management.listOrganizations({ limit: 2 })).items).toHaveLength(1);
    await next.close();
  });

  test('admits several nodes that share the database, but not beside a node that does not', async () => {
    const { storage, url } = await open({ isShared: true });
    const second = await openPostgres({ url, isShared: true });
    await expect(openPostgres({ url })).rejects.toMatchObject({ code: 'storage_in_use' });
    const orgId = await createOrg(storage);
    expect(await second.management.findOrganization(orgId)).toMatchObject({ id: orgId });
    await storage.close();
    await expect(openPostgres({ url })).rejects.toMatchObject({ code: 'storage_in_use' });
    await second.close();
    const single = await openPostgres({ url });
    await expect(openPostgres({ url, isShared: true })).rejects.toMatchObject({ code: 'storage_in_use' });
    await single.close();
  });

  test('refuses changes to the audit log', async () => {
    const { database, storage } = await open();
    await storage.management.transaction(({ appendAudit }) =>
      appendAudit({
        ...{ atMs: now, actor: { kind: 'system', id: null, label: 'test' }, via: 'test', address: null },
        ...{ requestId: null, action: 'database.backed_up', target: { kind: 'database', id: 'x' }, orgId: null },
        ...{ before: null, after: null },
      }),
    );
    for (const statement of ['DELETE FROM audit_log', 'UPDATE audit_log SET at = 0', 'TRUNCATE audit_log']) {
      await expect(server.query(database, statement)).rejects.toThrow('append-only');
    }
  });

  test('names the fix, and no password, when it cannot connect', async () => {
    const { url } = await open();
    const cases: readonly [string, string][] = [
      [`${url}_none`.replace('miftah@', 'miftah:hunter2@'), 'storage_unwritable'],
      ['postgres://miftah:hunter2@127.0.0.1:1/miftah', 'storage_unreachable'],
      ['postgres://miftah:hunter2@[::1/miftah', 'storage_unreachable'],
      [`postgres://miftah:hunter2@${server.host}none,127.0.0.1:1/miftah`, 'storage_unreachable'],
      [`postgres://nobody:hunter2@${server.host}/postgres`, 'storage_unwritable'],
    ];
    for (const [bad, code] of cases) {
      const error: unknown = await openPostgres({ url: bad }).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code });
      expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
    }
  });

  test('finds nothing under names that PostgreSQL cannot hold', async () => {
    const { storage } = await open();
    await createOrg(storage);
    expect(await storage.management.findKey('key_\0')).toBeUndefined();
    expect((await storage.management.listKeys({ search: 'a\0b' }, { limit: 1 }, now)).items).toEqual([]);
    expect(await storage.people.findPersonByEmail('\0@example.com')).toBeUndefined();
  });

  test('repeats a change when PostgreSQL asks for it, up to five attempts', async () => {
    const { storage, database } = await open();
    const failFor = async (times: number) => {
      await server.query(
        database,
        `CREATE OR REPLACE FUNCTION ask_again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF nextval('attempts') <= ${times} THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF;
           RETURN NEW; END $$`,
      );
      await server.query(database, "SELECT setval('attempts', 1, false)");
    };
    await server.query(database, 'CREATE SEQUENCE attempts');
    await failFor(4);
    await server.query(
      database,
      'CREATE TRIGGER ask_again BEFORE INSERT ON api_keys FOR EACH ROW EXECUTE FUNCTION ask_again()',
    );
    const orgId = await createOrg(storage);
    const key = newKey(orgId);
    let runs = 0;
    await storage.management.transaction(async (operations) => {
      runs += 1;
      await operations.createKey(key, newSecret());
    });
    expect(runs).toBe(5);
    expect(await storage.management.findKey(key.id)).toBeDefined();
    await failFor(5);
    const refused = newKey(orgId);
    await expect(storage.management.createKey(refused, newSecret())).rejects.toMatchObject({ code: 'storage_busy' });
    expect(await storage.management.findKey(refused.id)).toBeUndefined();
  });

  test('cancels a slow statement, and works afterwards', async () => {
    const { storage, database } = await open({ statementTimeoutMs: 100 });
    const orgId = await createOrg(storage);
    const holder = new Client({ connectionString: server.urlOf(database) });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE organizations');
    const change = storage.management.updateOrganization(orgId, { name: 'new' });
    await expect(change).rejects.toMatchObject({ code: 'storage_busy' });
    await expect(storage.management.findOrganization(orgId)).rejects.toMatchObject({ code: 'storage_busy' });
    await holder.end();
    expect(await storage.management.updateOrganization(orgId, { name: 'new' })).toMatchObject({ name: 'new' });
  });

  test('a flush of usage may exceed the time limit of changes', async () => {
    const { storage } = await open({ transactionTimeoutMs: 50 });
    const keySeqs = Array.from({ length: 20_000 }, (_, at) => at + 1);
    const ones = keySeqs.map(() => 1);
    const kind = { apiId: 'classic', environment: 'live', outcome: 'allowed', hourMs: 3_600_000 } as const;
    await createOrg(storage);
    const startedMs = performance.now();
    await addUsage(storage, {
      series: [{ ...kind, keySeqs, orgSeqs: ones, counts: ones }],
      lastUses: { keySeqs, atMs: ones, addresses: keySeqs.map(() => null) },
    });
    expect(performance.now() - startedMs).toBeGreaterThan(50);
    const query = { fromMs: 0, toMs: now, groupBy: [] };
    expect(await storage.usage.listUsage(query)).toMatchObject([{ count: 20_000 }]);
  });

  test('adds up flushes of several nodes at once, in any order, without a deadlock', async () => {
    const { storage, database, url } = await open({ isShared: true });
    const second = await openPostgres({ url, isShared: true });
    await createOrg(storage);
    const keySeqs = Array.from({ length: 600 }, (_, at) => at + 1);
    const ones = keySeqs.map(() => 1);
    const kinds = (['allowed', 'rate_limited', 'key_revoked', 'key_expired'] as const).map((outcome) => ({
      ...{ apiId: 'classic', environment: 'live' as const, hourMs: 3_600_000, outcome },
      ...{ keySeqs, orgSeqs: ones, counts: ones },
      ...(outcome === 'allowed' && { billed: ones, statuses: { '2xx': ones } }),
    }));
    const lastUses = { keySeqs, atMs: ones, addresses: keySeqs.map(() => null) };
    const denial = {
      orgId: 'org_a',
      keyId: 'key_a',
      reason: 'key_revoked',
      groupedBy: '',
      clientAddress: null,
    } as const;
    const groups = ['a', 'b', 'c', 'd'].map((apiId) => ({
      ...{ ...denial, hourMs: now, apiId, count: 1, firstAtMs: now, lastAtMs: now, method: 'GET', path: '/' },
    }));
    const write = async ({ usage, denials }: Storage, isReversed: boolean) => {
      for (let flush = 0; flush < 10; flush++) {
        await addUsage({ usage }, { series: isReversed ? kinds.toReversed() : kinds, lastUses });
        await denials.flushDenials(isReversed ? groups.toReversed() : groups, now);
      }
    };
    const writers = [storage, second].flatMap((each) => [write(each, false), write(each, true)]);
    await Promise.all(writers);
    const query = { fromMs: 0, toMs: now, groupBy: [] };
    expect(await storage.usage.listUsage(query)).toMatchObject([
      { count: 4 * 600 * 40, billed: 600 * 40, statuses: { '2xx': 600 * 40, unknown: 0 } },
    ]);
    expect((await storage.denials.listDenials({ limit: 9 })).items.map(({ count }) => count)).toEqual([40, 40, 40, 40]);
    await Promise.all([storage.close(), second.close()]);
    // Each connection reports it when it ends.
    const [row] = await server.query(
      database,
      'SELECT pg_stat_get_db_deadlocks(oid)::int AS deadlocks FROM pg_database WHERE datname = current_database()',
    );
    expect(row).toEqual({ deadlocks: 0 });
  });

  test('concurrent changes keep an owner and the maximum number of keys', async () => {
    const { storage } = await open();
    const orgId = await createOrg(storage);
    const people = await Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        const person = { id: `per_${at}`, name: 'A', email: `p${at}@example.com`, emailVerified: true };
        await storage.people.createPerson(person, 'hash', now);
        await storage.people.addMember(orgId, person.id, 'owner', now);
        return person;
      }),
    );
    // Each may leave while another owner remains: all but one can.
    const left = await Promise.all(
      people.map(({ id }) =>
        storage.people.transaction(async (operations) => {
          if ((await operations.countOwners(orgId)) <= 1) return false;
          await operations.removeMember(orgId, id);
          return true;
        }),
      ),
    );
    expect(left.filter(Boolean)).toHaveLength(7);
    expect(await storage.people.countOwners(orgId)).toBe(1);
    // The maximum is five keys, and forty are created at once.
    const made = await Promise.all(
      Array.from({ length: 40 }, () =>
        storage.management.transaction(async (operations) => {
          if ((await operations.countLivingKeys('classic', orgId, now)) >= 5) return false;
          await operations.createKey(newKey(orgId), newSecret());
          return true;
        }),
      ),
    );
    expect(made.filter(Boolean)).toHaveLength(5);
  });
});

describe('a PostgreSQL server that goes down', () => {
  const servers: PostgresServer[] = [];
  const storages: Storage[] = [];
  afterEach(async () => {
    for (const storage of storages.splice(0)) await storage.close();
    for (const each of servers.splice(0)) await each.dispose();
  });
  async function start(): Promise<PostgresServer> {
    const started = await startPostgres();
    servers.push(started);
    return started;
  }
  async function open(options: PostgresOptions): Promise<Storage> {
    const storage = await openPostgres(options);
    storages.push(storage);
    return storage;
  }

  test('is waited for: calls in progress fail, and the next call after its return works', async () => {
    const own = await start();
    const database = await own.createDatabase();
    const taken: unknown[] = [];
    const storage = await open({ url: own.urlOf(database), onTaken: (error) => taken.push(error) });
    const orgId = await createOrg(storage);
    const secret = newSecret();
    await storage.management.createKey(newKey(orgId), secret);
    for (let round = 0; round < 3; round++) {
      const underWay = storage.management.transaction(async (operations) => {
        await operations.updateOrganization(orgId, { name: 'lost' });
        await own.crash();
        await operations.updateOrganization(orgId, { name: 'lost too' });
      });
      await expect(underWay).rejects.toMatchObject({ code: 'storage_unreachable' });
      await expect(storage.readyCheck()).rejects.toMatchObject({ code: 'storage_unreachable' });
      await expect(storage.management.findOrganization(orgId)).rejects.toMatchObject({ code: 'storage_unreachable' });
      await own.start();
      expect(await storage.management.findOrganization(orgId)).toMatchObject({ name: orgId });
      expect(await storage.keyStore.findSecret(secret.digest)).toMatchObject({ org: { id: orgId } });
      await storage.readyCheck();
      const holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 3 AND granted";
      await vi.waitFor(async () => expect(await own.query(database, holders)).toHaveLength(1));
    }
    expect(taken).toEqual([]);
  });

  test('is dropped when it hangs, and used again when it resumes', async () => {
    const own = await start();
    const url = own.urlOf(await own.createDatabase());
    const storage = await open({ url, statementTimeoutMs: 200, connectTimeoutMs: 500 });
    const orgId = await createOrg(storage);
    await Promise.all(Array.from({ length: 8 }, () => storage.management.findOrganization(orgId)));
    own.freeze();
    const startedMs = performance.now();
    const asked = Array.from({ length: 8 }, () => storage.management.findOrganization(orgId));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(8).fill('rejected'));
    await expect(storage.readyCheck()).rejects.toMatchObject({ code: 'storage_unreachable' });
    expect(performance.now() - startedMs).toBeLessThan(5000);
    own.thaw();
    expect(await storage.management.findOrganization(orgId)).toMatchObject({ id: orgId });
    await createOrg(storage);
  });

  test('is replaced by the standby that takes over, with all acknowledged changes', async () => {
    const first = await start();
    const second = await first.startStandby();
    servers.push(second);
    const database = await first.createDatabase();
    // The standby comes first in the list. It takes no writes, so the next server is used.
    const url = first.urlOf(database).replace('@', `@${second.host},`);
    const storage = await open({ url });
    const orgId = await createOrg(storage);
    const secret = newSecret();
    const key = await storage.management.createKey(newKey(orgId), secret);
    await storage.management.revokeKey(key.id, now);
    await first.crash();
    await expect(storage.management.findKey(key.id)).rejects.toMatchObject({ code: 'storage_unreachable' });
    await second.promote();
    expect((await storage.keyStore.findSecret(secret.digest))?.key.revokedAtMs).toBe(now);
    await createOrg(storage);
  });

  test('is left to another node that took the lock meanwhile', async () => {
    const own = await start();
    const database = await own.createDatabase();
    const url = own.urlOf(database);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const storage = await open({ url, onTaken: resolve });
    const holder = new Client({ connectionString: url });
    holder.on('error', () => undefined);
    await storage.management.listOrganizations({ limit: 1 });
    // Another, faster node: it waits for the lock, and gets it when ours is lost.
    await holder.connect();
    const waits = holder.query('SELECT pg_advisory_lock($1, $2)', [...advisoryLocks.node]);
    const waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    await vi.waitFor(async () => expect(await own.query(database, waiting)).toHaveLength(1));
    await own.query(
      database,
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 3 AND granted",
    );
    await waits;
    expect(await promise).toMatchObject({ code: 'storage_in_use' });
    await expect(storage.readyCheck()).rejects.toMatchObject({ code: 'storage_in_use' });
    await expect(createOrg(storage)).rejects.toMatchObject({ code: 'storage_in_use' });
    await holder.end();
  });
});
