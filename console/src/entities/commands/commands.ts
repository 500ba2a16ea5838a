// What a page shows and does, as command lines of `miftah` (docs/reference/cli.md) and as curl calls of the session
// API.
import type { ConsoleApi } from '../../api/config.ts';
import type { components } from '../../api/schema.ts';
import type { DenialFilter } from '../denials/denials-api.ts';
import type { KeyListQuery } from '../keys/api/list-keys.ts';

type Key = components['schemas']['Key'];
type Organization = components['schemas']['Organization'];

/** The filters of a page, by their names in the session API. */
export type Narrowed = Readonly<Record<string, string | number | undefined>>;

/** The page and its filters. */
export type Subject =
  | { readonly page: 'keys'; readonly org: string; readonly query: KeyListQuery }
  | { readonly page: 'key'; readonly apiKey: Key; readonly api: ConsoleApi }
  | { readonly page: 'usage' | 'overview'; readonly org: string; readonly query: Narrowed }
  | { readonly page: 'operatorUsage' | 'operatorOverview'; readonly query: Narrowed }
  | { readonly page: 'denials'; readonly org: string; readonly query: DenialFilter }
  | { readonly page: 'audit'; readonly org: string; readonly query: Narrowed }
  | { readonly page: 'members'; readonly org: string }
  /** `org` `undefined`: those of the operator. */
  | { readonly page: 'webhooks'; readonly org: string | undefined }
  | { readonly page: 'webhook'; readonly org: string | undefined; readonly id: string }
  | { readonly page: 'alerts'; readonly org: string | undefined; readonly query: Narrowed }
  | { readonly page: 'alert'; readonly org: string | undefined; readonly id: string }
  | { readonly page: 'settings'; readonly org: Organization }
  | { readonly page: 'orgs' | 'unknownKeys'; readonly query: Narrowed }
  | { readonly page: 'alertRules' | 'apis' | 'nodes' | 'proxies' | 'mail' };

export type CommandName =
  | ('get' | 'list' | 'create' | 'update' | 'rotate' | 'recreate' | 'disable' | 'enable' | 'revoke' | 'delete')
  | ('export' | 'invite' | 'check' | 'test');

export interface Command {
  readonly name: CommandName;
  readonly text: string;
}

export interface Commands {
  /** For the operator, on the server. */
  readonly cli: readonly Command[];
  /** For everyone who may open the page, from anywhere. The session token is in `$TOKEN`. */
  readonly curl: readonly Command[];
}

interface Call {
  readonly name: CommandName;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: object;
  readonly body?: object;
}

type Line = readonly [name: CommandName, words: readonly (string | false)[]];

/**
 * Writes the commands of a page. No command holds a secret, and a shell runs nothing of a name. `origin`: the
 * console's.
 */
export function writeCommands(subject: Subject, origin: string): Commands {
  return {
    cli: linesOf(subject).map(([name, words]) => ({
      name,
      text: ['miftah', ...words.filter((word) => word !== false)].join(' '),
    })),
    curl: callsOf(subject).map((call) => ({ name: call.name, text: writeCall(call, origin) })),
  };
}

/**
 * Leaves out a command that has no option for a filter of the page, because it would list more. Revoked keys are always
 * listed.
 */
