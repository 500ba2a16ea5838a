// `miftah keys`: create, show, change, rotate, disable, transfer, revoke and verify API keys.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MiftahClient, Schemas } from '../../client/index.ts';
import { describeFix } from '../../denials/describe-fix.ts';
import { type AddressCheck, addressChecks } from '../../domain/api-key.ts';
import type { Reason } from '../../domain/verdict.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { curlLine } from '../curl-line.ts';
import { answerOf, createInternalClient, endWithContext, findServer, openClient } from '../internal-client.ts';
import { type PageRequest, printList } from '../list.ts';
import {
  type AnnotationFilterOptions,
  type AnnotationOptions,
  addAnnotationFilters,
  addAnnotationOptions,
  addExample,
  addPageOptions,
  addRemoteOptions,
  annotationFilterOf,
  annotationLines,
  annotationsOf,
  collectCommaList,
  collectEach,
  defined,
  type PageOptions,
  type RemoteOptions,
  readCount,
  readExpiry,
  toExpiresAt,
} from '../options.ts';
import { fields, paint, printResult } from '../output.ts';
import { readSecret } from '../secret-input.ts';
import { addKeyAddresses } from './key-addresses.ts';
import { addKeyFind } from './key-find.ts';
import { addKeySecrets } from './key-secrets.ts';
import { keyView } from './key-view.ts';

type Key = Schemas['Key'];

/** Options that set a key's members, for `create` and `update`. */
interface KeyOptions extends AnnotationOptions {
  readonly name?: string;
  readonly ip?: string[];
  readonly ipCheck?: AddressCheck;
  readonly referrer?: string[];
  readonly endpoint?: string[];
  readonly scope?: string[];
  readonly expires?: string;
  readonly rate?: string[];
}

export function addKeys(program: Command): void {
  const keys = program.command('keys').helpCommand(false).description('API keys');
  addCreate(keys);
  addList(keys);
  addGet(keys);
  addKeyFind(keys);
  addUpdate(keys);
  addRotate(keys);
  addKeySecrets(keys);
  addSwitches(keys);
  addTransfer(keys);
  addRevoke(keys);
  addKeyAddresses(keys);
  addVerify(keys);
}

function addRestrictions(command: Command): Command {
  return addAnnotationOptions(command)
    .option('--ip <addresses>', 'client addresses that may use it, comma-separated; repeatable', collectCommaList)
    .addOption(
      new Option('--ip-check <what>', 'what the list of addresses does; report refuses no one').choices(addressChecks),
    )
    .option(
      '--referrer <pattern>',
      'sites that may use it, such as https://example.com or *.example.com; repeatable',
      collectEach,
    )
    .option('--endpoint <pattern>', 'endpoints it may call, such as "GET /v1/users/*"; repeatable', collectEach)
    .option('--scope <scopes>', 'its scopes, comma-separated; repeatable', collectCommaList)
    .option(
      '--rate <limits>',
      'rate limits granted to it, such as 60/m, comma-separated; repeatable',
      collectCommaList,
    );
}

function environmentOption(description: string): Option {
  return new Option('--env <environment>', description).choices(['live', 'test']);
}

function restrictionsOf(options: KeyOptions) {
  const { name, ip, ipCheck, referrer, endpoint, scope, rate } = options;
  return {
    ...(name !== undefined && { name }),
    ...(ip !== undefined && { addresses: ip }),
    ...(ipCheck !== undefined && { addressCheck: ipCheck }),
    ...(referrer !== undefined && { referrers: referrer }),
    ...(endpoint !== undefined && { endpoints: endpoint }),
    ...(scope !== undefined && { scopes: scope }),
    ...(rate !== undefined && { rateLimits: rate }),
    ...annotationsOf(options),
  };
}

function addCreate(keys: Command): void {
  const create = keys
    .command('create')
    .description('create a key and show its secret once')
    .requiredOption('--api <id>', 'the API it is for')
    .requiredOption('--org <org>', 'the organization that owns it')
    .requiredOption('--name <name>', 'its name')
    .addOption(environmentOption('its environment').default('live'))
    .option('--template <id>', 'a template of the API; it sets what no other option sets');
  addRestrictions(create)
    .option('--expires <when>', 'when it expires: 90d, 12h, 2027-01-31T00:00:00Z or never', (text) =>
      readExpiry(text, Date.now()),
    )
    .action(
      async (
        options: RemoteOptions &
          KeyOptions & {
            readonly api: string;
            readonly org: string;
            readonly env: 'live' | 'test';
            readonly template?: string;
          },
      ) => {
        const client = openClient(options);
        const { api, org, env: environment, template, expires } = options;
        const expiresAt = toExpiresAt(expires);
        const body = { api, org, environment, ...restrictionsOf(options), ...defined({ template, expiresAt }) };
        const key = await answerOf(client.POST('/v1/keys', { body }));
        await showSecret(options, client, key, 'Created.');
      },
    );
  addExample(
    addRemoteOptions(create, 'the secret'),
    'miftah keys create --api palcards --org org_8xJ2mQv4ZkT1 --name "Production server" --ip 203.0.113.7',
    'miftah keys create --api classic --org org_8xJ2mQv4ZkT1 --name CI --env test ' +
      '--endpoint "GET /v1/users/*" --expires 90d',
  );
}

