// `miftah tokens`: create, list, rotate and revoke the tokens by which programs call the internal listener.
import { type Command, Option } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { tokenPurposes } from '../../domain/grant.ts';
import { answerOf, createInternalClient, endWithContext, findServer, openClient } from '../internal-client.ts';
import { type ListView, type PageRequest, printList } from '../list.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  collectCommaList,
  defined,
  type PageOptions,
  type RemoteOptions,
  readExpiry,
  toExpiresAt,
} from '../options.ts';
import { fields, paint, printResult } from '../output.ts';
import { describeOverlap } from './keys.ts';

type Token = Schemas['Token'];

export function addTokens(program: Command): void {
  const tokens = program
    .command('tokens')
    .helpCommand(false)
    .description('tokens for gateways, monitoring and other programs');
  addCreate(tokens);
  addList(tokens);
  addRotate(tokens);
  addRevoke(tokens);
}

interface CreateOptions extends RemoteOptions {
  readonly name: string;
  readonly may: Exclude<Token['may'], null>;
  readonly api?: string[];
  readonly org?: string;
  readonly readOnly?: true;
  readonly expires?: string;
}

function addCreate(tokens: Command): void {
  const create = tokens
    .command('create')
    .description('create a token and show it once')
    .requiredOption('--name <name>', 'its name')
    .addOption(
      new Option('--may <what>', 'what it allows: decide about requests, read metrics, or call the admin API')
        .choices([...tokenPurposes])
        .makeOptionMandatory(),
    )
    .option('--api <ids>', 'only for these APIs, comma-separated; repeatable (default: all)', collectCommaList)
    .option('--org <org>', 'for admin: only for this organization and its keys (default: all)')
    .option('--read-only', 'for admin: it can change nothing')
    .option('--expires <when>', 'when it expires: 90d, 12h, 2027-01-31T00:00:00Z or never (default: never)', (text) =>
      readExpiry(text, Date.now()),
    )
    .action(async (options: CreateOptions) => {
      const { name, may, api: apis, org, readOnly, expires } = options;
      const body = { name, may, ...defined({ apis, org, readOnly, expiresAt: toExpiresAt(expires) }) };
      showSecret(options, await answerOf(openClient(options).POST('/v1/tokens', { body })), 'Created.');
    });
  addExample(
    addRemoteOptions(create, 'the token'),
    'miftah tokens create --name edge --may decide --api classic',
    'miftah tokens create --name prometheus --may metrics',
    'miftah tokens create --name support --may admin --read-only --expires 90d',
  );
}

function addList(tokens: Command): void {
  const list = tokens
    .command('list')
    .description('list tokens, newest first')
    .action(async (options: RemoteOptions & PageOptions) => {
      const client = openClient(options);
      const read = (page: PageRequest) => answerOf(client.GET('/v1/tokens', { params: { query: { ...page } } }));
      await printList(options, read, tokenView);
    });
  addExample(addRemoteOptions(addPageOptions(list), 'their ids'), 'miftah tokens list');
}

const tokenView: ListView<Token, unknown> = {
  head: ['ID', 'NAME', 'MAY', 'TOKEN', 'STATUS', 'EXPIRES', 'LAST USED'],
  cells: (token) => [
    token.id,
    token.name,
    describeGrant(token),
    token.masked,
    token.status,
    token.expiresAt ?? 'never',
    token.lastUsedAt ?? 'never',
  ],
  word: ({ id }) => id,
  empty: 'No tokens yet. Create one with miftah tokens create.',
};

/** `decide: classic, palm`, `admin: read-only, org_…`, `metrics`. */
function describeGrant({ may, apis, org, readOnly }: Token): string {
  const bounds = [
    ...(readOnly && may === 'admin' ? ['read-only'] : []),
    ...(apis ?? []),
    ...(org === null ? [] : [org]),
  ];
  return bounds.length === 0 ? (may ?? 'nothing') : `${may ?? 'nothing'}: ${bounds.join(', ')}`;
}

function addRotate(tokens: Command): void {
  const rotate = tokens
    .command('rotate')
    .description('replace a token by a new one; the old one keeps working for a while')
    .argument('<token>', 'its id, tok_…')
    .option('--overlap <span>', 'how long the old token works: now, 1h (30d at most), or until_ended', '24h')
    .action(async (id: string, options: RemoteOptions & { readonly overlap: string }) => {
      const { overlap } = options;
      const params = { path: { id } };
      const token = await answerOf(openClient(options).POST('/v1/tokens/{id}/rotate', { params, body: { overlap } }));
      showSecret(options, token, `Rotated. ${describeOverlap(overlap, 'token')}`);
    });
  addExample(addRemoteOptions(rotate, 'the new token'), 'miftah tokens rotate tok_3nVb7Lw0QeYp --overlap 1h');
}

function addRevoke(tokens: Command): void {
  const revoke = tokens
    .command('revoke')
    .description('revoke a token: it is refused at once and for good')
    .argument('<token>', 'its id, tok_…')
    .action(async (id: string, options: RemoteOptions) => {
      const server = findServer(options);
      const params = { path: { id } };
      const token = await answerOf(createInternalClient(server).DELETE('/v1/tokens/{id}', { params }));
      printResult(
        options,
        token,
        () => token.id,
        () => `Revoked: ${token.masked} (${token.name}, ${token.id}) is refused from now on${endWithContext(server)}.`,
      );
    });
  addExample(addRemoteOptions(revoke, 'its id'), 'miftah tokens revoke tok_3nVb7Lw0QeYp');
}

function showSecret(options: RemoteOptions, token: Schemas['TokenWithSecret'], done: string): void {
  printResult(
    options,
    token,
    () => token.token,
    () =>
      [
        done,
        '',
        fields([
          ['id', token.id],
          ['name', token.name],
          ['may', describeGrant(token)],
          ['expires', token.expiresAt ?? 'never'],
        ]),
        '',
        `  ${paint('bold', token.token)}`,
        '',
        'Copy it now: Miftah does not store it. Programs send it as X-Miftah-Token, or as Authorization: Bearer.',
      ].join('\n'),
  );
}
