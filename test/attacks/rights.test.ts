// Every route of both APIs, called by every caller with every field of a body: the table of permissions decides what is
// set. The short form tries a closed route once for each caller. With MIFTAH_RIGHTS=all it also tries every field.
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Action, fieldRights, leastRole, type Right, type subjects } from '../../src/domain/rights.ts';
import { type Role, roles } from '../../src/domain/role.ts';
import { readContent } from '../database-content.ts';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import type { ApiDocument } from '../http/tenant-cases.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';

type Subject = (typeof subjects)[number];
/** `stranger`: a person of another organization. `anyone`: no session. `key`: an API key in place of a session. */
const callers = ['operator', ...roles, 'stranger', 'anyone', 'key'] as const;
type Caller = (typeof callers)[number];

/** Who may call a route, beside the operator: members by role, a signed-in person, everyone, or no one else. */
type Open = Action | 'person' | 'everyone' | 'operator';

interface Row {
  readonly open: Open;
  /** The rows of the table of permissions for the members of the body, by their names on the wire. */
  readonly sets?: Readonly<Record<string, Readonly<Record<Subject, Right>>>>;
  /** Members of the body that set nothing: they choose, ask or prove something. */
  readonly asks?: readonly string[];
  /** The status for callers who lack a mail's token, or who did it before. Default: the call succeeds. */
  readonly answers?: number;
}

const { newKey, key, newOrganization, organization, member, newToken, token, newWebhook, webhook, alert, alertRule } =
  fieldRights;
const { apiId: api, orgId: org, ...newKeyFields } = newKey;
const { orgId: tokenOrg, isReadOnly: readOnly, ...newTokenFields } = newToken;
const { orgId: webhookOrg, ...newWebhookFields } = newWebhook;
const { isDisabled: _4, overlap: _5, ...webhookFields } = webhook;
const { overlap, endsIn, orgId: transfer, isDisabled: _1, isRotated: _2, isRevoked: _3, ...keyFields } = key;

