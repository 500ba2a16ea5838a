// The files of `miftah init`: what each would become, and then all of them or none.
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError, exitCodes } from '../cli-error.ts';

/** A file to write: its whole text, or lines to add where they are absent. */
export type WantedFile = { readonly path: string } & (
  | { readonly text: string }
  | { readonly head: string; readonly lines: readonly WantedLine[] }
);

/** A line, and whether another one stands for it. */
export interface WantedLine {
  readonly line: string;
  readonly isSame: (other: string) => boolean;
}

/** `kept`: it is there with another text, and `--force` would replace it. `extended`: it got lines at its end. */
export type FileStatus = 'created' | 'unchanged' | 'kept' | 'replaced' | 'extended';

export interface PlannedFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly status: FileStatus;
  /** Its text afterwards. */
  readonly text: string;
}

/** Compares each wanted file with the one that is there. */
export function planFiles(folder: string, wanted: readonly WantedFile[], isForced: boolean): readonly PlannedFile[] {
  return wanted.map((file) => {
    const { path } = file;
    const former = readFormer(join(folder, path), path);
    if (!('text' in file)) return planLines(path, former, file);
    if (former === undefined) return { path, status: 'created', text: file.text };
    if (former === file.text) return { path, status: 'unchanged', text: former };
    return isForced ? { path, status: 'replaced', text: file.text } : { path, status: 'kept', text: former };
  });
}

function planLines(
  path: string,
  former: string | undefined,
  { head, lines }: { readonly head: string; readonly lines: readonly WantedLine[] },
): PlannedFile {
  if (former === undefined) {
    const text = `${head}${lines.map(({ line }) => `${line}\n`).join('')}`;
    return { path, status: 'created', text };
  }
  const there = former.split(/\r?\n/);
  const absent = lines.filter(({ isSame }) => !there.some(isSame));
  if (absent.length === 0) return { path, status: 'unchanged', text: former };
  const end = former.includes('\r\n') ? '\r\n' : '\n';
  const gap = former === '' || former.endsWith('\n') ? '' : end;
  return { path, status: 'extended', text: `${former}${gap}${absent.map(({ line }) => `${line}${end}`).join('')}` };
}

function readFormer(file: string, path: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw unwritable(path, error);
  }
}

/** Writes what is new. Each file is written beside its place first, so a full disk or a missing right changes nothing. */
export function writeFiles(folder: string, files: readonly PlannedFile[]): void {
  const changed = files.filter(({ status }) => status !== 'unchanged' && status !== 'kept');
  const drafts: { readonly draft: string; readonly place: string }[] = [];
  let path = '';
  try {
    for (const { path: each, status, text } of changed) {
      path = each;
      const named = join(folder, path);
      // A link stays a link.
      const place = status === 'created' ? named : realpathSync(named);
      mkdirSync(dirname(place), { recursive: true });
      const draft = join(dirname(place), `.${basename(place)}.${process.pid}.miftah`);
      drafts.push({ draft, place });
      const mode = status === 'created' ? 0o666 : statSync(place).mode & 0o777;
      writeFileSync(draft, text, { flag: 'wx', mode });
    }
    for (const { draft, place } of drafts) {
      path = place;
      renameSync(draft, place);
    }
  } catch (error) {
    for (const { draft } of drafts) rmSync(draft, { force: true });
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): CliError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new CliError(
    exitCodes.failure,
    'file_unwritable',
    `${path} can't be read or written (${code}), so nothing was written`,
    'Run the command in a folder that you may write to.',
    { cause: error },
  );
}
