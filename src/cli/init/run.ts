// The course of `miftah init`: the folder, the answers, the files, and what comes next.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ApiConfig, Config } from '../../config/config.ts';
import { suggestName } from '../../domain/closest-name.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type GatewayId, gatewayIds } from '../gateways/index.ts';
import { paint, printResult } from '../output.ts';
import {
  type ApiSetting,
  databaseVariable,
  examplePostgres,
  findFault,
  idOf,
  objectOf,
  prefixOf,
  type Storage,
  yamlOf,
} from './api-setting.ts';
import { type PlannedFile, planFiles, writeFiles } from './files.ts';
import { type FrameworkId, frameworkIds, frameworks } from './frameworks.ts';
import { type LanguageId, languages, makePlan, type Place, type Plan } from './plan.ts';
import { type Project, readProject } from './project.ts';
import { openQuestions, type Questions } from './questions.ts';

/** What the flags say. */
export interface InitOptions {
  readonly framework?: FrameworkId;
  readonly gateway?: GatewayId;
  readonly language?: LanguageId;
  readonly proxy?: true;
  readonly name?: string;
  readonly host?: string;
  readonly upstream?: string;
  readonly prefix?: string;
  readonly storage?: Storage;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly force?: true;
  readonly json?: true;
}

/** What was done, and what comes next. */
export interface InitOutcome extends Omit<Plan, 'files'> {
  readonly files: readonly PlannedFile[];
}

/** Asks if someone can answer, does the work, and prints it. */
export async function runInit(folder: string, options: InitOptions): Promise<void> {
  const isInteractive = process.stdin.isTTY && process.stderr.isTTY && options.yes !== true && options.json !== true;
  const questions = isInteractive ? openQuestions() : undefined;
  try {
    const outcome = await initialize(folder, options, questions);
    const { files, ...next } = outcome;
    const isDry = options.dryRun === true;
    printResult(
      options,
      { files: files.map(({ path, status, text }) => ({ path, status, ...(isDry && { text }) })), ...next },
      () => '',
      () => (isDry ? showTexts(files) : show(outcome)),
    );
  } finally {
    questions?.close();
  }
}

/**
 * Writes the files into the folder. Nothing is written before the last answer, and never some of the files alone.
 * Without `questions`, the defaults are taken. Rejects with a `CliError` that names the fix.
 */
export async function initialize(folder: string, options: InitOptions, questions?: Questions): Promise<InitOutcome> {
  const project = readProject(folder);
  const place =
    placeOf(options) ?? (questions === undefined ? presetPlace(project, options) : await askPlace(project, questions));
  const isKept = existsSync(join(folder, 'miftah.yaml')) && options.force !== true;
  assertUsed(options, place, isKept);
  const settled = isKept
    ? await readConfigured(project, options)
    : await askConfigured(project, options, place, questions);
  const { files: wanted, ...next } = await makePlan({ project, place, ...settled });
  const files = planFiles(folder, wanted, options.force === true);
  if (options.dryRun !== true) writeFiles(folder, files);
  return { files: isKept ? [{ path: 'miftah.yaml', status: 'kept', text: '' }, ...files] : files, ...next };
}

/** An option without an effect is a mistake. */
function assertUsed(options: InitOptions, { kind }: Place, isKept: boolean): void {
  const given = (names: readonly (keyof InitOptions)[]) => names.find((name) => options[name] !== undefined);
  const unused = isKept ? given(['host', 'upstream', 'prefix', 'storage']) : undefined;
  if (unused !== undefined) {
    throw new CliError(
      exitCodes.usage,
      'option_unused',
      `miftah.yaml is there, so --${unused} would have no effect`,
      'Change miftah.yaml, or replace it with --force.',
    );
  }
  const misplaced = kind === 'gateway' || kind === 'proxy' ? undefined : given(['host', 'upstream']);
  if (misplaced === undefined) return;
  throw new CliError(
    exitCodes.usage,
    'option_unused',
    `--${misplaced} is for an API behind a gateway or a proxy`,
    `Add --gateway or --proxy, or leave --${misplaced} out.`,
  );
}