const sessionRoutes: Readonly<Record<string, Row>> = {
  setUp: { open: 'everyone', asks: ['token', 'email', 'name', 'password', 'organization'], answers: 404 },
  getSession: { open: 'person' },
  switchOrganization: { open: 'org.read', asks: ['org'] },
  // The address of someone else confirms nothing. deletion.test.ts tests the deletion.
  deleteAccount: { open: 'person', asks: ['email'], answers: 400 },
  readInvitation: { open: 'everyone', asks: ['token'], answers: 404 },
  acceptInvitation: { open: 'everyone', asks: ['token', 'name', 'password'], answers: 404 },
  getConsoleConfig: { open: 'everyone' },
  listMembers: { open: 'member.read' },
  addMember: { open: 'operator', sets: { email: member.email, role: member.role }, answers: 400 },
  changeRole: { open: 'member.write', sets: { role: member.role } },
  removeMember: { open: 'member.write' },
  listInvitations: { open: 'member.write' },
  invite: { open: 'member.write', sets: { email: member.email, role: member.role } },
  revokeInvitation: { open: 'member.write' },
  listOrgKeys: { open: 'key.read' },
  createOrgKey: { open: 'key.write', sets: { api, ...newKeyFields } },
  createOrgWebhook: { open: 'webhook.write', sets: newWebhookFields },
  listOrgWebhooks: { open: 'webhook.read' },
  getOrgWebhook: { open: 'webhook.read' },
  updateOrgWebhook: { open: 'webhook.write', sets: { ...webhookFields, disabled: webhook.isDisabled } },
  rotateOrgWebhookSecret: { open: 'webhook.write', sets: { overlap: webhook.overlap } },
  endOrgWebhookOverlap: { open: 'webhook.write' },
  testOrgWebhook: { open: 'webhook.write' },
  listOrgDeliveries: { open: 'webhook.read' },
  // Of a delivery that does not exist.
  listOrgAttempts: { open: 'webhook.read', answers: 404 },
  replayOrgDelivery: { open: 'webhook.write', answers: 404 },
  deleteOrgWebhook: { open: 'webhook.write' },
  createOperatorWebhook: { open: 'operator', sets: newWebhookFields },
  listOperatorWebhooks: { open: 'operator' },
  getOperatorWebhook: { open: 'operator' },
  updateOperatorWebhook: { open: 'operator', sets: { ...webhookFields, disabled: webhook.isDisabled } },
  rotateOperatorWebhookSecret: { open: 'operator', sets: { overlap: webhook.overlap } },
  endOperatorWebhookOverlap: { open: 'operator' },
  testOperatorWebhook: { open: 'operator' },
  listOperatorDeliveries: { open: 'operator' },
  listOperatorAttempts: { open: 'operator', answers: 404 },
  replayOperatorDelivery: { open: 'operator', answers: 404 },
  deleteOperatorWebhook: { open: 'operator' },
  getOrg: { open: 'org.read' },
  renameOrg: { open: 'org.rename', sets: { name: organization.name } },
  getClientAddress: { open: 'person' },
  listOrgAudit: { open: 'audit.read' },
  // Each caller has only their own. The contract of the store and test/notifications test this.
  listNotifications: { open: 'org.read' },
  readNotifications: { open: 'org.read', asks: ['ids', 'upTo'] },
  getPersonSettings: { open: 'person' },
  changePersonSettings: { open: 'person', asks: ['language', 'timeZone', 'digestHour', 'timings'] },
  listOperatorOrgs: { open: 'operator' },
  createOperatorOrg: { open: 'operator', sets: newOrganization },
  updateOperatorOrg: {
    open: 'operator',
    sets: {
      name: organization.name,
      kind: organization.kind,
      kinds: organization.kinds,
      grantedLimits: organization.grantedLimits,
      tags: organization.tags,
      metadata: organization.metadata,
      externalId: organization.externalId,
    },
  },
  suspendOperatorOrg: { open: 'operator' },
  resumeOperatorOrg: { open: 'operator' },
  suspendOperatorOrgForApi: { open: 'operator' },
  resumeOperatorOrgForApi: { open: 'operator' },
  deleteOperatorOrg: { open: 'operator' },
  deleteOperatorPerson: { open: 'operator' },
  listOperatorApis: { open: 'operator' },
  listOperatorNodes: { open: 'operator' },
  echoProxies: { open: 'operator' },
  listOperatorDenials: { open: 'operator' },
  getOperatorUsage: { open: 'operator' },
  getOperatorOverview: { open: 'operator' },
  getMailSettings: { open: 'operator' },
  testMail: { open: 'operator', answers: 409 },
  getOrgKeyActivity: { open: 'key.read' },
  listOrgKeyAddresses: { open: 'key.read' },
  testOrgKey: { open: 'key.read', asks: ['method', 'path', 'clientIp', 'referrer', 'environment'] },
  previewOrgKeyChange: { open: 'key.read', asks: [...Object.keys(keyFields), 'action'] },
  listOrgDenials: { open: 'key.read' },
  listOrgAlerts: { open: 'alert.read' },
  // Of an alert that does not exist. test/alerts/server.test.ts has one.
  getOrgAlert: { open: 'alert.read', answers: 404 },
  acknowledgeOrgAlert: { open: 'alert.write', answers: 404 },
  muteOrgAlert: { open: 'alert.write', asks: ['for'], answers: 404 },
  listOrgAlertRules: { open: 'alert.read' },
  listOperatorAlerts: { open: 'operator' },
  getOperatorAlert: { open: 'operator', answers: 404 },
  acknowledgeOperatorAlert: { open: 'operator', answers: 404 },
  muteOperatorAlert: { open: 'operator', sets: { for: alert.mutedFor }, answers: 404 },
  listOperatorAlertRules: { open: 'operator' },
  updateOperatorAlertRule: { open: 'operator', sets: { on: alertRule.isOn, settings: alertRule.settings } },
  previewOperatorAlertRule: { open: 'operator', asks: ['settings'] },
  // For a denial that does not exist. console-denials.test.ts tests who may fix one.
  fixOrgDenial: { open: 'key.write', asks: ['kind', 'params', 'revision'], answers: 404 },
  getOrgUsage: { open: 'org.read' },
  getOrgOverview: { open: 'key.read' },
  getOrgKey: { open: 'key.read' },
  updateOrgKey: { open: 'key.write', sets: keyFields },
  revokeOrgKey: { open: 'key.write' },
  rotateOrgKey: { open: 'key.write', sets: { overlap } },
  disableOrgKey: { open: 'key.write' },
  enableOrgKey: { open: 'key.write' },
  listOrgKeySecrets: { open: 'key.read' },
  endOrgKeySecret: { open: 'key.write', sets: { endsIn } },
};

