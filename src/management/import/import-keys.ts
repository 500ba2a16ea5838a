// The command that imports keys of another system, one batch of rows at a time.
import { setImmediate } from 'node:timers/promises';
import { type Actor, auditOf } from '../../domain/actor.ts';
import { noAnnotations } from '../../domain/annotations.ts';
import type { Organization } from '../../domain/api-key.ts';
import type { ImportedFormat } from '../../domain/imported-secret.ts';
import type { ProtectedApi } from '../../domain/protected-api.ts';
import { createRedactor, type Redactor } from '../../domain/redaction.ts';
import { randomBase62 } from '../../domain/secret.ts';
import { externalIdTaken } from '../annotation-input.ts';
import { assertNoSecret } from '../display-name.ts';
import { shown } from '../key-input.ts';
import { newKeyId } from '../keys/create.ts';
import { keyLimitReached } from '../keys/errors.ts';
import { checkOwner } from '../keys/find.ts';
import { invalidInput, type ManagementCode, ManagementError } from '../management-error.ts';
import type { ManagementParts } from '../parts.ts';
import type { OnHeld } from '../ports.ts';
import { assertOperator, readActor } from '../rights.ts';
import { type CheckedRow, checkDigest, checkRow, type ImportRow, type RowRules } from './check-row.ts';
import type { ImportedKey, ImportOperations, ImportStore } from './ports.ts';

export interface ImportBatch {
  readonly apiId: string;
  /** Rows in order, at most a few thousand. */
  readonly rows: readonly ImportRow[];
  /** Checks everything and changes nothing. Default: no. */
  readonly isDryRun?: boolean | undefined;
  /** Whether the first refused row ends the batch, so that no later row is imported. Default: no. */
  readonly stopsAtRefusal?: boolean | undefined;
}

/** Why a row was refused. */
export interface RowRefusal {
  /** The position of the row, from 0. */
  readonly row: number;
  readonly code: ManagementCode;
  readonly field: string | undefined;
  readonly detail: string;
}

export interface ImportOutcome {
  readonly imported: number;
  /** Rows whose digest belongs to a key of this API already. Those keys stay unchanged. */
  readonly exists: number;
  readonly refused: readonly RowRefusal[];
  /** Organizations that were created, or would be in a dry run. */
  readonly organizations: readonly Pick<Organization, 'id' | 'name'>[];
}

/**
 * Imports all valid rows of a batch, in one transaction with its audit record. API and digest identify a row, so a
 * batch that is sent again changes nothing. Resolves when the keys are on disk and work. Rejects with a
 * `ManagementError` when the API accepts no imported keys. A dry run has no position, so it does not call `onHeld`. For
 * operators.
 */
export type ImportKeys = (actor: Actor, batch: ImportBatch, onHeld?: OnHeld) => Promise<ImportOutcome>;

export interface ImportParts extends Pick<ManagementParts, 'apis' | 'coherence' | 'clock'> {
  readonly store: ImportStore;
}

/** Rows that are checked in one turn of the event loop. */
const rowsPerTurn = 100;

type ReadRow =
  | { readonly digest: string; readonly row: CheckedRow | ManagementError }
  | { readonly digest: undefined; readonly row: ManagementError };

export function createImportKeys({ store, apis, coherence, clock }: ImportParts): ImportKeys {
  const redactor = createRedactor(apis.values());
  return async function importKeys(caller, { apiId, rows, isDryRun = false, stopsAtRefusal = false }, onHeld) {
    assertOperator(caller);
    const { api, imported } = findApi(apis, apiId, redactor);
    const readAtMs = clock.nowMs();
    const readRows: ReadRow[] = [];
    for (const row of rows) {
      readRows.push(readRow(row, { api, imported, redactor, nowMs: readAtMs }));
      if (readRows.length % rowsPerTurn === 0) await setImmediate();
    }

    const { outcome, forgotten, position } = await store.transaction(async (operations) => {
      const nowMs = clock.nowMs();
      const actor = await readActor(caller, operations, nowMs);
      const decided = await decide(operations, readRows, api, nowMs, stopsAtRefusal);
      const { keys, organizations, exists, refused } = decided;
      const outcome = { imported: keys.length, exists, refused, organizations };
      // Existing keys too: their import may have been interrupted before every node knew them.
      const forgotten = { digests: isDryRun ? [] : readRows.flatMap(({ digest }) => digest ?? []), orgIds: [] };
      if (isDryRun) return { outcome, forgotten, position: undefined };
      if (keys.length === 0) return { outcome, forgotten, position: await operations.recordChange(forgotten) };
      await operations.createOrganizations(organizations);
      await operations.createKeys(keys, nowMs);
      await operations.appendAudit([
        ...organizations.map(({ id, name, kinds }) =>
          auditOf(actor, nowMs, {
            action: 'org.created',
            target: { kind: 'org', id },
            orgId: id,
            before: null,
            after: { name, kind: kinds.join(', ') },
          }),
        ),
        auditOf(actor, nowMs, {
          action: 'keys.imported',
          target: { kind: 'api', id: api.id },
          orgId: null,
          before: null,
          after: {
            imported: keys.length,
            exists,
            refused: refused.length,
            firstKey: keys[0]?.id,
            lastKey: keys.at(-1)?.id,
          },
        }),
      ]);
      return { outcome, forgotten, position: await operations.recordChange(forgotten) };
    });
    if (position === undefined) return outcome;
    const unreached = await coherence.hold(forgotten, position);
    onHeld?.({ position, unreached });
    return outcome;
  };
}