function placeOf({ framework, gateway, language, proxy }: InitOptions): Place | undefined {
  if (framework !== undefined) return { kind: 'framework', framework };
  if (gateway !== undefined) return { kind: 'gateway', gateway };
  if (language !== undefined) return { kind: 'service', language };
  return proxy === true ? { kind: 'proxy' } : undefined;
}

function presetPlace({ framework }: Project, { yes }: InitOptions): Place {
  if (yes !== true) {
    throw new CliError(
      exitCodes.usage,
      'answers_missing',
      'nothing says what to protect, and there is no terminal to ask on',
      'Add --framework, --gateway, --language or --proxy, or take the defaults with --yes.',
    );
  }
  return framework === undefined ? { kind: 'proxy' } : { kind: 'framework', framework };
}

async function askPlace({ framework }: Project, questions: Questions): Promise<Place> {
  const routes =
    framework === undefined
      ? 'Routes of a Node.js application'
      : `Routes of this application with ${frameworks[framework].title}`;
  const kind = await questions.choose(
    'What do you want to protect?',
    [
      { value: 'framework', title: routes },
      { value: 'gateway', title: 'An API behind nginx, Caddy, Traefik, Envoy, HAProxy or Apache' },
      { value: 'service', title: 'An API in another language, which asks Miftah itself' },
      { value: 'proxy', title: 'Any API, with Miftah in front of it as its proxy' },
    ],
    framework === undefined ? 'proxy' : 'framework',
  );
  switch (kind) {
    case 'framework': {
      const choices = frameworkIds.map((value) => ({ value, title: frameworks[value].title }));
      return { kind, framework: framework ?? (await questions.choose('Which framework?', choices, 'express')) };
    }
    case 'gateway': {
      const choices = gatewayIds.map((value) => ({ value, title: value }));
      return { kind, gateway: await questions.choose('Which gateway?', choices, 'nginx') };
    }
    case 'service': {
      const choices = (Object.keys(languages) as LanguageId[]).map((value) => ({ value, title: languages[value] }));
      return { kind, language: await questions.choose('Which language?', choices, 'python') };
    }
    case 'proxy':
      return { kind };
  }
}

interface Settled {
  readonly config: Config;
  readonly api: ApiConfig;
  readonly yaml: string | undefined;
  readonly usesPostgres: boolean;
}

/** From a miftah.yaml that is there: the API with the name, or the only one. */
async function readConfigured({ folder }: Project, { name }: InitOptions): Promise<Settled> {
  const { loadConfig } = await import('../../config/load.ts');
  // The address of the database is of no matter here, and may not be set yet.
  const environment = { [databaseVariable]: examplePostgres, ...process.env };
  const config = loadConfig({ file: join(folder, 'miftah.yaml'), environment, workingFolder: folder });
  const ids = config.apis.map(({ id }) => id);
  const api = name === undefined ? config.apis[0] : config.apis.find(({ id }) => id === idOf(name));
  if (api === undefined) {
    const fix = `Name one that is there: ${suggestName(idOf(name ?? ''), ids)}. Or replace the file with --force.`;
    throw new CliError(
      exitCodes.notFound,
      'api_not_found',
      `miftah.yaml has no API with the id ${idOf(name ?? '')}`,
      fix,
    );
  }
  return { config, api, yaml: undefined, usesPostgres: config.database.kind === 'postgres' };
}

/** From the options, the answers and the defaults. */
async function askConfigured(
  project: Project,
  options: InitOptions,
  place: Place,
  questions: Questions | undefined,
): Promise<Settled> {
  const setting = await askSetting(project, options, place, questions);
  const flaw = await findFault(setting);
  if (flaw !== undefined) {
    const [flag] = Object.entries(settingPaths).find(([, path]) => flaw.path.startsWith(path)) ?? ['name'];
    throw new CliError(exitCodes.usage, 'option_invalid', `--${flag}: ${flaw.fault}`, `Correct --${flag}.`);
  }
  const { loadConfig } = await import('../../config/load.ts');
  const config = loadConfig({ config: objectOf(setting), environment: {}, workingFolder: project.folder });
  const local = project.find('miftah');
  const schema =
    local && join(relative(project.folder, local), 'schema', 'miftah.schema.json').replace(/^(?!\.)/, './');
  return {
    config,
    api: config.apis[0] as ApiConfig,
    yaml: yamlOf(setting, schema),
    usesPostgres: setting.storage === 'postgres',
  };
}

