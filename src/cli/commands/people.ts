// `miftah people`: the persons who can sign in to the console.
import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { confirmByName } from '../confirm.ts';
import { answerOf, createInternalClient, describeServer, findServer, openClient } from '../internal-client.ts';
import { type ListView, type PageRequest, printList } from '../list.ts';
import { addExample, addPageOptions, addRemoteOptions, type PageOptions, type RemoteOptions } from '../options.ts';
import { printResult } from '../output.ts';
import { showKept } from './orgs.ts';

export function addPeople(program: Command): void {
  const people = program.command('people').helpCommand(false).description('people who can sign in to the console');

  const list = people
    .command('list')
    .description('list people by e-mail address')
    .action(async (options: RemoteOptions & PageOptions) => {
      const client = openClient(options);
      const read = (page: PageRequest) => answerOf(client.GET('/v1/people', { params: { query: { ...page } } }));
      await printList(options, read, personView);
    });
  addExample(addRemoteOptions(addPageOptions(list), 'their ids'), 'miftah people list');

  const remove = people
    .command('delete')
    .description('delete a person for good: sessions end and personal data is erased; keys of organizations stay')
    .argument('<person>', 'the id, per_…, or the e-mail address')
    .option('--yes', 'do not ask for the address')
    .action(async (person: string, options: RemoteOptions & { readonly yes?: boolean }) => {
      const server = findServer(options);
      const client = createInternalClient(server);
      const id = person.includes('@') ? await findByAddress(client, person) : person;
      if (options.yes !== true) {
        await confirmByName(
          `This ends the sessions of ${person} and erases the account, at ${describeServer(server)}. ` +
            'It cannot be undone.',
          person,
        );
      }
      const deleted = await answerOf(client.DELETE('/v1/people/{id}', { params: { path: { id } } }));
      printResult(
        options,
        deleted,
        () => deleted.id,
        () => [`Deleted ${deleted.id}.`, ...showKept(deleted.entriesKept)].join('\n'),
      );
    });
  addExample(
    addRemoteOptions(remove, 'the id'),
    'miftah people delete amal@example.com',
    'miftah people delete per_4Wc1bXnE0kQxv9TzJr2s --yes',
  );
}

async function findByAddress(client: ReturnType<typeof openClient>, email: string): Promise<string> {
  const { data } = await answerOf(client.GET('/v1/people', { params: { query: { email } } }));
  const [found] = data;
  if (found !== undefined) return found.id;
  throw new CliError(
    exitCodes.notFound,
    'not_found',
    `no account has the address ${email}`,
    'List the addresses with miftah people list.',
  );
}

const personView: ListView<Schemas['Account'], unknown> = {
  head: ['ID', 'NAME', 'EMAIL'],
  cells: ({ id, name, email }) => [id, name, email],
  word: ({ id }) => id,
  empty: 'No people yet. The link of the first start creates the first one.',
};