const operatorRoutes: Readonly<Record<string, Row>> = {
  listApis: { open: 'operator' },
  getApi: { open: 'operator' },
  createOrganization: { open: 'operator', sets: newOrganization },
  listOrganizations: { open: 'operator' },
  getOrganization: { open: 'operator' },
  updateOrganization: sessionRoutes.updateOperatorOrg as Row,
  suspendOrganization: { open: 'operator' },
  resumeOrganization: { open: 'operator' },
  suspendOrganizationForApi: { open: 'operator' },
  resumeOrganizationForApi: { open: 'operator' },
  deleteOrganization: { open: 'operator' },
  listPeople: { open: 'operator' },
  deletePerson: { open: 'operator' },
  createKey: { open: 'operator', sets: { api, org, ...newKeyFields } },
  listKeys: { open: 'operator' },
  // No secret has the digest. key-find.test.ts tests what a token finds.
  findKey: { open: 'operator', asks: ['digest'], answers: 404 },
  getKey: { open: 'operator' },
  updateKey: { open: 'operator', sets: keyFields },
  revokeKey: { open: 'operator' },
  rotateKey: { open: 'operator', sets: { overlap } },
  disableKey: { open: 'operator' },
  enableKey: { open: 'operator' },
  transferKey: { open: 'operator', sets: { org: transfer } },
  listSecrets: { open: 'operator' },
  listKeyAddresses: { open: 'operator' },
  endSecret: { open: 'operator', sets: { endsIn } },
  createToken: { open: 'operator', sets: { ...newTokenFields, org: tokenOrg, readOnly } },
  listTokens: { open: 'operator' },
  rotateToken: { open: 'operator', sets: { overlap: token.overlap } },
  revokeToken: { open: 'operator' },
  listAlerts: { open: 'operator' },
  getAlert: { open: 'operator', answers: 404 },
  acknowledgeAlert: { open: 'operator', answers: 404 },
  muteAlert: { open: 'operator', sets: { for: alert.mutedFor }, answers: 404 },
  listAlertRules: { open: 'operator' },
  updateAlertRule: { open: 'operator', sets: { on: alertRule.isOn, settings: alertRule.settings } },
  previewAlertRule: { open: 'operator', asks: ['settings'] },
  createWebhook: { open: 'operator', sets: { ...newWebhookFields, org: webhookOrg } },
  listWebhooks: { open: 'operator' },
  getWebhook: { open: 'operator' },
  updateWebhook: { open: 'operator', sets: { ...webhookFields, disabled: webhook.isDisabled } },
  rotateWebhookSecret: { open: 'operator', sets: { overlap: webhook.overlap } },
  endWebhookOverlap: { open: 'operator' },
  testWebhook: { open: 'operator' },
  listDeliveries: { open: 'operator' },
  // Of a delivery that does not exist. test/webhooks/server.test.ts reads and replays one.
  listAttempts: { open: 'operator', answers: 404 },
  replayDelivery: { open: 'operator', answers: 404 },
  deleteWebhook: { open: 'operator' },
  // Its rows are new keys. Only the operator imports.
  importKeys: { open: 'operator', asks: ['api', 'rows', 'dryRun', 'onError'], answers: 409 },
  listDenials: { open: 'operator' },
  listUsage: { open: 'operator' },
  listAudit: { open: 'operator' },
  exportAudit: { open: 'operator' },
  listAuditDestinations: { open: 'operator' },
  noteAuditArchived: { open: 'operator', asks: ['seq', 'hash'], answers: 400 },
  listNodes: { open: 'operator' },
  reloadConfig: { open: 'operator', asks: ['dryRun', 'allowDifferences'] },
  createBackup: { open: 'operator' },
  getHealth: { open: 'everyone' },
  getReadiness: { open: 'everyone' },
  getMetrics: { open: 'everyone' },
  getJwks: { open: 'everyone' },
  verifyRequest: {
    open: 'operator',
    asks: [
      ...['api', 'secret', 'headers', 'method', 'path', 'clientIp', 'referrer', 'environment', 'scopes', 'explain'],
      'minRevision',
    ],
  },
};