function linesOf(subject: Subject): readonly Line[] {
  switch (subject.page) {
    case 'keys': {
      const { api, environment, status, q, unusedDays, expiringDays } = subject.query;
      const scope = [option('api', api), option('org', subject.org), option('env', environment)];
      const isPlain = unusedDays === undefined && expiringDays === undefined && subject.query.digest === undefined;
      const list: Line = ['list', ['keys list', ...scope, option('status', status), option('search', q)]];
      return [...(isPlain ? [list] : []), ['create', ['keys create', ...scope, '--name NAME']]];
    }
    case 'key':
      return linesOfKey(subject.apiKey, subject.api);
    case 'usage':
      return [['list', ['usage', option('org', subject.org), ...usageOptions(subject.query)]]];
    case 'operatorUsage':
      return [['list', ['usage', option('org', subject.query.org), ...usageOptions(subject.query)]]];
    case 'overview':
    case 'operatorOverview':
      return [];
    case 'denials': {
      const { api, key, reason, from, to } = subject.query;
      const line: Line = ['list', ['denials list', option('org', subject.org), option('api', api), option('key', key)]];
      return reason === undefined && from === undefined && to === undefined ? [line] : [];
    }
    case 'audit': {
      const { action, actor, target, from } = subject.query;
      const isPlain = from === undefined && !String(actor ?? '').includes('@');
      const narrowed = [option('action', action), option('actor', actor), option('target', target)];
      const org = option('org', subject.org);
      return [
        ...(isPlain ? [['list', ['audit list', org, ...narrowed]] satisfies Line] : []),
        ['export', ['audit export', org, option('since', from), '--format csv']],
      ];
    }
    case 'members':
    case 'apis':
      return [];
    case 'alertRules':
      return [['list', ['alerts rules']]];
    case 'webhooks': {
      const of = option('org', subject.org);
      return [
        ['list', ['webhooks list', of]],
        ['create', ['webhooks create', of, '--name NAME --to https://example.com/webhooks']],
      ];
    }
    case 'webhook':
      return [
        ['get', ['webhooks get', subject.id]],
        ['list', ['webhooks deliveries', subject.id]],
        ['rotate', ['webhooks rotate-secret', subject.id, '--overlap 24h']],
        ['delete', ['webhooks delete', subject.id]],
      ];
    case 'alerts': {
      const { rule, subject: about, acknowledged } = subject.query;
      const narrowed = [option('org', subject.org), option('rule', rule), acknowledged === 'false' && '--open'];
      return about === undefined && acknowledged !== 'true' ? [['list', ['alerts list', ...narrowed]]] : [];
    }
    case 'alert':
      return [['get', ['alerts show', subject.id]]];
    case 'settings':
      return [['update', ['orgs update', subject.org.id, option('name', subject.org.name)]]];
    case 'orgs': {
      const { q, status } = subject.query;
      const create: Line = ['create', ['orgs create', '--name NAME', '--kind standard']];
      return q === undefined && status === undefined ? [['list', ['orgs list']], create] : [create];
    }
    case 'unknownKeys':
      return [];
    case 'nodes':
      return [['list', ['nodes list']]];
    case 'proxies':
    case 'mail':
      return [['check', ['doctor', '--config miftah.yaml']]];
  }
}

function usageOptions({ api, key, environment, outcome, tag, from, to, timeZone, by }: Narrowed) {
  return [
    ...[option('api', api), option('key', key), option('from', from), option('to', to)],
    ...[option('env', environment), option('outcome', outcome), option('tag', tag)],
    ...[option('time-zone', timeZone), option('by', by)],
  ];
}

function linesOfKey(key: Key, { actions }: ConsoleApi): readonly Line[] {
  const { id, status } = key;
  const isOver = status === 'revoked';
  const settings = writeSettings(key);
  const scope = [option('api', key.api), option('org', key.org), option('env', key.environment)];
  const may: readonly (Line | false)[] = [
    ['get', ['keys get', id]],
    !isOver && ['update', ['keys update', id, ...settings]],
    actions.rotate && status === 'active' && ['rotate', ['keys rotate', id, '--overlap 24h']],
    ['recreate', ['keys create', ...scope, ...settings]],
    actions.disable && status === 'active' && ['disable', ['keys disable', id]],
    actions.disable && status === 'disabled' && ['enable', ['keys enable', id]],
    !isOver && [actions.revokeWord, ['keys revoke', id]],
  ];
  return may.filter((line) => line !== false);
}

function writeSettings(key: Key): readonly (string | false)[] {
  const { name, addresses, referrers, endpoints, scopes, rateLimits, expiresAt } = key;
  return [
    option('name', name),
    addresses.length > 0 && option('ip', addresses.join(',')),
    ...referrers.map((referrer) => option('referrer', referrer)),
    ...endpoints.map((endpoint) => option('endpoint', endpoint)),
    scopes.length > 0 && option('scope', scopes.join(',')),
    rateLimits.length > 0 && option('rate', rateLimits.join(',')),
    expiresAt !== null && option('expires', expiresAt),
  ];
}