function addList(keys: Command): void {
  const list = keys
    .command('list')
    .description('list keys, newest first')
    .option('--api <id>', 'only for this API')
    .option('--org <org>', 'only for this organization')
    .addOption(environmentOption('only for this environment'))
    .addOption(
      new Option('--status <status>', 'only with this status').choices(['active', 'disabled', 'expired', 'revoked']),
    )
    .option(
      '--search <text>',
      'only keys with this text in the name, as the id, an address, a tag or the external id, or as the masked secret or its start or end',
    )
    .option('--secret-age <days>', 'only active keys whose secret is at least this many days old', readCount)
    .action(
      async (
        options: RemoteOptions &
          PageOptions & {
            readonly api?: string;
            readonly org?: string;
            readonly env?: Key['environment'];
            readonly status?: Key['status'];
            readonly secretAge?: number;
          } & AnnotationFilterOptions,
      ) => {
        const { api, org, env: environment, status, secretAge: secretAgeDays } = options;
        const client = openClient(options);
        const filter = { ...defined({ api, org, environment, status, secretAgeDays }), ...annotationFilterOf(options) };
        const read = (page: PageRequest) =>
          answerOf(client.GET('/v1/keys', { params: { query: { ...filter, ...page } } }));
        await printList(options, read, keyView);
      },
    );
  addExample(
    addRemoteOptions(addPageOptions(addAnnotationFilters(list)), 'their ids'),
    'miftah keys list --api palcards --status active',
    'miftah keys list --api classic --external-id cus_42',
    'miftah keys list --api classic --secret-age 90',
  );
}

function addGet(keys: Command): void {
  const get = keys
    .command('get')
    .description('show one key')
    .argument('<key>', 'its id, key_…')
    .action(async (id: string, options: RemoteOptions) => {
      const client = openClient(options);
      const key = await answerOf(client.GET('/v1/keys/{id}', at(id)));
      const isText = options.json !== true && options.quiet !== true;
      const api = isText ? await apiOf(client, key) : undefined;
      printResult(
        options,
        key,
        () => key.id,
        () => showKey(key, api),
      );
    });
  addExample(addRemoteOptions(get, 'its id'), 'miftah keys get key_3nVb7Lw0QeYp');
}

function addUpdate(keys: Command): void {
  const update = keys
    .command('update')
    .description('change a key; each list you pass replaces the old one; pass none to clear it')
    .argument('<key>', 'its id, key_…')
    .option('--name <name>', 'its name');
  addRestrictions(update)
    .option('--expires <when>', 'when it expires: 90d, 12h, 2027-01-31T00:00:00Z or never', (text) =>
      readExpiry(text, Date.now()),
    )
    .action(async (id: string, options: RemoteOptions & KeyOptions) => {
      const { expires } = options;
      const changes = {
        ...restrictionsOf(options),
        ...defined({ expiresAt: toExpiresAt(expires) }),
      };
      if (Object.keys(changes).length === 0) {
        throw new CliError(
          exitCodes.usage,
          'nothing_to_change',
          'no change was given',
          'See miftah keys update --help.',
        );
      }
      const key = await answerOf(openClient(options).PATCH('/v1/keys/{id}', { ...at(id), body: changes }));
      printResult(
        options,
        key,
        () => key.id,
        () => `Changed.\n\n${showKey(key)}`,
      );
    });
  addExample(
    addRemoteOptions(update, 'its id'),
    'miftah keys update key_3nVb7Lw0QeYp --ip 203.0.113.7,203.0.113.8',
    'miftah keys update key_3nVb7Lw0QeYp --expires never --rate none',
  );
}

function addRotate(keys: Command): void {
  const rotate = keys
    .command('rotate')
    .description('give a key a new secret; the old one keeps working for a while')
    .argument('<key>', 'its id, key_…')
    .option('--overlap <span>', 'how long the old secret works: now, 1h (30d at most), or until_ended', '24h')
    .action(async (id: string, options: RemoteOptions & { readonly overlap: string }) => {
      const client = openClient(options);
      const { overlap } = options;
      const key = await answerOf(client.POST('/v1/keys/{id}/rotate', { ...at(id), body: { overlap } }));
      await showSecret(options, client, key, `Rotated. ${describeOverlap(overlap)}`);
    });
  addExample(addRemoteOptions(rotate, 'the new secret'), 'miftah keys rotate key_3nVb7Lw0QeYp --overlap 1h');
}

