// The output of commands: one JSON document, one word, or lines and tables for people.
import { once } from 'node:events';
import { styleText } from 'node:util';
import { printable } from '../domain/printable.ts';
import type { Failure } from './cli-error.ts';

/** How to print the result: as JSON, as one word, or for people if neither is set. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** Colours the text if standard output is a terminal and NO_COLOR is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Writes a line to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes text to standard output, and waits while its reader is slow. */
export async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Writes a line for people to standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * Prints `document` with --json, the result of `word` with -q, and otherwise the result of `show`. Without --json, also
 * warns on standard error if a change does not hold on every node.
 */
export function printResult(options: OutputOptions, document: unknown, word: () => string, show: () => string): void {
  if (options.json === true) print(JSON.stringify(document));
  else if (options.quiet === true) print(word());
  else print(show());
  if (options.json !== true) warnUnreached(document);
}

/** The part of an answer that names the nodes that a change did not reach. */
export interface Coherence {
  readonly coherence?: { readonly nodes: readonly string[] | null; readonly boundUntil: string };
}

function warnUnreached(document: unknown): void {
  const { coherence } = (document ?? {}) as Coherence;
  if (coherence === undefined) return;
  const { nodes, boundUntil } = coherence;
  const who = nodes === null ? 'some nodes (unknown which)' : nodes.join(', ');
  const label = styleText('yellow', 'warning:', { stream: process.stderr });
  process.stderr.write(
    `${label} ${printable(`${who} could not be reached and may use the old state until ${boundUntil}`)}\n`,
  );
}

/** Columns as wide as their widest cell; empty cells show as `-`. The last column is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableInParts(head)(rows);
}

/** A table that grows: each call returns the lines of more rows, the first one with the head. Columns never narrow. */
export function tableInParts(head: readonly string[]): (rows: readonly (readonly string[])[]) => string {
  let widths = head.map((title) => title.length);
  let isFirst = true;
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell + ' '.repeat(widthLeft(cell, widths[at])))).join('  ');
  return (rows) => {
    const cells = rows.map((row) => row.map((cell) => (cell === '' ? '-' : printable(cell))));
    widths = widths.map((width, at) => Math.max(width, ...cells.map((row) => [...(row[at] ?? '')].length)));
    const lines = cells.map(line);
    if (isFirst) lines.unshift(paint('bold', line(head)));
    isFirst = false;
    return lines.join('\n');
  };
}

/** Names and values, one pair a line. Omits pairs without a value. */
export function fields(pairs: readonly (readonly [name: string, value: string | null | undefined])[]): string {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${printable(value ?? '')}`).join('\n');
}

/** Prints a failure on standard error, as JSON if `isJson`. */
export function printFailure({ code, message, fix }: Failure, isJson: boolean): void {
  if (isJson) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, fix } })}\n`);
    return;
  }
  const label = styleText('red', 'error:', { stream: process.stderr });
  process.stderr.write(`${label} ${message}\n`);
  if (fix !== '' && !message.includes(fix)) process.stderr.write(`${fix}\n`);
}

function widthLeft(cell: string, width = 0): number {
  return width - [...cell].length;
}

/** Formats a size: `812 bytes`, `4.2 MB`, `1.3 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`;
}