const isWhole = process.env.MIFTAH_RIGHTS === 'all';

interface Values {
  /** A value that everyone who may set the field at all may set. */
  readonly within: unknown;
  /** A value above the granted one, for fields that some callers may only tighten. The others may set it. */
  readonly beyond?: unknown;
}

const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** A value for each member of a body. An admin may not make someone an owner. */
const values: Readonly<Record<string, Values>> = {
  seq: { within: 1 },
  hash: { within: 'f'.repeat(64) },
  api: { within: 'limited' },
  org: { within: 'ORG' },
  environment: { within: 'test' },
  template: { within: 'reader' },
  name: { within: 'renamed' },
  // For an organization, where any word will do, and for a fix.
  kind: { within: 'enable' },
  kinds: { within: ['standard', 'school'] },
  params: { within: {} },
  revision: { within: 1 },
  addresses: { within: ['203.0.113.9'] },
  addressCheck: { within: 'report' },
  referrers: { within: ['*.example.com'] },
  endpoints: { within: ['GET /v1/users/*'] },
  scopes: { within: ['users:read'], beyond: ['admin:all'] },
  rateLimits: { within: ['5/m', '1/s'], beyond: ['61/m'] },
  grantedLimits: { within: { limited: ['60/m'] } },
  expiresAt: { within: later(20), beyond: later(40) },
  url: { within: 'https://hooks.invalid/' },
  types: { within: ['key.revoked'] },
  format: { within: 'standard' },
  signature: { within: 'ed25519' },
  disabled: { within: false },
  tags: { within: ['eu', 'billing'] },
  metadata: { within: { plan: 'gold' }, beyond: { plan: 'gold', tier: '1' } },
  // A new one each time: no other key or organization may have it.
  externalId: { within: 'cus_0' },
  overlap: { within: '1h' },
  may: { within: 'admin' },
  apis: { within: ['limited'] },
  readOnly: { within: true },
  endsIn: { within: '2h' },
  email: { within: 'guest@example.com' },
  role: { within: 'viewer', beyond: 'owner' },
  token: { within: 'none' },
  password: { within: password },
  organization: { within: { name: 'Mine' } },
  method: { within: 'GET' },
  path: { within: '/v1/users/7' },
  clientIp: { within: '203.0.113.9' },
  referrer: { within: 'https://a.example.com/' },
  action: { within: 'revoke' },
  digest: { within: 'ef'.repeat(32) },
  rows: { within: [{ digest: 'ab'.repeat(32), orgName: 'Old', name: 'old' }] },
  dryRun: { within: true },
  allowDifferences: { within: true },
  onError: { within: 'skip' },
  secret: { within: 'sk_live_none' },
  headers: { within: { 'x-api-key': 'sk_live_none' } },
  explain: { within: true },
  minRevision: { within: undefined },
  ids: { within: ['ntf_none'] },
  upTo: { within: 'ntf_none' },
  language: { within: 'ar' },
  timeZone: { within: 'Asia/Hebron' },
  digestHour: { within: 9 },
  timings: { within: { key_change: 'daily' } },
  for: { within: '1h' },
  on: { within: true },
  settings: { within: {} },
};

interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly members: readonly string[];
  readonly required: readonly string[];
  readonly hasBody: boolean;
}

interface BodySchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function listOperations(document: ApiDocument): readonly Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(
      methods as Record<
        string,
        { operationId: string; requestBody?: { content: Record<string, { schema: BodySchema }> } }
      >,
    ).map(([method, { operationId, requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      const name = schema?.$ref?.split('/').at(-1);
      const body = (name === undefined ? schema : document.components?.schemas?.[name]) as BodySchema | undefined;
      return {
        operationId,
        method: method.toUpperCase(),
        path,
        members: Object.keys(body?.properties ?? {}),
        required: body?.required ?? [],
        hasBody: body !== undefined,
      };
    }),
  );
}

let server: TestServer;
let orgId: string;
/** An organization for the operator's routes. */
let spareOrgId: string;
let personId: string;
let database: DatabaseSync;
const clients = {} as Record<Exclude<Caller, 'key'>, ConsoleClient>;
let apiKey: string;
let guests = 0;

const limited = `
  - id: limited
    profile: classic
    hosts: [api.limited.localhost]
    upstream: UPSTREAM
    policy: { rateLimit: 60/m, memberScopes: [users:read], memberMetadata: [plan], maxExpiryDays: 30, disable: true,
      templates: [{ id: reader, name: Reader, scopes: [users:read], rateLimits: [90/m], expiresInDays: 20 }] }
`;

beforeAll(async () => {
  server = await startTestServer({ apis: `${fiveApis.trimEnd()}${limited}` });
  ({ client: clients.operator } = await makeOwner(server));
  clients.anyone = new ConsoleClient(server);
  orgId = await server.createOrg();
  spareOrgId = await server.createOrg();
  for (const role of roles) ({ client: clients[role] } = await join(orgId, role, `${role}@example.com`));
  ({ client: clients.stranger } = await join(spareOrgId, 'owner', 'stranger@example.com'));
  ({ personId } = await join(orgId, 'viewer', 'moved@example.com'));
  apiKey = (await server.createKey({ api: 'limited', org: orgId, name: 'caller' })).secret;
  database = new DatabaseSync(`${server.folder}/data/miftah.db`, { readOnly: true });
});
afterAll(async () => {
  database.close();
  await server[Symbol.asyncDispose]();
});

/** A person who accepted an invitation, signed in. */
async function join(to: string, role: Role, email: string): Promise<{ client: ConsoleClient; personId: string }> {
  await clients.operator.post(`/api/orgs/${to}/invitations`, { email, role });
  const client = new ConsoleClient(server);
  const token = await tokenInMail(server, email, 'accept-invitation');
  const accepted = await client.post('/api/invitations/accept', { token, name: email, password });
  expect((await client.signIn(email, password)).status).toBe(200);
  return { client, personId: accepted.body.person.id };
}

/** Changes when any connection commits a change (https://sqlite.org/pragma.html#pragma_data_version). */
function readVersion(): number {
  return Number(database.prepare('PRAGMA data_version').get()?.data_version);
}

