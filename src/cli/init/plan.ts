// From the answers to the files and to what comes next.
import { join, relative } from 'node:path';
import type { ApiConfig, Config } from '../../config/config.ts';
import { pageOf } from '../../domain/page.ts';
import { commandName, isInNpxCache, programFile } from '../command-name.ts';
import { isContextChosen, noContext } from '../contexts.ts';
import type { GatewayId } from '../gateways/index.ts';
import { databaseVariable, examplePostgres } from './api-setting.ts';
import type { WantedFile, WantedLine } from './files.ts';
import { type FrameworkId, frameworks } from './frameworks.ts';
import type { Project } from './project.ts';
import { unitOf } from './unit.ts';

/** The languages that have a page about a service that asks Miftah, and `other`. */
export const languages = { python: 'Python', go: 'Go', php: 'PHP', java: 'Java', other: 'Another language' } as const;
export type LanguageId = keyof typeof languages;

/** Where Miftah stands. */
export type Place =
  | { readonly kind: 'framework'; readonly framework: FrameworkId }
  | { readonly kind: 'gateway'; readonly gateway: GatewayId }
  | { readonly kind: 'service'; readonly language: LanguageId }
  | { readonly kind: 'proxy' };

export interface Plan {
  readonly files: readonly WantedFile[];
  /** What to do by hand, before the commands: each a paragraph. */
  readonly advice: readonly string[];
  /** At most three commands, in their order. */
  readonly commands: readonly string[];
  /** The path of the page that says more. */
  readonly page: string;
}

/** What a plan depends on. `yaml` is the text of a new configuration; without it, the one that is there stays. */
export interface Situation {
  readonly project: Project;
  readonly place: Place;
  readonly config: Config;
  readonly api: ApiConfig;
  readonly yaml: string | undefined;
  readonly usesPostgres: boolean;
}

export async function makePlan(situation: Situation): Promise<Plan> {
  const { place, yaml } = situation;
  const parts = place.kind === 'framework' ? planFramework(situation, place.framework) : await planServer(situation);
  return {
    ...parts,
    files: [
      ...(yaml === undefined ? [] : [{ path: 'miftah.yaml', text: yaml }]),
      ...parts.files,
      envExample(situation),
      ...gitignore(situation),
    ],
  };
}

/** Miftah inside of the application: the module with the guard and, in an empty folder, a program around it. */
function planFramework({ project, config, api, usesPostgres }: Situation, id: FrameworkId): Plan {
  const framework = frameworks[id];
  const isFirst = !project.hasProgram && framework.program !== undefined && !project.isTypeScript;
  const isCompiled = framework.isCompiled === true;
  const modules = isFirst || isCompiled ? 'esm' : project.modules;
  const extension = isFirst ? '.mjs' : isCompiled ? (project.isTypeScript ? '.ts' : '.js') : project.extension;
  const end = isFirst ? '.mjs' : id === 'next' ? '' : project.importEnd;
  const name = framework.file ?? 'api-keys';
  const path = join(isFirst ? '' : project.sources, `${name}${extension}`);
  const text = framework.guard({ api: api.id, modules, isTypeScript: project.isTypeScript });
  const from = `${id === 'next' ? '../../' : './'}${name}${end}`;
  const absent = ['miftah', ...(isFirst ? framework.needs : [])].filter((each) => project.find(each) === undefined);
  const start = isFirst ? 'node server.mjs' : project.start;
  return {
    files: [
      { path, text },
      ...(isFirst && framework.program !== undefined ? [{ path: 'server.mjs', text: framework.program }] : []),
    ],
    advice: [
      ...(isFirst
        ? []
        : [
            `${framework.where ?? 'Add to your application, before its routes'}:\n\n${usage(framework, from, modules, project)}`,
          ]),
      ...databaseAdvice(usesPostgres),
      ...(framework.note === undefined ? [] : [framework.note]),
      ...(start === undefined ? ['Start your application before you create a key.'] : []),
    ],
    commands: [
      ...(absent.length === 0 ? [] : [`npm install ${absent.join(' ')}`]),
      ...(start === undefined ? [] : [withVariables(start, usesPostgres)]),
      createKey({ project, api, config }),
    ],
    page: pageOf(framework.page),
  };
}

function usage(
  { exported, use }: (typeof frameworks)[FrameworkId],
  from: string,
  modules: string,
  { isTypeScript }: Project,
): string {
  const line =
    modules === 'esm' || isTypeScript
      ? `import { ${exported} } from '${from}';`
      : `const { ${exported} } = require('${from}');`;
  return [line, ...use].map((each) => (each === '' ? '' : `  ${each}`)).join('\n');
}