/** How long the old secret of a key, or the old token, still works. */
export function describeOverlap(overlap: string, what: 'secret' | 'token' = 'secret'): string {
  if (overlap === 'now') return `The old ${what} is refused from now on.`;
  const end = what === 'secret' ? 'you end it: see miftah keys secrets' : 'you rotate again or revoke the token';
  return overlap === 'until_ended' ? `The old ${what} works until ${end}.` : `The old ${what} works for ${overlap}.`;
}

function addSwitches(keys: Command): void {
  for (const [verb, effect, outcome] of [
    ['disable', 'disable a key: it is refused at once, until you enable it', 'is refused until you enable it'],
    ['enable', 'enable a disabled key', 'is enabled'],
  ] as const) {
    const change = keys
      .command(verb)
      .description(effect)
      .argument('<key>', 'its id, key_…')
      .action(async (id: string, options: RemoteOptions) => {
        const key = await answerOf(openClient(options).POST(`/v1/keys/{id}/${verb}`, at(id)));
        printResult(
          options,
          key,
          () => key.id,
          () => `${key.masked} (${key.id}) ${outcome}.`,
        );
      });
    addExample(addRemoteOptions(change, 'its id'), `miftah keys ${verb} key_3nVb7Lw0QeYp`);
  }
}

function addTransfer(keys: Command): void {
  const transfer = keys
    .command('transfer')
    .description('transfer a key to another organization; its past usage stays with the first')
    .argument('<key>', 'its id, key_…')
    .argument('<org>', 'the new organization, org_…')
    .action(async (id: string, org: string, options: RemoteOptions) => {
      const key = await answerOf(openClient(options).POST('/v1/keys/{id}/transfer', { ...at(id), body: { org } }));
      printResult(
        options,
        key,
        () => key.id,
        () => `${key.masked} (${key.id}) now belongs to ${key.org}.`,
      );
    });
  addExample(addRemoteOptions(transfer, 'its id'), 'miftah keys transfer key_3nVb7Lw0QeYp org_8xJ2mQv4ZkT1');
}

function addRevoke(keys: Command): void {
  const revoke = keys
    .command('revoke')
    .description('revoke a key: it is refused at once and for good')
    .argument('<key>', 'its id, key_…')
    .action(async (id: string, options: RemoteOptions) => {
      const server = findServer(options);
      const key = await answerOf(createInternalClient(server).DELETE('/v1/keys/{id}', at(id)));
      printResult(
        options,
        key,
        () => key.id,
        () => `Revoked: ${key.masked} (${key.id}) is refused from now on${endWithContext(server)}.`,
      );
    });
  addExample(addRemoteOptions(revoke, 'its id'), 'miftah keys revoke key_3nVb7Lw0QeYp');
}

function addVerify(keys: Command): void {
  const verify = keys
    .command('verify')
    .description('explain how Miftah decides on a request with this secret; counts nothing')
    .requiredOption('--api <id>', 'the API')
    .requiredOption('--secret-stdin', 'read the secret from standard input; never pass it as an argument')
    .option('--method <method>', 'request method (default with --path: GET)', (text) => text.toUpperCase())
    .option('--path <path>', 'request path', readPath)
    .option('--client-ip <address>', 'client address')
    .option('--referrer <url>', 'value of its Referer header')
    .addOption(environmentOption('environment that the host serves (default: both)'))
    .option('--scope <scopes>', 'scopes that the route needs, comma-separated; repeatable', collectCommaList)
    .option(
      '--min-revision <revision>',
      'decide with this change or a newer one applied; takes a changeRevision that --json printed',
    )
    .action(
      async (
        options: RemoteOptions & {
          readonly api: string;
          readonly method?: string;
          readonly path?: string;
          readonly clientIp?: string;
          readonly referrer?: string;
          readonly env?: Key['environment'];
          readonly scope?: string[];
          readonly minRevision?: string;
        },
      ) => {
        const { api, method, path, clientIp, referrer, env: environment, scope: scopes, minRevision } = options;
        const client = openClient(options);
        const named = { method: method ?? (path === undefined ? undefined : 'GET'), path };
        const facts = defined({ ...named, clientIp, referrer, scopes, minRevision });
        const secret = await readSecret('… --secret-stdin < secret.txt');
        const asked = { api, secret, ...facts, environment: environment ?? ('any' as const), explain: true };
        const answer = await answerOf(client.POST('/v1/verify', { body: asked }));
        const isForPeople = options.json !== true && options.quiet !== true;
        const key =
          isForPeople && answer.key !== null ? await answerOf(client.GET('/v1/keys/{id}', at(answer.key.id))) : null;
        const sample = { apiId: api, method: method ?? 'GET', path: path ?? '/', clientAddress: clientIp ?? null };
        printResult(
          options,
          answer,
          () => answer.reason ?? answer.verdict,
          () =>
            showVerdict(answer, (reason) =>
              describeFix({ ...sample, reason, keyId: key?.id ?? null, orgId: key?.org ?? null }, key ?? undefined),
            ),
        );
        if (answer.verdict !== 'allowed') process.exitCode = exitCodes.refused;
      },
    );
  addExample(
    addRemoteOptions(verify, 'the verdict or its reason'),
    'miftah keys verify --api palcards --path /user/profile --client-ip 203.0.113.7 --secret-stdin < secret.txt',
  );
}