/** The path with ids of new objects. */
async function fillPath({ operationId, path }: Operation): Promise<string> {
  if (/^delete(Operator)?Org(anization)?$/.test(operationId)) return path.replace('{id}', await server.createOrg());
  if (/^delete(Operator)?Person$/.test(operationId)) {
    return path.replace('{id}', (await join(spareOrgId, 'viewer', guest())).personId);
  }
  const filled = path
    .replace('/operator/orgs/{id}', `/operator/orgs/${spareOrgId}`)
    .replace('/v1/orgs/{id}', `/v1/orgs/${spareOrgId}`)
    .replace('/v1/apis/{id}', '/v1/apis/limited')
    .replace('{api}', 'limited')
    .replace('{org}', orgId)
    .replace('{rule}', 'volume_rise')
    .replace('/alerts/{id}', '/alerts/alt_none')
    .replace('/denials/{id}', '/denials/den_0');
  if (filled.includes('{person}')) {
    await clients.operator.post(`/api/orgs/${orgId}/members`, { email: 'moved@example.com', role: 'viewer' });
    await clients.operator.call('PATCH', `/api/orgs/${orgId}/members/${personId}`, { body: { role: 'viewer' } });
    return filled.replace('{person}', personId);
  }
  if (filled.includes('/invitations/{id}')) {
    const invited = await clients.operator.post(`/api/orgs/${orgId}/invitations`, { email: guest(), role: 'viewer' });
    return filled.replace('{id}', invited.body.id);
  }
  if (!filled.includes('{id}')) return filled;
  if (filled.startsWith('/v1/tokens/')) {
    const { body } = await server.admin('POST', '/v1/tokens', { name: 'target', may: 'decide' });
    return filled.replace('{id}', String(body.id));
  }
  if (filled.includes('/webhooks/{id}')) {
    const org = filled.startsWith('/api/orgs/') ? { org: orgId } : {};
    const fields = { ...org, name: 'target', url: 'https://hooks.invalid/' };
    await removeWebhooks();
    const { body } = await server.admin('POST', '/v1/webhooks', fields);
    return filled.replace('{id}', String(body.id)).replace('{deliveryId}', 'dlv_9999');
  }
  const fields = { api: 'limited', org: orgId, name: 'target', expiresAt: later(10) };
  const { id } = await server.createKey(fields);
  if (!filled.includes('{secretId}')) return filled.replace('{id}', id);
  await server.admin('POST', `/v1/keys/${id}/rotate`, { overlap: '24h' });
  const { body } = await server.admin('GET', `/v1/keys/${id}/secrets`);
  const [, old] = body.data as { id: string }[];
  return filled.replace('{id}', id).replace('{secretId}', String(old?.id));
}

/** An organization may have 10 webhooks. The last ones are enough. */
async function removeWebhooks(): Promise<void> {
  for (const of of [`org=${orgId}&`, '']) {
    const { data } = (await server.admin('GET', `/v1/webhooks?${of}limit=50`)).body as { data: { id: string }[] };
    for (const { id: old } of data.slice(5)) await server.admin('DELETE', `/v1/webhooks/${old}`);
  }
}

function guest(): string {
  return `guest-${++guests}@example.com`;
}

function exampleOf(name: string, isBeyond: boolean): unknown {
  if (name === 'email') return guest();
  if (name === 'externalId') return `cus_${++guests}`;
  if (name === 'org') return orgId;
  const { within, beyond } = values[name] as Values;
  return isBeyond ? beyond : within;
}

/** Whether the caller may call the route, whatever the body. */
function isOpen(open: Open, caller: Caller): boolean {
  if (open === 'everyone' || caller === 'operator') return true;
  if (open === 'operator') return false;
  if (open === 'person') return caller !== 'anyone' && caller !== 'key';
  const least = leastRole[open];
  return roles.some((role) => role === caller && roles.indexOf(role) <= roles.indexOf(least));
}

interface Case {
  readonly caller: Caller;
  readonly operation: Operation;
  readonly row: Row;
  /** The member to try. `undefined`: the route alone. */
  readonly field: string | undefined;
  readonly isBeyond: boolean;
}

function listCases(operations: readonly Operation[], rows: Readonly<Record<string, Row>>): readonly Case[] {
  return operations.flatMap((operation) => {
    const row = rows[operation.operationId] as Row;
    const tried = [
      { field: undefined, isBeyond: false },
      ...operation.members.flatMap((field) => [
        { field, isBeyond: false },
        ...(values[field]?.beyond !== undefined && row.sets !== undefined ? [{ field, isBeyond: true }] : []),
      ]),
    ];
    const all = callers.flatMap((caller) => tried.map((each) => ({ caller, operation, row, ...each })));
    return all.filter(({ caller, field }) => isWhole || field === undefined || isOpen(row.open, caller));
  });
}

