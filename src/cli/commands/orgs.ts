// `miftah orgs`: the organizations that own keys.
import { type Command, InvalidArgumentError } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { confirmByName } from '../confirm.ts';
import { answerOf, createInternalClient, describeServer, findServer, openClient } from '../internal-client.ts';
import { type ListView, type PageRequest, printList } from '../list.ts';
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
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { fields, printResult } from '../output.ts';

type Org = Schemas['Organization'];

export function addOrgs(program: Command): void {
  const orgs = program.command('orgs').helpCommand(false).description('organizations, the customers that own keys');

  const create = orgs
    .command('create')
    .description('create an organization')
    .requiredOption('--name <name>', 'its name')
    .option(
      '--kind <kinds>',
      'its kind, or several with commas; some APIs issue keys to one kind only, such as dealer',
      collectCommaList,
    );
  addAnnotationOptions(create).action(
    async (options: RemoteOptions & AnnotationOptions & { readonly name: string; readonly kind?: string[] }) => {
      const { name, kind } = options;
      const body = { name, ...kindsOf(kind), ...annotationsOf(options) };
      const org = await answerOf(openClient(options).POST('/v1/orgs', { body }));
      printResult(
        options,
        org,
        () => org.id,
        () => `Created.\n\n${showOrg(org)}`,
      );
    },
  );
  addExample(addRemoteOptions(create, 'its id'), 'miftah orgs create --name "Nablus Cards" --kind dealer');

  const list = orgs
    .command('list')
    .description('list organizations, newest first')
    .option('--search <text>', 'only those with this text in the name, as the id, a tag or the external id')
    .action(async (options: RemoteOptions & PageOptions & AnnotationFilterOptions) => {
      const client = openClient(options);
      const filter = annotationFilterOf(options);
      const read = (page: PageRequest) =>
        answerOf(client.GET('/v1/orgs', { params: { query: { ...filter, ...page } } }));
      await printList(options, read, orgView);
    });
  addExample(
    addRemoteOptions(addPageOptions(addAnnotationFilters(list)), 'their ids'),
    'miftah orgs list',
    'miftah orgs list --external-id cus_42',
  );

  const get = orgs
    .command('get')
    .description('show one organization')
    .argument('<org>', 'its id, org_…')
    .action(async (id: string, options: RemoteOptions) => {
      const org = await answerOf(openClient(options).GET('/v1/orgs/{id}', { params: { path: { id } } }));
      printResult(
        options,
        org,
        () => org.id,
        () => showOrg(org),
      );
    });
  addExample(addRemoteOptions(get, 'its id'), 'miftah orgs get org_8xJ2mQv4ZkT1');

  const update = orgs
    .command('update')
    .description('change an organization')
    .argument('<org>', 'its id, org_…')
    .option('--name <name>', 'its name')
    .option('--kind <kinds>', 'its kind, or several with commas; one that keys depend on must stay', collectCommaList)
    .option(
      '--rate <api=limits>',
      'rate limits granted to its keys of an API, such as classic=600/m; none removes them; repeatable',
      collectGrant,
    );
  addAnnotationOptions(update).action(async (id: string, options: RemoteOptions & OrgChanges & AnnotationOptions) => {
    const { name, kind, rate } = options;
    const changes = {
      ...(name !== undefined && { name }),
      ...kindsOf(kind),
      ...(rate !== undefined && { grantedLimits: rate }),
      ...annotationsOf(options),
    };
    if (Object.keys(changes).length === 0) {
      throw new CliError(exitCodes.usage, 'nothing_to_change', 'no change was given', 'See miftah orgs update --help.');
    }
    const org = await answerOf(openClient(options).PATCH('/v1/orgs/{id}', { params: { path: { id } }, body: changes }));
    printResult(
      options,
      org,
      () => org.id,
      () => `Changed.\n\n${showOrg(org)}`,
    );
  });
  addExample(
    addRemoteOptions(update, 'its id'),
    'miftah orgs update org_8xJ2mQv4ZkT1 --name "Nablus Cards"',
    'miftah orgs update org_8xJ2mQv4ZkT1 --rate palpluss=600/m',
  );

  for (const [verb, effect] of [
    ['suspend', 'suspend an organization: requests with its keys are refused at once'],
    ['resume', 'resume a suspended organization: its keys work again'],
  ] as const) {
    const change = orgs
      .command(verb)
      .description(effect)
      .argument('<org>', 'its id, org_…')
      .option('--api <id>', 'only for its keys of this API')
      .action(async (id: string, options: RemoteOptions & { readonly api?: string }) => {
        const { api } = options;
        const client = openClient(options);
        const org = await answerOf(
          api === undefined
            ? client.POST(`/v1/orgs/{id}/${verb}`, { params: { path: { id } } })
            : client.POST(`/v1/orgs/{id}/apis/{api}/${verb}`, { params: { path: { id, api } } }),
        );
        printResult(
          options,
          org,
          () => org.id,
          () => `${org.name} (${org.id}) is now ${statusOf(org)}.`,
        );
      });
    addExample(
      addRemoteOptions(change, 'its id'),
      `miftah orgs ${verb} org_8xJ2mQv4ZkT1`,
      `miftah orgs ${verb} org_8xJ2mQv4ZkT1 --api palcards`,
    );
  }

  const remove = orgs
    .command('delete')
    .description('delete an organization for good: its keys are revoked and its data is erased; usage stays as numbers')
    .argument('<org>', 'its id, org_…')
    .option('--yes', 'do not ask for its name')
    .action(async (id: string, options: RemoteOptions & { readonly yes?: boolean }) => {
      const server = findServer(options);
      const client = createInternalClient(server);
      const path = { params: { path: { id } } };
      if (options.yes !== true) {
        const org = await answerOf(client.GET('/v1/orgs/{id}', path));
        await confirmByName(
          `This revokes all keys of ${org.name} (${org.id}) and erases its data, at ${describeServer(server)}. ` +
            'It cannot be undone.',
          org.name,
        );
      }
      const deleted = await answerOf(client.DELETE('/v1/orgs/{id}', path));
      printResult(
        options,
        deleted,
        () => deleted.id,
        () => showDeleted(deleted),
      );
    });
  addExample(
    addRemoteOptions(remove, 'its id'),
    'miftah orgs delete org_8xJ2mQv4ZkT1',
    'miftah orgs delete org_8xJ2mQv4ZkT1 --yes',
  );
}