function readPath(text: string): string {
  if (text.startsWith('/')) return text;
  throw new InvalidArgumentError('Start the path with a slash, such as /v1/users.');
}

/** The parameters of a path with `{id}`. */
function at(id: string) {
  return { params: { path: { id } } };
}

async function showSecret(
  options: RemoteOptions,
  client: MiftahClient,
  key: Schemas['KeyWithSecret'],
  done: string,
): Promise<void> {
  const isForPeople = options.json !== true && options.quiet !== true;
  const call = isForPeople ? await callOf(client, key) : undefined;
  printResult(
    options,
    key,
    () => key.secret,
    () => describeSecret(key, done, call),
  );
}

function describeSecret(key: Schemas['KeyWithSecret'], done: string, call: string | undefined): string {
  const lines = [done, '', showKey(key), '', `  ${paint('bold', key.secret)}`, ''];
  lines.push('Copy this key now. You will not be able to view it again.');
  if (call !== undefined) lines.push('', `  ${call}`);
  return lines.join('\n');
}

/**
 * A curl line that calls the API with this key. The key exists already, so a failure here must not fail the command.
 */
async function callOf(client: MiftahClient, key: Schemas['KeyWithSecret']): Promise<string | undefined> {
  const api = await apiOf(client, key);
  const url = api?.urls[key.environment];
  return api === undefined || url === undefined ? undefined : curlLine(api.credential, `${url}/`, key.secret);
}

/** The API of a key. `undefined`: it could not be read. */
async function apiOf(client: MiftahClient, key: Key): Promise<Schemas['Api'] | undefined> {
  try {
    return await answerOf(client.GET('/v1/apis/{id}', at(key.api)));
  } catch {
    return undefined;
  }
}

function showKey(key: Key, api?: Schemas['Api']): string {
  return fields([
    ['id', key.id],
    ['name', key.name],
    ['api', `${key.api} (${key.environment})`],
    ['org', key.org],
    ['secret', key.masked],
    ['status', key.status],
    [
      'addresses',
      `${key.addresses.join(', ')}${key.addressCheck === 'report' ? ' (others are reported, not refused)' : ''}`,
    ],
    ['referrers', key.referrers.join(', ')],
    ['endpoints', key.endpoints.join(', ')],
    ['scopes', key.scopes.join(', ')],
    ['granted', key.grantedLimits?.join(', ')],
    ['limits', key.rateLimits.join(', ')],
    ['windows', api?.limitWindows],
    ...annotationLines(key),
    ['created', key.createdAt],
    ['expires', key.expiresAt],
    ['disabled', key.disabledAt],
    ['revoked', key.revokedAt],
    [
      'last used',
      key.lastUsedAt === null ? null : `${key.lastUsedAt} from ${key.lastUsedAddress ?? 'an unknown address'}`,
    ],
  ]);
}

/** Shows each check and the verdict. `fixOf` returns the fix for a reason. */
function showVerdict(
  { verdict, reason, checks = [], rate }: Schemas['VerifyReply'],
  fixOf: (reason: Reason) => string,
): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map((check) => {
    if (check.outcome === 'passed') return `${paint('green', '✓')} ${check.name}`;
    if (check.outcome === 'not_reached') return paint('dim', `· ${check.name}`);
    const why = check.reason === undefined ? 'refused' : `${check.reason}: ${fixOf(check.reason)}`;
    return `${paint('red', '✗')} ${check.name.padEnd(width)}  ${why}`;
  });
  const left = rate === null ? '' : `, ${rate.remaining} of ${rate.limit} requests left in this window`;
  const conclusion =
    verdict === 'allowed' ? paint('green', 'allowed') + left : `${paint('red', 'refused')}: ${reason ?? 'unknown'}`;
  return [...lines, '', conclusion].join('\n');
}
