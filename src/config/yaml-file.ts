// Reads a YAML file whose values can name environment variables, and knows the line of each value.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Document, isMap, LineCounter, parseDocument, Scalar, visit } from 'yaml';
import { ConfigError } from './config-error.ts';

/** The variables that values can name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a configuration says, before it is checked. */
export interface Written {
  /** The base of the relative paths of profiles and pictures. */
  readonly folder: string;
  readonly written: unknown;
  /** Where a value is, for errors: `miftah.yaml:12`. Empty for a configuration that is no file. */
  placeOf(path: readonly PropertyKey[]): string;
}

/** What a file says, with its variables replaced. */
export interface YamlFile extends Written {
  readonly file: string;
}

/** Reads a file. Throws a `ConfigError` with every problem; `fix` says what to do if there is no such file. */
export function readYamlFile(file: string, environment: Environment, fix: string): YamlFile {
  const text = readText(file, fix);
  const lines = new LineCounter();
  // The parser's warnings quote the file, which may hold a password.
  const options = { lineCounter: lines, prettyErrors: false, version: '1.2', logLevel: 'error' } as const;
  const document = parseDocument(text, options);
  const [flaw] = document.errors;
  if (flaw !== undefined) throw notYaml(`${file}:${lines.linePos(flaw.pos[0]).line}`, flaw.message, flaw);
  const problems = setVariables(document, environment).map(({ offset, message }) => ({
    place: `${file}:${lines.linePos(offset).line}`,
    path: '',
    message,
  }));
  if (problems.length > 0) throw new ConfigError('config_invalid', problems);

  /** The line of a value or, if it is not there, of the nearest one around it. */
  function lineOf(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const name = path[length - 1];
      const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(name)) : undefined;
      const node = pair === undefined ? document.getIn(path.slice(0, length), true) : pair.key;
      const start = (node as { readonly range?: readonly number[] | null } | undefined)?.range?.[0];
      if (start !== undefined) return lines.linePos(start).line;
    }
    return 1;
  }

  try {
    const written: unknown = document.toJS({ maxAliasCount: 100 });
    return { file, folder: dirname(file), written, placeOf: (path) => `${file}:${lineOf(path)}` };
  } catch (error) {
    throw notYaml(file, (error as Error).message, error);
  }
}

function readText(file: string, fix: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT'
        ? `no such file: ${fix}`
        : code === 'EISDIR'
          ? 'is a folder: use the YAML file in it'
          : code === 'EACCES'
            ? 'cannot be read: make it readable for the user that runs Miftah'
            : `cannot be read (${code ?? 'unknown'}): ${fix}`;
    throw new ConfigError('config_unreadable', [{ place: file, path: '', message }], { cause: error });
  }
}

function notYaml(place: string, cause: string, error: unknown): ConfigError {
  const [firstLine = ''] = cause.split('\n');
  return new ConfigError('config_not_yaml', [{ place, path: '', message: `is not YAML: ${firstLine.slice(0, 200)}` }], {
    cause: error,
  });
}

/**
 * Replaces `${NAME}` in the values of the file by the environment variable. `$${NAME}` stands for the text `${NAME}`. A
 * value that is only `${NAME}`, without quotes, becomes a number or a boolean if it reads as one. Returns the problems
 * with their offsets in the file.
 */
function setVariables(document: Document, environment: Environment): { offset: number; message: string }[] {
  const problems: { offset: number; message: string }[] = [];
  visit(document, {
    Scalar(key, node) {
      const { value, range } = node;
      if (key === 'key' || typeof value !== 'string' || !value.includes('${')) return;
      const offset = range?.[0] ?? 0;
      const read = value.replaceAll(/(\$?)\$\{([^}]*)(\}?)/g, (text, mark: string, name: string, close: string) => {
        if (mark !== '') return text.slice(1);
        const problem = close === '' ? 'has no closing brace' : findVariableProblem(name, environment[name]);
        if (problem === undefined) return environment[name] as string;
        problems.push({ offset, message: `\${${shortName(name)}${close} ${problem}; write $\${ for the text \${` });
        return '';
      });
      node.value = node.type === Scalar.PLAIN && /^\$\{[^}]*\}$/.test(value) ? readScalar(read) : read;
    },
  });
  return problems;
}

function findVariableProblem(name: string, value: string | undefined): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'names no variable: use letters, digits and _';
  return value === undefined || value === '' ? 'is not set: set this variable in the environment' : undefined;
}

/** Hides a name that is not a variable name, because it may be part of a password with a `$`. */
function shortName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? name : '…';
}

export function readScalar(text: string): unknown {
  return text === 'true' || text === 'false' ? text === 'true' : readNumber(text);
}

export function readNumber(text: string): unknown {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
