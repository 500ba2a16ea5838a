// The result of a benchmark, printed as it arrives and finally as Markdown for docs/performance.md.
import type { Ratio } from './measure.ts';

export interface Row {
  readonly what: string;
  readonly ratio: Ratio;
  /** CPU time a request, over that of the same baseline, if servers are measured. */
  readonly cpu?: Ratio;
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
  /** An absolute figure, as a scale for the ratio. */
  readonly note?: string;
}

export interface BenchmarkOptions {
  /** Small sizes and few rounds: shows that the benchmark runs, without meaningful figures. */
  readonly isQuick: boolean;
  /** A commit to compare this version with. Only benchmark 9 does. */
  readonly before?: string | undefined;
}

export interface Benchmark {
  readonly title: string;
  run(options: BenchmarkOptions): Promise<readonly Row[]>;
}

export function formatRatio({ median, low, high }: Ratio): string {
  return `${digits(median)} (${digits(low)}–${digits(high)})`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function formatGoal({ ratio, goal }: Row): string {
  if (goal === undefined) return '';
  const isMet = 'atLeast' in goal ? ratio.median >= goal.atLeast : ratio.median <= goal.atMost;
  return `${'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`}, ${isMet ? 'met' : 'missed'}`;
}

const headings = ['measured', 'ratio (quartiles)', 'CPU per request', 'goal', 'scale'];

function cellsOf(row: Row): string[] {
  const hasCpu = row.cpu !== undefined && Number.isFinite(row.cpu.median);
  return [
    row.what,
    formatRatio(row.ratio),
    hasCpu ? `× ${formatRatio(row.cpu as Ratio)}` : '',
    formatGoal(row),
    row.note ?? '',
  ];
}

export function printTable(rows: readonly Row[]): void {
  const cells = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  for (const line of cells)
    console.log(`  ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}

export function formatMarkdown(results: readonly { readonly title: string; readonly rows: readonly Row[] }[]): string {
  const lines = [`| benchmark | ${headings.join(' | ')} |`, `|${' --- |'.repeat(headings.length + 1)}`];
  for (const { title, rows } of results) {
    for (const row of rows) lines.push(`| ${title} | ${cellsOf(row).join(' | ')} |`);
  }
  return lines.join('\n');
}