/** Routes and members without a row, and rows without a route or member. */
function listUnruled(operations: readonly Operation[], rows: Readonly<Record<string, Row>>): readonly string[] {
  const routes = operations.flatMap(({ operationId, members }) => {
    const row = rows[operationId];
    if (row === undefined) return [operationId];
    const ruled = [...Object.keys(row.sets ?? {}), ...(row.asks ?? [])];
    return [
      ...members.filter((name) => !ruled.includes(name) || !(name in values)).map((name) => `${operationId}.${name}`),
      ...ruled.filter((name) => !members.includes(name)).map((name) => `${operationId}.${name} is not there`),
    ];
  });
  const known = new Set(operations.map(({ operationId }) => operationId));
  return [...routes, ...Object.keys(rows).filter((name) => !known.has(name))];
}

function bodyFor({ operation, row, field, isBeyond }: Case): Record<string, unknown> | undefined {
  if (!operation.hasBody) return undefined;
  const needed = row.sets !== undefined && operation.members.includes('rateLimits') ? ['name'] : [];
  const base = [...operation.required, ...needed].map((name) => [name, exampleOf(name, false)] as const);
  return { ...Object.fromEntries(base), ...(field !== undefined && { [field]: exampleOf(field, isBeyond) }) };
}

type Send = (
  caller: Caller,
  method: string,
  path: string,
  body: unknown,
) => Promise<{ readonly status: number; readonly body: unknown; readonly text: string }>;

/** Runs the cases. Returns how many calls succeeded and how many were refused. */
async function runCases(cases: readonly Case[], send: Send): Promise<{ done: number; refused: number }> {
  const counts = { done: 0, refused: 0 };
  const versions = { before: 0 };
  // Replaces what a call changed, for the next call.
  const paths = new Map<Operation, string>();

  /**
   * Statistics are written later, and deliveries of webhooks at any time, so a refused call that seems to change
   * something is tried again.
   */
  async function isUnchanged(ask: () => Promise<unknown>): Promise<boolean> {
    if (readVersion() === versions.before) return true;
    for (let tries = 0; tries < 5; tries++) {
      const before = readContent(database);
      await ask();
      if (readContent(database) === before) return true;
    }
    return false;
  }

  for (const each of cases) {
    const { caller, operation, row, field, isBeyond } = each;
    const path = paths.get(operation) ?? (await fillPath(operation));
    paths.set(operation, path);
    if (/^create\w*Webhook$/.test(operation.operationId)) await removeWebhooks();
    const body = bodyFor(each);
    const ask = () => send(caller, operation.method, path, body);
    versions.before = readVersion();
    const reply = await ask();
    const call = `${caller}: ${operation.method} ${path} ${JSON.stringify(body)}`;
    const name = `${call} answered ${reply.status} ${reply.text.slice(0, 300)}`;
    const right = field === undefined ? undefined : row.sets?.[field]?.[subjectOf(caller)];
    const isFieldRefused = right !== undefined && (right === 'never' || (isBeyond && right === 'tightens'));
    if (!isOpen(row.open, caller)) {
      expect(caller === 'anyone' || caller === 'key' ? [401] : [403, 404], name).toContain(reply.status);
    } else if (isFieldRefused) expect([400, 403], name).toContain(reply.status);
    else if (row.answers !== undefined) expect(reply.status, name).toBe(row.answers);
    else expect(reply.status, name).toBeLessThan(300);
    if (reply.status >= 400) {
      counts.refused++;
      expect(await isUnchanged(ask), `${name} and changed something`).toBe(true);
    } else {
      counts.done++;
      if (operation.method !== 'GET') paths.delete(operation);
      const shown = (reply.body as Record<string, unknown> | undefined)?.[field ?? ''];
      // An instant may have another format. A grant, metadata and settings are shown beside others.
      const isAlone = !['grantedLimits', 'metadata', 'settings'].includes(field ?? '');
      if (row.sets !== undefined && shown !== undefined && isAlone) {
        expect(shown, name).toEqual(body?.[field ?? '']);
      }
    }
  }
  return counts;
}

