// Options that several commands share, and the readers of their values.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ClientOptions } from './internal-client.ts';
import type { OutputOptions } from './output.ts';

/** The options of every command that calls a running server. */
export interface RemoteOptions extends ClientOptions, OutputOptions {}

/** Adds the options of `RemoteOptions`. `quietly` says in the help what `-q` prints. */
export function addRemoteOptions(command: Command, quietly: string): Command {
  return command
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', `print only ${quietly}`)
    .option('--context <name>', 'context with the server and its token: see miftah context')
    .option('--url <url>', 'URL of the server’s internal listener (default: MIFTAH_URL or http://127.0.0.1:4101)')
    .option('--data <dir>', 'data folder that holds the operator token (default: MIFTAH_DATA or ./miftah-data)');
}

/** Which rows of a list to show. */
export interface PageOptions {
  readonly limit?: number;
  readonly all?: true;
  readonly cursor?: string;
}

/** Adds the options of `PageOptions`. */
export function addPageOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'maximum number of rows', readCount, 100)
    .addOption(new Option('--all', 'all rows').conflicts('limit'))
    .option('--cursor <cursor>', 'continue after the rows of an earlier list');
}

/** Adds example commands, one a line, to the end of the help. */
export function addExample(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/**
 * Reads an option that may be repeated and takes a comma-separated list. `none` adds nothing, so that the list can be
 * cleared.
 */
export function collectCommaList(text: string, before: readonly string[] | undefined): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return collect(
    before,
    entries.filter((entry) => entry !== '' && entry !== 'none'),
  );
}

/** Reads an option that may be repeated. `none` adds nothing, so that the list can be cleared. */
export function collectEach(text: string, before: readonly string[] | undefined): string[] {
  return collect(before, text === 'none' ? [] : [text]);
}

function collect(before: readonly string[] | undefined, entries: readonly string[]): string[] {
  return [...(before ?? []), ...entries];
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * An ISO 8601 instant or `never`, unchanged, or the instant that is `30m`, `12h`, `90d` or `8w` after `nowMs`. Throws
 * `InvalidArgumentError`.
 */
export function readExpiry(text: string, nowMs: number): string {
  if (text === 'never') return text;
  const span = /^([1-9]\d{0,5})([mhdw])$/.exec(text);
  if (span !== null) {
    const endMs = nowMs + Number(span[1]) * (unitMs[span[2] ?? ''] ?? Number.NaN);
    // The longest spans end after the year 9999, which ISO 8601 can't write with four digits.
    if (endMs < Date.UTC(9999, 0)) return new Date(endMs).toISOString();
  }
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return text;
  throw new InvalidArgumentError('Use an instant such as 2027-01-31T00:00:00Z, a span such as 90d, or never.');
}

/** The `expiresAt` of a request. commander keeps no `null` as the value of an option. */
export function toExpiresAt(expires: string | undefined): string | null | undefined {
  return expires === 'never' ? null : expires;
}

/** Options that set tags, metadata and external id. */
export interface AnnotationOptions {
  readonly tag?: string[];
  readonly meta?: Record<string, string | null>;
  readonly externalId?: string;
}

/** Adds the options of `AnnotationOptions`. */
export function addAnnotationOptions(command: Command): Command {
  return command
    .option('--tag <tags>', 'its tags, comma-separated; repeatable', collectCommaList)
    .option('--meta <name=value>', 'its metadata, such as plan=gold; plan= removes it; repeatable', collectMetadata)
    .option('--external-id <id>', 'its id in your own system; none removes it');
}

/** The members of a request for `AnnotationOptions`. */
export function annotationsOf({ tag, meta, externalId }: AnnotationOptions) {
  return {
    ...(tag !== undefined && { tags: tag }),
    ...(meta !== undefined && { metadata: meta }),
    ...(externalId !== undefined && { externalId: externalId === 'none' ? null : externalId }),
  };
}

/** Adds one `--meta plan=gold` to those before it. */
function collectMetadata(text: string, former: AnnotationOptions['meta'] = {}): AnnotationOptions['meta'] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Use NAME=VALUE, such as plan=gold, or NAME= to remove it.');
  return { ...former, [text.slice(0, at)]: text.slice(at + 1) || null };
}

/** Options that filter a list by tag, metadata and external id. */
export interface AnnotationFilterOptions {
  readonly search?: string;
  readonly tag?: string;
  readonly meta?: string;
  readonly externalId?: string;
}

/** Adds the options of `AnnotationFilterOptions`, except `search`. */
export function addAnnotationFilters(command: Command): Command {
  return command
    .option('--tag <tag>', 'only with this tag')
    .option('--meta <name=value>', 'only with this metadata, such as plan=gold')
    .option('--external-id <id>', 'only with this id of your own system');
}

/** The members of a query for `AnnotationFilterOptions`. */
export function annotationFilterOf({ search, tag, meta: metadata, externalId }: AnnotationFilterOptions) {
  return defined({ search, tag, metadata, externalId });
}

/** The lines that show tags, metadata and external id. An older server knows none. */
export function annotationLines(of: {
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly externalId?: string | null;
}): readonly (readonly [string, string | null])[] {
  return [
    ['external id', of.externalId ?? null],
    ['tags', of.tags?.join(', ') ?? null],
    ...Object.entries(of.metadata ?? {}).map(([name, value]) => [`meta, ${name}`, value] as const),
  ];
}

/** A whole number of 1 to 999999. Throws `InvalidArgumentError`. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Use a whole number, 1 or more.');
}

/** A port from 0 to 65535. Throws `InvalidArgumentError`. */
export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('Use a port from 0 to 65535.');
}

/** The members of `values` that are not `undefined`. */
export function defined<Values extends object>(
  values: Values,
): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [Name in keyof Values]?: Exclude<Values[Name], undefined> };
}