/** Miftah as a server of its own: a proxy, or what a gateway or a service asks. */
async function planServer(situation: Situation): Promise<Plan> {
  const { project, place, config, api, usesPostgres } = situation;
  const local = project.find('miftah') ?? (isInNpxCache ? join(project.folder, 'node_modules/miftah') : undefined);
  const program = local === undefined ? programFile : join(local, 'bin/miftah.mjs');
  const serve = withVariables(`${commandName(project.folder)} serve --config miftah.yaml`, usesPostgres);
  const token = (name: string) =>
    `${commandName(project.folder)} tokens create --name ${name} --may decide --api ${api.id}${remoteFlags(situation)}`;
  const unit = { path: 'miftah.service', text: unitOf(project.folder, program) };
  const last = createKey(situation);
  const base = databaseAdvice(usesPostgres);
  switch (place.kind) {
    case 'gateway': {
      const { path, text } = await snippetOf(place.gateway, config, api);
      return {
        files: [{ path, text }, unit],
        advice: [
          ...base,
          `${path} says in its first lines where it belongs. Its TOKEN is what the second command prints.`,
        ],
        commands: [serve, token(place.gateway), last],
        page: pageOf(`how-to/gateways/${place.gateway}.md`),
      };
    }
    case 'service':
      return {
        files: [unit],
        advice: [...base, 'Give your service the token that the second command prints, as MIFTAH_TOKEN.'],
        commands: [serve, token('service'), last],
        page: pageOf(`how-to/services/${place.language === 'other' ? 'README' : place.language}.md`),
      };
    default:
      return { files: [unit], advice: base, commands: [serve, last], page: pageOf('how-to/start-a-project.md') };
  }
}

const snippetNames: Readonly<Record<GatewayId, string>> = {
  nginx: 'nginx.conf',
  caddy: 'Caddyfile',
  traefik: 'traefik.yaml',
  envoy: 'envoy.yaml',
  haproxy: 'haproxy.cfg',
  apache: 'apache.conf',
};

/** What `miftah gateway snippet` prints. */
async function snippetOf(id: GatewayId, config: Config, api: ApiConfig): Promise<{ path: string; text: string }> {
  const { renderSnippet } = await import('../gateways/render.ts');
  const text = await renderSnippet(id, config, api, { environment: 'live', address: undefined });
  return { path: `${api.id}.${snippetNames[id]}`, text };
}

function envExample({ place, usesPostgres }: Situation): WantedFile {
  const line = (name: string, value: string, isSet: boolean): WantedLine => ({
    line: `${isSet ? '' : '# '}${name}=${value}`,
    isSame: (other) => other.replace(/^[#\s]*(?:export )?/, '').startsWith(`${name}=`),
  });
  return {
    path: '.env.example',
    head: '# Copy this file to .env, and keep .env out of git.\n',
    lines: [
      ...(usesPostgres ? [line(databaseVariable, `'${examplePostgres}'`, true)] : []),
      ...(place.kind === 'service'
        ? [line('MIFTAH_URL', 'http://127.0.0.1:4101', true), line('MIFTAH_TOKEN', '', true)]
        : []),
      line('MIFTAH_PUBLIC__LISTEN', '127.0.0.1:4100', false),
      line('MIFTAH_INTERNAL__LISTEN', '127.0.0.1:4101', false),
      line('MIFTAH_LOG__LEVEL', 'info', false),
    ],
  };
}

/** Keeps secrets out of git: in a checkout. */
function gitignore({ project, config }: Situation): readonly WantedFile[] {
  if (!project.isInGit) return [];
  const data = relative(project.folder, config.dataDir);
  const isBelow = data !== '' && !data.startsWith('..');
  return [
    {
      path: '.gitignore',
      head: '',
      lines: [
        { line: '.env', isSame: (other) => ['.env', '.env*'].includes(bare(other)) },
        ...(isBelow ? [{ line: `${data}/`, isSame: (other: string) => bare(other) === data }] : []),
      ],
    },
  ];
}

/** A line of .gitignore without the slashes at its ends. */
function bare(line: string): string {
  return line.trim().replace(/^\//, '').replace(/\/$/, '');
}

function databaseAdvice(usesPostgres: boolean): readonly string[] {
  return usesPostgres ? [`Copy .env.example to .env, and set ${databaseVariable} there.`] : [];
}

/** Runs a command with the variables of .env. */
function withVariables(command: string, usesPostgres: boolean): string {
  return usesPostgres ? `(set -a; . ./.env; ${command})` : command;
}

/** One line for the first key: its organization is created within. */
function createKey(situation: Pick<Situation, 'project' | 'api' | 'config'>): string {
  const { project, api } = situation;
  const flags = remoteFlags(situation);
  const { orgKind } = api.profile.policy;
  const kind = orgKind === undefined ? '' : ` --kind ${orgKind}`;
  const org = `${commandName(project.folder)} orgs create --name 'First customer'${kind} -q${flags}`;
  return `${commandName(project.folder)} keys create --api ${api.id} --name first --org "$(${org})"${flags}`;
}

/** The options for a server that is not where commands look for it. */
function remoteFlags({ project, config }: Pick<Situation, 'project' | 'config'>): string {
  const { host, port } = config.internal.listen;
  const isUsual = host === '127.0.0.1' && port === 4101;
  const url = isUsual ? '' : ` --url http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const folder = relative(project.folder, config.dataDir);
  const data = folder === 'miftah-data' ? '' : ` --data '${folder.replaceAll("'", `'\\''`)}'`;
  // An address comes before a context. Without one, a context would lead the commands to its server.
  return url === '' && data === '' && isContextChosen() ? ` --context ${noContext}` : `${url}${data}`;
}