function subjectOf(caller: Caller): Subject {
  return caller === 'stranger' || caller === 'anyone' ? 'viewer' : caller;
}

test('the session API follows the table of permissions', async () => {
  const operations = listOperations((await clients.operator.get('/api/openapi.json')).body);
  expect(operations.length).toBeGreaterThan(40);
  expect(listUnruled(operations, sessionRoutes)).toEqual([]);
  const send: Send = (caller, method, path, body) => {
    const options = body === undefined ? {} : { body };
    if (caller !== 'key') return clients[caller].call(method, path, options);
    return clients.anyone.call(method, path, { ...options, headers: { authorization: `Bearer ${apiKey}` } });
  };
  const cases = listCases(operations, sessionRoutes);
  const { done, refused } = await runCases(cases, send);
  if (isWhole)
    process.stdout.write(`session API: ${cases.length} calls, ${done} carried out, ${refused} refused, 0 otherwise\n`);
  expect(done + refused).toBe(cases.length);
  expect([done > 150, refused > 150]).toEqual([true, true]);
});

test('the admin API follows the table of permissions', async () => {
  const url = `http://127.0.0.1:${server.internalPort}`;
  const operations = listOperations((await server.admin('GET', '/openapi.json')).body as ApiDocument);
  expect(operations.length).toBeGreaterThan(25);
  expect(listUnruled(operations, operatorRoutes)).toEqual([]);
  // No session opens it, only the operator token.
  const tokens: Readonly<Partial<Record<Caller, string>>> = { operator: server.operatorToken, key: apiKey };
  const send: Send = async (caller, method, path, body) => {
    const token = tokens[caller];
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await fetch(url + path, { method, headers, ...sent });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json') === true && text.startsWith('{');
    return { status: reply.status, text, body: isJson ? JSON.parse(text) : undefined };
  };
  const cases = listCases(operations, operatorRoutes).filter(({ caller }) =>
    ['operator', 'anyone', 'key'].includes(caller),
  );
  const { done, refused } = await runCases(cases, send);
  if (isWhole)
    process.stdout.write(`admin API: ${cases.length} calls, ${done} carried out, ${refused} refused, 0 otherwise\n`);
  expect(done + refused).toBe(cases.length);
  expect([done > 60, refused > 50]).toEqual([true, true]);
});

/** The panel's names of the fields that a key may set on a new key. It accepts no others. */
const panelNames: Readonly<Partial<Record<keyof typeof newKey, string>>> = {
  name: 'memo',
  addresses: 'allowedIps',
  expiresAt: 'expiresAt',
};

test('a dialect’s own routes follow the table of permissions for keys', async () => {
  const parent = await server.createKey({
    api: 'panel',
    org: orgId,
    name: 'parent',
    addresses: ['127.0.0.1', '203.0.113.9'],
    expiresAt: later(30),
  });
  const mint = async (fields: object): Promise<number> => {
    const { status } = await clients.anyone.call('POST', '/api/account/api-keys', {
      body: fields,
      headers: { host: 'panel.localhost', authorization: `Bearer ${parent.secret}` },
    });
    return status;
  };
  const tried: Readonly<Record<string, Values>> = {
    ...values,
    addresses: { within: ['203.0.113.9'], beyond: ['203.0.113.9', '203.0.113.10'] },
  };
  for (const [field, row] of Object.entries(newKey)) {
    const wireName = panelNames[field as keyof typeof newKey];
    const { within, beyond } = tried[wireNames[field] ?? field] as Values;
    const status = await mint({ [wireName ?? wireNames[field] ?? field]: within });
    expect([field, status]).toEqual([field, wireName === undefined ? 400 : 201]);
    if (wireName === undefined || beyond === undefined) continue;
    const beyondStatus = await mint({ [wireName]: beyond });
    expect([field, row.key === 'tightens' && beyondStatus === 403]).toEqual([field, true]);
  }
});

const wireNames: Readonly<Record<string, string>> = { apiId: 'api', orgId: 'org' };
