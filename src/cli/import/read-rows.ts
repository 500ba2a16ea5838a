// Reads the rows of a file to import, as they are sent to the server. A secret goes no further than here.
import { hash } from 'node:crypto';
import { fitsImported, type ImportedFormat } from '../../domain/imported-secret.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { readCsv } from './read-csv.ts';

const texts = [
  'digest',
  'algorithm',
  'secret',
  'name',
  'org',
  'orgName',
  'environment',
  'expiresAt',
  'createdAt',
  'externalId',
] as const;
const hints = ['prefix', 'start', 'end'] as const;
const lists = ['addresses', 'referrers', 'endpoints', 'scopes', 'rateLimits', 'tags'] as const;
/** Columns of a CSV file, besides those of metadata. */
const plainColumns: readonly string[] = [...texts, ...hints, ...lists];
const members: readonly string[] = [...plainColumns, 'metadata'];
/** A CSV file has a column for each name of metadata: `metadata.plan`. */
const metadataPrefix = 'metadata.';

/** A row of the request: the members of `ImportRow` in the OpenAPI document. */
export type Row = Readonly<Record<string, RowMember>>;
type RowMember = string | readonly string[] | Readonly<Record<string, string>> | null;

/** Why a row is refused before it is sent. `detail` begins with the field. */
export interface RowError {
  readonly code: string;
  readonly field: string;
  readonly detail: string;
}

/** A row of the file. */
export interface SourceRow {
  /** The line where it begins, from 1. */
  readonly line: number;
  /** The row to send, or why it is not sent. */
  readonly row: Row | RowError;
}

/** How to read the file. `imported` is the format of the API's imported secrets. */
export interface ReadOptions {
  readonly format: 'csv' | 'jsonl';
  readonly allowPlaintext: boolean;
  readonly imported: ImportedFormat;
}

/** Whether the row is refused before it is sent. */
export function isRowError(row: Row | RowError): row is RowError {
  return 'detail' in row;
}

/**
 * Reads rows one by one. Rejects with a `CliError` if the whole file is unusable: no header, unknown columns, not
 * UTF-8, or secrets without `allowPlaintext`.
 */
export async function* readRows(chunks: AsyncIterable<Buffer>, options: ReadOptions): AsyncGenerator<SourceRow> {
  const text = decode(chunks);
  const rows = options.format === 'csv' ? readCsvRows(text) : readJsonRows(text);
  for await (const { line, row } of rows) {
    yield { line, row: isRowError(row) ? row : hashSecret(row, options) };
  }
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CliError(exitCodes.usage, 'input_invalid', 'the input is not valid UTF-8', 'Save it as UTF-8.');
  }
}

async function* readCsvRows(text: AsyncIterable<string>): AsyncGenerator<SourceRow> {
  let columns: readonly string[] | undefined;
  for await (const { line, cells } of readCsv(text)) {
    if (columns === undefined) {
      columns = readHeader(cells);
      continue;
    }
    if (cells === undefined) {
      yield { line, row: malformed('has a misplaced quotation mark: write "" inside quoted cells') };
    } else if (cells.length !== columns.length) {
      yield { line, row: malformed(`has ${cells.length} cells, but the header has ${columns.length}`) };
    } else {
      yield { line, row: toRow(columns, cells) };
    }
  }
}

function readHeader(cells: readonly string[] = []): readonly string[] {
  const columns = cells.map((cell) => {
    const plain = cell.trim().toLowerCase().replaceAll('_', '');
    if (plain.startsWith(metadataPrefix)) return metadataPrefix + cell.trim().slice(metadataPrefix.length);
    return plainColumns.find((member) => member.toLowerCase() === plain) ?? cell.trim();
  });
  const unknown = columns.filter((column) => !plainColumns.includes(column) && !column.startsWith(metadataPrefix));
  const twice = columns.filter((column, at) => columns.indexOf(column) !== at);
  const problem =
    unknown.length > 0
      ? `the first line names unknown columns: ${unknown.map((name) => JSON.stringify(shorten(name))).join(', ')}`
      : twice.length > 0
        ? `the first line names the column ${twice[0]} twice`
        : columns.includes('digest') || columns.includes('secret')
          ? undefined
          : 'the first line has no digest column';
  if (problem === undefined) return columns;
  throw new CliError(
    exitCodes.usage,
    'input_invalid',
    problem,
    `Use these columns in the first line: ${plainColumns.join(', ')}, and metadata.NAME for each name of metadata.`,
  );
}