function findApi(
  apis: ReadonlyMap<string, ProtectedApi>,
  id: string,
  redactor: Redactor,
): { api: ProtectedApi; imported: ImportedFormat } {
  const api = apis.get(id);
  if (api === undefined) {
    const message = `api: no API ${shown(id, { redactor })} is configured: use one of ${[...apis.keys()].join(', ')}`;
    throw new ManagementError('api_unknown', message, 'api');
  }
  if (api.imported === undefined) {
    throw new ManagementError(
      'import_not_configured',
      `api: the configuration does not set importedKeys for ${id}, so imported keys would not work: set importedKeys and restart the server`,
      'api',
    );
  }
  return { api, imported: api.imported };
}

function readRow(row: ImportRow, { api, imported, redactor, nowMs }: RowRules): ReadRow {
  let digest: string | undefined;
  try {
    digest = checkDigest(row, imported);
    assertNoSecret('orgName', row.orgName, redactor);
    return { digest, row: checkRow(row, { api, imported, redactor, nowMs }) };
  } catch (error) {
    if (!(error instanceof ManagementError)) throw error;
    return { digest, row: error } as ReadRow;
  }
}

interface Decided {
  readonly keys: readonly ImportedKey[];
  readonly organizations: readonly Organization[];
  readonly exists: number;
  readonly refused: readonly RowRefusal[];
}

/** Decides about each row, in order. It writes nothing. */
async function decide(
  operations: ImportOperations,
  readRows: readonly ReadRow[],
  api: ProtectedApi,
  nowMs: number,
  stopsAtRefusal: boolean,
): Promise<Decided> {
  const { maxKeysPerOrg } = api.policy;
  const known = new Map<string, string | null>(
    await operations.findDigests(readRows.flatMap(({ digest }) => digest ?? [])),
  );
  const externalIds = readRows.flatMap(({ row }) => (row instanceof ManagementError ? [] : (row.externalId ?? [])));
  const taken = new Set(await operations.findExternalIds(api.id, externalIds));
  const owners = await findOwners(operations, readRows, api, nowMs);
  const living = new Map(
    maxKeysPerOrg === undefined ? [] : await operations.countLivingKeys(api.id, owners.ids(), nowMs),
  );
  const keys: ImportedKey[] = [];
  const refused: RowRefusal[] = [];
  // Ids of a batch share a prefix, so that they are on few pages of their index. Random ids would touch a page each.
  const idPrefix = newKeyId(api).slice(0, 12);
  let exists = 0;
  for (const [at, { digest, row }] of readRows.entries()) {
    try {
      if (digest === undefined) throw row;
      const apiOfDigest = known.get(digest);
      if (apiOfDigest === api.id) {
        exists++;
        continue;
      }
      if (apiOfDigest === null)
        throw invalidInput('digest', 'belonged to a key of a deleted organization: make a new key');
      if (apiOfDigest !== undefined) throw invalidInput('digest', 'belongs to a key of another API');
      if (row instanceof ManagementError) throw row;
      const { owner, hint, ...fields } = row;
      if (fields.externalId !== null && taken.has(fields.externalId)) throw externalIdTaken('another key of this API');
      const organization = owners.take(owner);
      const count = living.get(organization.id) ?? 0;
      if (maxKeysPerOrg !== undefined && count >= maxKeysPerOrg) throw keyLimitReached(maxKeysPerOrg);
      living.set(organization.id, count + 1);
      known.set(digest, api.id);
      if (fields.externalId !== null) taken.add(fields.externalId);
      keys.push({
        id: idPrefix + newKeyId(api).slice(idPrefix.length),
        apiId: api.id,
        orgId: organization.id,
        ...fields,
        secret: { digest, hint },
      });
    } catch (error) {
      if (!(error instanceof ManagementError)) throw error;
      const { code, field, message } = error;
      refused.push({ row: at, code, field, detail: message });
      if (stopsAtRefusal) break;
    }
  }
  return { keys, organizations: owners.created(), exists, refused };
}

/** The organizations of a batch: existing ones, and those that its rows create. */
async function findOwners(
  operations: ImportOperations,
  readRows: readonly ReadRow[],
  api: ProtectedApi,
  nowMs: number,
) {
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const { row } of readRows) {
    if (row instanceof ManagementError) continue;
    if ('id' in row.owner) ids.add(row.owner.id);
    else names.add(row.owner.name);
  }
  const byId = new Map((await operations.findOrganizations([...ids])).map((each) => [each.id, each]));
  const byName = Map.groupBy(await operations.findOrganizationsNamed([...names]), ({ name }) => name);
  const created = new Map<string, Organization>();

  function findNamed(name: string): Organization {
    const [first, second] = byName.get(name) ?? [];
    if (second !== undefined) {
      throw invalidInput('orgName', 'is the name of several organizations: set org to the id of the right one');
    }
    if (first !== undefined) return first;
    const organization = created.get(name) ?? {
      id: `org_${randomBase62(20)}`,
      name,
      kinds: [api.policy.orgKind ?? 'standard'],
      status: 'active',
      suspendedApis: [],
      grantedLimits: new Map(),
      ...noAnnotations,
      createdAtMs: nowMs,
    };
    created.set(name, organization);
    return organization;
  }

  return {
    /** The ids of the existing ones. */
    ids: () => [...byId.keys(), ...[...byName.values()].flat().map(({ id }) => id)],
    created: () => [...created.values()],
    /** Throws a `ManagementError` when the organization does not exist or may not own such keys. */
    take(owner: CheckedRow['owner']): Organization {
      const organization = 'id' in owner ? byId.get(owner.id) : findNamed(owner.name);
      return checkOwner(organization, api);
    },
  };
}