function callsOf(subject: Subject): readonly Call[] {
  const get = (path: string, query: object = {}): Call => ({ name: 'list', method: 'GET', path, query });
  switch (subject.page) {
    case 'keys': {
      const path = `/api/orgs/${subject.org}/keys`;
      const { api, environment } = subject.query;
      const body = { api, environment, name: 'NAME' };
      return [get(path, subject.query), { name: 'create', method: 'POST', path, body }];
    }
    case 'key':
      return callsOfKey(subject.apiKey, subject.api);
    case 'usage':
    case 'overview':
    case 'denials':
    case 'audit':
      return [get(`/api/orgs/${subject.org}/${subject.page}`, subject.query)];
    case 'members': {
      const path = `/api/orgs/${subject.org}`;
      const body = { email: 'NAME@example.com', role: 'developer' };
      return [get(`${path}/members`), { name: 'invite', method: 'POST', path: `${path}/invitations`, body }];
    }
    case 'webhooks': {
      const path = pathOf(subject.org, 'webhooks');
      const body = { name: 'NAME', url: 'https://example.com/webhooks' };
      return [get(path), { name: 'create', method: 'POST', path, body }];
    }
    case 'webhook': {
      const path = `${pathOf(subject.org, 'webhooks')}/${subject.id}`;
      return [
        { name: 'get', method: 'GET', path },
        get(`${path}/deliveries`),
        { name: 'rotate', method: 'POST', path: `${path}/rotate-secret`, body: { overlap: '24h' } },
        { name: 'delete', method: 'DELETE', path },
      ];
    }
    case 'alerts':
      return [get(pathOf(subject.org, 'alerts'), subject.query)];
    case 'alert':
      return [{ name: 'get', method: 'GET', path: `${pathOf(subject.org, 'alerts')}/${subject.id}` }];
    case 'settings': {
      const path = `/api/orgs/${subject.org.id}`;
      return [
        { name: 'get', method: 'GET', path },
        { name: 'update', method: 'PATCH', path, body: { name: subject.org.name } },
      ];
    }
    case 'orgs': {
      const path = '/api/operator/orgs';
      return [get(path, subject.query), { name: 'create', method: 'POST', path, body: { name: 'NAME' } }];
    }
    case 'unknownKeys':
      return [get('/api/operator/denials', subject.query)];
    case 'operatorUsage':
      return [get('/api/operator/usage', subject.query)];
    case 'operatorOverview':
      return [get('/api/operator/overview', subject.query)];
    case 'alertRules':
      return [get('/api/operator/alert-rules')];
    case 'apis':
    case 'nodes':
      return [get(`/api/operator/${subject.page}`)];
    case 'proxies':
      return [{ name: 'get', method: 'GET', path: '/api/operator/echo' }];
    case 'mail':
      return [
        { name: 'get', method: 'GET', path: '/api/operator/mail' },
        { name: 'test', method: 'POST', path: '/api/operator/mail-test' },
      ];
  }
}

function pathOf(org: string | undefined, name: 'webhooks' | 'alerts'): string {
  return org === undefined ? `/api/operator/${name}` : `/api/orgs/${org}/${name}`;
}

function callsOfKey(key: Key, { actions }: ConsoleApi): readonly Call[] {
  const { status, name, addresses, referrers, endpoints, scopes, rateLimits, expiresAt } = key;
  const all = `/api/orgs/${key.org}/keys`;
  const path = `${all}/${key.id}`;
  const isOver = status === 'revoked';
  const lists = Object.entries({ addresses, referrers, endpoints, scopes, rateLimits });
  const settings = {
    name,
    ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
    ...(expiresAt !== null && { expiresAt }),
  };
  const may: readonly (Call | false)[] = [
    { name: 'get', method: 'GET', path },
    !isOver && { name: 'update', method: 'PATCH', path, body: settings },
    actions.rotate &&
      status === 'active' && { name: 'rotate', method: 'POST', path: `${path}/rotate`, body: { overlap: '24h' } },
    { name: 'recreate', method: 'POST', path: all, body: { api: key.api, environment: key.environment, ...settings } },
    actions.disable && status === 'active' && { name: 'disable', method: 'POST', path: `${path}/disable` },
    actions.disable && status === 'disabled' && { name: 'enable', method: 'POST', path: `${path}/enable` },
    !isOver && { name: actions.revokeWord, method: 'DELETE', path },
  ];
  return may.filter((call) => call !== false);
}

/** The position in a list is not part of its filters. */
const ofPages = new Set(['limit', 'cursor']);

function writeCall({ method, path, query = {}, body }: Call, origin: string): string {
  const given = Object.entries(query).filter(([name, value]) => value !== undefined && !ofPages.has(name));
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return [
    'curl -s',
    method !== 'GET' && `-X ${method}`,
    quote(`${origin}${path}${search}`),
    '-H "Authorization: Bearer $TOKEN"',
    body !== undefined && `-H 'Content-Type: application/json' -d ${quote(JSON.stringify(body))}`,
  ]
    .filter((part) => part !== false)
    .join(' ');
}

function option(name: string, value: string | number | undefined): string | false {
  return value !== undefined && `--${name} ${quote(String(value))}`;
}

/**
 * Quotes a text for a POSIX shell, which must run nothing of it. A line break would end a pasted line, so it becomes a
 * space.
 */
function quote(text: string): string {
  const plain = text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
  return /^[\w./:@,-]+$/.test(plain) && !plain.startsWith('-') ? plain : `'${plain.replaceAll("'", `'\\''`)}'`;
}
