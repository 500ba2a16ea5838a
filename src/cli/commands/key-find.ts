// `miftah keys find`: whose key is this? By what a list, a log or a leak shows of it.
import { hash } from 'node:crypto';
import type { Command } from 'commander';
import type { MiftahClient, Schemas } from '../../client/index.ts';
import { tokenPrefix } from '../../domain/token.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type PageRequest, printList } from '../list.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  defined,
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { printResult, table } from '../output.ts';
import { readSecret } from '../secret-input.ts';
import { keyView } from './key-view.ts';

interface FindOptions extends RemoteOptions, PageOptions {
  readonly secretStdin?: true;
  readonly api?: string;
  readonly org?: string;
}

export function addKeyFind(keys: Command): void {
  const find = keys
    .command('find')
    .description('find keys by id, by masked secret or its start, or by the whole secret on standard input')
    .argument('[text]', 'its id, its masked secret such as sk_live_1a2b…9f3c, its start, or its end such as ...9f3c')
    .option('--secret-stdin', 'read the secret from standard input; only its digest leaves this machine')
    .option('--api <id>', 'only for this API')
    .option('--org <org>', 'only for this organization')
    .action(async (text: string | undefined, options: FindOptions) => {
      if ((text === undefined) === (options.secretStdin === undefined)) {
        throw new CliError(
          exitCodes.usage,
          'usage',
          'give either a text or --secret-stdin',
          'See miftah keys find --help.',
        );
      }
      if (text === undefined) await findBySecret(options);
      else await findByText(text, options);
    });
  addExample(
    addRemoteOptions(addPageOptions(find), 'their ids'),
    'miftah keys find sk_live_1a2b…9f3c',
    'miftah keys find sk_live_1a2',
    'miftah keys find --secret-stdin < leaked.txt',
  );
}

async function findByText(text: string, options: FindOptions): Promise<void> {
  const search = readText(text);
  const client = openClient(options);
  const { api, org } = options;
  let found = 0;
  const read = async (page: PageRequest) => {
    const query = { ...defined({ api, org }), search, ...page };
    const answer = await answerOf(client.GET('/v1/keys', { params: { query } }));
    found += answer.data.length;
    return answer;
  };
  await printList(options, read, keyView);
  if (found === 0) process.exitCode = exitCodes.notFound;
}

/** The form of an id. */
const idForm = /^key_[0-9A-Za-z]{20}$/;

/** What stands for the hidden characters of a masked secret: see `maskMark`. */
const mark = /…|\.{3}|\*{1,8}|•{1,8}/;

/** Most characters that may follow a prefix. Masked secrets show four at each end. */
const mostShown = 8;

/**
 * What to search for: an id or a masked secret as given, and the start of a secret as a masked one. Throws
 * `secret_in_argument` for a text that shows more of a secret than lists do. It must not be sent in a URL.
 */
function readText(text: string): string {
  if (idForm.test(text)) return text;
  if (!text.split(mark).some(looksSecret)) return mark.test(text) ? text : `${text}…`;
  throw new CliError(
    exitCodes.usage,
    'secret_in_argument',
    'the argument looks like a secret; nothing was sent, but the history of your shell has it',
    'Pipe the secret in: miftah keys find --secret-stdin < secret.txt. Remove the argument from the history.',
  );
}

/**
 * Whether more characters follow the prefix than lists show. A prefix ends in `_`, `-` or `.`, or is a word. The
 * random part may begin like a word too, but not for long.
 */
function looksSecret(part: string): boolean {
  const [end = ''] = /[^_.-]*$/.exec(part) ?? [];
  return end.replace(/^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)/, '').length > mostShown;
}

async function findBySecret(options: FindOptions): Promise<void> {
  const secret = await readSecret('… --secret-stdin < secret.txt');
  if (secret.startsWith(tokenPrefix)) {
    throw new CliError(
      exitCodes.usage,
      'secret_of_token',
      'this is a token of Miftah, not the secret of a key',
      'Compare its last characters with miftah tokens list.',
    );
  }
  const found = await findByDigests(openClient(options), secret);
  const { api, org } = options;
  if (found === undefined || found.api !== (api ?? found.api) || found.org !== (org ?? found.org)) {
    throw new CliError(
      exitCodes.notFound,
      'not_found',
      'no key has, or had, this secret',
      'Check that the whole secret was read, without quotation marks or spaces.',
    );
  }
  printResult(
    options,
    { data: [found], nextCursor: null },
    () => found.id,
    () => `${table(keyView.head, [keyView.cells(found)])}\n\n${describeSecret(found)}`,
  );
}

/** Secrets are stored as SHA-256. Imported ones can come from a system that stored SHA-512. */
async function findByDigests(client: MiftahClient, secret: string): Promise<Schemas['FoundKey'] | undefined> {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    try {
      return await answerOf(client.POST('/v1/keys/find', { body: { digest: hash(algorithm, secret, 'hex') } }));
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== 'not_found') throw error;
    }
  }
  return undefined;
}

function describeSecret({ id, foundSecret }: Schemas['FoundKey']): string {
  const { id: secretId, status, endsAt } = foundSecret;
  if (status === 'in_force') return `This is its current secret. To replace it: miftah keys rotate ${id}`;
  if (status === 'ended') return 'This is an old secret, which is refused.';
  const until = endsAt === null ? 'until you end it' : `until ${endsAt}`;
  return `This is an old secret, which works ${until}. To end it: miftah keys end-secret ${id} ${secretId}`;
}