function toRow(columns: readonly string[], cells: readonly string[]): Row {
  const row: Record<string, RowMember> = {};
  const metadata = new Map<string, string>();
  for (const [at, column] of columns.entries()) {
    const cell = (cells[at] as string).trim();
    if (cell === '') continue;
    if (column.startsWith(metadataPrefix)) metadata.set(column.slice(metadataPrefix.length), cell);
    else if (isList(column)) row[column] = cell.split(';').flatMap((entry) => entry.trim() || []);
    else row[column] = column === 'expiresAt' && cell.toLowerCase() === 'never' ? null : cell;
  }
  return metadata.size === 0 ? row : { ...row, metadata: Object.fromEntries(metadata) };
}

async function* readJsonRows(text: AsyncIterable<string>): AsyncGenerator<SourceRow> {
  let rest = '';
  let line = 1;
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const each of lines) {
      if (each.trim() !== '') yield { line, row: parseJsonRow(each) };
      line++;
    }
  }
  if (rest.trim() !== '') yield { line, row: parseJsonRow(rest) };
}

function parseJsonRow(text: string): Row | RowError {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed('is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformed('is not a JSON object');
  const row: Record<string, RowMember> = {};
  for (const [name, member] of Object.entries(value)) {
    if (!members.includes(name)) {
      return malformed(`is unknown: use ${members.join(', ')}`, shorten(name));
    }
    if (member === null && name !== 'expiresAt') continue;
    if (name === 'metadata') {
      if (!isTextByName(member)) return malformed('must be an object of strings', name);
      row[name] = member;
      continue;
    }
    if (isList(name) ? !isTexts(member) : typeof member !== 'string' && member !== null) {
      return malformed(`must be ${isList(name) ? 'a list of strings' : 'a string'}`, name);
    }
    row[name] = member as string | readonly string[] | null;
  }
  return row;
}

/** Characters of a secret to keep hidden when its start and end are shown: enough that no one can guess them. */
const minHidden = 20;

/** Replaces the row's secret with its digest. */
function hashSecret({ secret, ...row }: Row, { allowPlaintext, imported }: ReadOptions): Row | RowError {
  if (secret === undefined) return row.digest === undefined ? malformed('is missing', 'digest') : row;
  if (!allowPlaintext) {
    throw new CliError(
      exitCodes.usage,
      'plaintext_refused',
      'the input holds plain-text secrets',
      'Export digests from the other system, or add --allow-plaintext: ' +
        'this command then hashes the secrets and sends only digests.',
    );
  }
  if (row.digest !== undefined) return malformed('cannot be combined with digest: use one of them', 'secret');
  const { algorithm, prefix, minLength, maxLength } = imported;
  if (typeof secret !== 'string' || !fitsImported(secret, imported)) {
    const start = prefix === '' ? '' : `, starting with ${prefix}`;
    const shape = `${minLength} to ${maxLength} printable characters without spaces${start}`;
    return malformed(`does not match importedKeys of the API (${shape}): requests with it would be refused`, 'secret');
  }
  const isShown = secret.length - prefix.length - 8 >= minHidden;
  return {
    prefix,
    ...(isShown && { start: secret.slice(prefix.length, prefix.length + 4), end: secret.slice(-4) }),
    ...row,
    digest: hash(algorithm, secret, 'hex'),
  };
}

function malformed(detail: string, field = 'row'): RowError {
  return { code: 'row_malformed', field, detail: `${field}: ${detail}` };
}

function isList(name: string): boolean {
  return (lists as readonly string[]).includes(name);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isTextByName(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isTexts(Object.values(value));
}

/** Shortens an unknown name: it may be a secret in the wrong place. */
function shorten(name: string): string {
  return name.length > 20 ? `${name.slice(0, 8)}…` : name;
}