function showDeleted(deleted: Schemas['DeletedOrganization']): string {
  const { id, keysRevoked, withoutOrganization, entriesKept, isErasing } = deleted;
  const people = withoutOrganization.map(({ email }) => `  miftah people delete ${email}`);
  return [
    `Deleted ${id}. Keys revoked: ${keysRevoked}.`,
    ...(isErasing ? ['The server is still erasing its content, and finishes by itself.'] : []),
    ...(people.length === 0
      ? []
      : ['These members are in no other organization. To delete their accounts:', ...people]),
    ...showKept(entriesKept),
  ].join('\n');
}

/** A line about audit records that keep their content. Empty without one. */
export function showKept(entriesKept: number): readonly string[] {
  if (entriesKept === 0) return [];
  return [`${entriesKept} audit records of an older version keep their content: their hashes cover it.`];
}

interface OrgChanges {
  readonly name?: string;
  readonly kind?: string[];
  readonly rate?: Record<string, string[]>;
}

/** One kind in the form that older servers read too. */
function kindsOf(kinds: readonly string[] | undefined): { kind?: string; kinds?: string[] } {
  if (kinds === undefined) return {};
  const [kind] = kinds;
  return kinds.length === 1 && kind !== undefined ? { kind } : { kinds: [...kinds] };
}

/** Adds one `--rate classic=600/m,10000/d` to those before it. */
function collectGrant(text: string, former: OrgChanges['rate'] = {}): OrgChanges['rate'] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new InvalidArgumentError('Use API=LIMITS, such as classic=600/m or classic=none.');
  }
  const api = text.slice(0, at);
  return { ...former, [api]: collectCommaList(text.slice(at + 1), former[api]) };
}

/** An older server knows one kind only. */
function kindOf({ kind, kinds = [kind] }: Pick<Org, 'kind'> & Partial<Org>): string {
  return kinds.join(', ');
}

/** `active, suspended for palcards`. An older server knows no suspension for one API. */
function statusOf({ status, suspendedApis = [] }: Partial<Org>): string {
  return [status, ...(suspendedApis.length > 0 ? [`suspended for ${suspendedApis.join(', ')}`] : [])].join(', ');
}

function showOrg(org: Org): string {
  return fields([
    ['id', org.id],
    ['name', org.name],
    ['kind', kindOf(org)],
    ['status', statusOf(org)],
    ...Object.entries(org.grantedLimits ?? {}).map(([api, limits]) => [`granted, ${api}`, limits.join(', ')] as const),
    ...annotationLines(org),
    ['created', org.createdAt],
  ]);
}

const orgView: ListView<Org, unknown> = {
  head: ['ID', 'NAME', 'KIND', 'STATUS', 'CREATED'],
  cells: (org) => [org.id, org.name, kindOf(org), statusOf(org), org.createdAt],
  word: ({ id }) => id,
  empty: 'No organizations match. Create one with miftah orgs create --name NAME.',
};