/** The options by the settings that they become. */
const settingPaths = {
  host: 'apis[0].hosts',
  upstream: 'apis[0].upstream',
  prefix: 'apis[0].secretPrefix',
  name: 'apis[0]',
} as const;

async function askSetting(
  project: Project,
  options: InitOptions,
  place: Place,
  questions: Questions | undefined,
): Promise<ApiSetting> {
  const isProxied = place.kind === 'gateway' || place.kind === 'proxy';
  let setting: ApiSetting = {
    id: idOf(project.name),
    product: project.name,
    prefix: prefixOf(idOf(project.name)),
    proxied: isProxied ? { hosts: [], upstream: 'http://127.0.0.1:8080' } : undefined,
    storage: options.storage ?? 'folder',
  };
  /** Takes the option, the answer or the preset into the setting. */
  const settle = async (
    flag: keyof typeof settingPaths,
    question: string,
    preset: string,
    withAnswer: (answer: string) => ApiSetting,
  ): Promise<void> => {
    const findFlaw = async (answer: string) => {
      const flaw = await findFault(withAnswer(answer));
      return flaw?.path.startsWith(settingPaths[flag]) ? flaw.fault : undefined;
    };
    const given = options[flag] as string | undefined;
    setting = withAnswer(
      given ?? (questions === undefined ? preset : await questions.text(question, preset, findFlaw)),
    );
  };
  await settle('name', 'Name of the API', project.name, (name) => {
    const id = idOf(name);
    const proxied = setting.proxied && { ...setting.proxied, hosts: [`api.${id}.localhost`] };
    return { ...setting, id, product: name, prefix: prefixOf(id), proxied };
  });
  const { proxied } = setting;
  if (proxied !== undefined) {
    await settle('host', 'Its host names', proxied.hosts.join(', '), (text) => {
      const hosts = text.split(/[\s,]+/).filter((host) => host !== '');
      return { ...setting, proxied: { ...proxied, hosts } };
    });
    await settle('upstream', 'Where it listens', proxied.upstream, (upstream) => ({
      ...setting,
      proxied: { hosts: setting.proxied?.hosts ?? proxied.hosts, upstream },
    }));
  }
  await settle('prefix', 'What keys begin with, before _live_ and _test_', setting.prefix, (text) => ({
    ...setting,
    prefix: text.replace(/_(?:live|test)?_?$/, ''),
  }));
  if (options.storage !== undefined || questions === undefined) return setting;
  const storage = await questions.choose(
    'Where are keys stored?',
    [
      { value: 'folder', title: 'In a folder, ./miftah-data, for one process' },
      { value: 'postgres', title: 'In PostgreSQL, for several' },
    ],
    'folder',
  );
  return { ...setting, storage };
}

function show({ files, advice, commands, page }: InitOutcome): string {
  const lines = files.map(
    ({ path, status }) => `${paint(status === 'kept' ? 'yellow' : 'green', status.padEnd(9))}  ${path}`,
  );
  if (files.some(({ path, status }) => status === 'kept' && path !== 'miftah.yaml'))
    lines.push('', 'What was kept has another text. Compare it with --dry-run --force, or replace it with --force.');
  for (const each of advice) lines.push('', each);
  const [first = '', ...others] = commands;
  lines.push('', 'Then run:', '', `  ${paint('bold', first)}`);
  if (others.length > 0) lines.push(...others.map((command) => `  ${paint('bold', command)}`));
  lines.push('', `More: ${page}`);
  return lines.join('\n');
}

function showTexts(files: readonly PlannedFile[]): string {
  return files
    .map(({ path, status, text }) => {
      const title = paint('bold', `--- ${path}: ${status}`);
      return status === 'kept' || status === 'unchanged' ? title : `${title}\n${text.trimEnd()}`;
    })
    .join('\n\n');
}
