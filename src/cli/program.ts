// The commands of `miftah`.
import { Command } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import { addAlerts } from './commands/alerts.ts';
import { addApis } from './commands/apis.ts';
import { addAudit } from './commands/audit.ts';
import { addBackup } from './commands/backup.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addContext } from './commands/context.ts';
import { addDenials } from './commands/denials.ts';
import { addDev } from './commands/dev.ts';
import { addDoctor } from './commands/doctor.ts';
import { addErrors } from './commands/errors.ts';
import { addGateway } from './commands/gateway.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addKeys } from './commands/keys.ts';
import { addNodes } from './commands/nodes.ts';
import { addOrgs } from './commands/orgs.ts';
import { addPeople } from './commands/people.ts';
import { addProfile } from './commands/profile.ts';
import { addRestore } from './commands/restore.ts';
import { addServe } from './commands/serve.ts';
import { addTokens } from './commands/tokens.ts';
import { addUsage } from './commands/usage.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { readVersion } from './version.ts';

const exitCodeHelp = `
Exit codes: 0 ok, 1 failure, 2 usage, 3 server unreachable, 4 not signed in, 5 refused, 6 not found.
MIFTAH_CONTEXT chooses a context; MIFTAH_URL, MIFTAH_TOKEN and MIFTAH_DATA set the server, the token and the data
folder.`;

/**
 * The whole program. It never ends the process: `parseAsync` rejects with a `CommanderError` for wrong usage, and also
 * after --help and --version have printed their text.
 * @param printUsageErrors whether a command that lacks its verb prints its help on standard error
 */
export function createProgram(printUsageErrors = true): Command {
  const program = new Command('miftah')
    .description('Issues, verifies, restricts, rate-limits, meters, rotates and revokes API keys.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    // The help has the same width on every terminal, so that the docs can quote it.
    .configureOutput({
      getOutHelpWidth: () => 110,
      getErrHelpWidth: () => 110,
      outputError: () => {},
      writeErr: (text) => {
        if (printUsageErrors) process.stderr.write(text);
      },
    })
    .option('--context <name>', 'context with the server and its token: see miftah context')
    .hook('preAction', passContext)
    .addHelpText('after', exitCodeHelp);
  addInit(program);
  addServe(program);
  addDev(program);
  addConfig(program);
  addApis(program);
  addOrgs(program);
  addPeople(program);
  addKeys(program);
  addTokens(program);
  addWebhooks(program);
  addAlerts(program);
  addImport(program);
  addProfile(program);
  addGateway(program);
  addDenials(program);
  addUsage(program);
  addBackup(program);
  addRestore(program);
  addDoctor(program);
  addErrors(program);
  addAudit(program);
  addNodes(program);
  addContext(program);
  addCompletion(program);
  return program;
}

/** Passes `--context` to the command, wherever it stands. Throws `context_not_used` if the command calls no server. */
function passContext(program: Command, command: Command): void {
  const { context } = program.opts<{ readonly context?: string }>();
  if (context === undefined) return;
  if (!command.options.some(({ long }) => long === '--context')) {
    throw new CliError(
      exitCodes.usage,
      'context_not_used',
      `${nameOf(command)} works on this machine and takes no context`,
      'Omit --context.',
    );
  }
  command.setOptionValueWithSource('context', context, 'cli');
}

/** `miftah keys list` */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
