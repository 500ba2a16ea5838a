// `miftah errors`: what a code means and how to fix it, from the pages of the package, without a network.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { suggestName } from '../../domain/closest-name.ts';
import { pageOf } from '../../domain/page.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { addExample } from '../options.ts';
import { paint, printResult, table } from '../output.ts';

interface ExplainedCode {
  readonly code: string;
  /** The text of its page, as Markdown without links. */
  readonly text: string;
  readonly page: string;
}

export function addErrors(program: Command): void {
  const errors = program
    .command('errors')
    .description('explain a reason for a denial or the code of an error: what happened, and the fix')
    .argument('[code]', 'the code, such as key_expired; without it, all of them are listed')
    .option('--json', 'print one JSON document')
    .action((code: string | undefined, options: { readonly json?: boolean }) => {
      const codes = readCodes();
      if (code === undefined) {
        printResult(
          options,
          { codes },
          () => '',
          () =>
            table(
              ['CODE', 'WHAT HAPPENED'],
              codes.map((each) => [each.code, summaryOf(each)]),
            ),
        );
        return;
      }
      const found = codes.filter((each) => each.code === code);
      if (found.length === 0) {
        const names = codes.map((each) => each.code);
        throw new CliError(
          exitCodes.notFound,
          'code_unknown',
          `no error has the code ${code}`,
          `${sentence(suggestName(code, names))} To list all codes: miftah errors`,
        );
      }
      printResult(
        options,
        { codes: found },
        () => '',
        () => found.map(show).join('\n\n'),
      );
    });
  addExample(errors, 'miftah errors', 'miftah errors key_expired');
}

/** The sections of the page of errors, and the rows of the command line's own codes. */
function readCodes(): readonly ExplainedCode[] {
  const page = pageOf('reference/errors.md');
  const sections = readFileSync(page, 'utf8').split(/^### /m).slice(1);
  const ofServer = sections.map((section) => {
    const [code = '', ...text] = (section.split(/^## /m)[0] ?? '').split('\n');
    return { code, text: plain(text.join('\n').trim(), page), page: `${page}#${code}` };
  });
  const cli = pageOf('reference/cli.md');
  const rows = readFileSync(cli, 'utf8').matchAll(/^\| `([a-z_]+)` \| (.*) \|$/gm);
  const ofCli = Array.from(rows, ([, code = '', text = '']) => ({ code, text: plain(text, cli), page: cli }));
  return [...ofServer, ...ofCli];
}

/** Links of other pages become their text and path, those of the same page their text. */
function plain(markdown: string, page: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\(([^)#]*)(#[^)]*)?\)/g, (_, text: string, path: string, anchor = '') =>
    path === '' ? text : `${text} (${path.includes(':') ? path : join(dirname(page), path)}${anchor})`,
  );
}

function summaryOf({ text }: ExplainedCode): string {
  return (
    text
      .replace('**What happened.** ', '')
      .split('\n', 1)[0]
      ?.replace(/(?<=\w\.) .*/, '') ?? ''
  );
}

function show({ code, text, page }: ExplainedCode): string {
  const body = text.replaceAll(/\*\*([^*]+)\*\*/g, (_, title: string) => paint('bold', title));
  return `${paint('bold', code)}\n\n${body}\n\n${paint('dim', page)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('?') ? '' : '.'}`;
}
