// The two forms of the log: JSON lines for programs, and readable lines on a terminal.
import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createLog, describeFault } from './log.ts';

/** A terminal with colours or, as with NO_COLOR, without. */
function terminal({ colours }: { readonly colours: boolean }) {
  const shown: string[] = [];
  const sink = new Writable({ decodeStrings: false, write: (text, _, done) => done(void shown.push(text)) });
  const stream = Object.assign(sink, { isTTY: true, getColorDepth: () => (colours ? 8 : 1) });
  return { stream, read: () => shown.join('') };
}

const clock = /^\d\d:\d\d:\d\d\.\d\d\dZ /;

describe('on a terminal', () => {
  test('a line has the time, the level, the message and the details', () => {
    const { stream, read } = terminal({ colours: false });
    createLog('info', stream).warn({ api: 'palm', aheadMs: 3 }, 'upstream failed');
    const line = read();
    expect(line).toMatch(clock);
    expect(line.replace(clock, '')).toBe('WARN upstream failed  api="palm"  aheadMs=3\n');
  });

  test('the stack of a defect stands below its line', () => {
    const { stream, read } = terminal({ colours: false });
    createLog('info', stream).error({ fault: describeFault(new TypeError('oh no')) }, 'request failed');
    const [head, first, second] = read().split('\n');
    expect(head?.replace(clock, '')).toBe('ERROR request failed  fault={"name":"TypeError","message":"oh no"}');
    expect(first).toBe('TypeError: oh no');
    expect(second).toMatch(/^ {4}at .*log\.test\.ts/);
  });

  test('levels have colours where the terminal has them', () => {
    const { stream, read } = terminal({ colours: true });
    createLog('info', stream).error('request failed');
    expect(read()).toContain('\u001b[31mERROR\u001b[39m request failed');
  });

  test('control characters in data do not reach it', () => {
    const { stream, read } = terminal({ colours: false });
    createLog('info', stream).warn({ api: '\u001b[2J\u009b2J' }, 'a\u001b[2Jb\nc');
    expect(read().replace(clock, '')).toBe('WARN a?[2Jb?c  api="\\u001b[2J?2J"\n');
  });
});

test.each([
  ['info', ['INFO', 'WARN', 'ERROR']],
  ['warn', ['WARN', 'ERROR']],
  ['error', ['ERROR']],
  ['silent', []],
] as const)('with level %s the log has %j', (level, expected) => {
  const { stream, read } = terminal({ colours: false });
  const log = createLog(level, stream);
  log.info('a');
  log.warn('a');
  log.error('a');
  expect([...read().matchAll(/Z (\w+) a\n/g)].map(([, label]) => label)).toEqual(expected);
});

test('piped output is JSON', () => {
  const module = JSON.stringify(pathToFileURL(`${import.meta.dirname}/log.ts`).href);
  const program = `const { createLog } = await import(${module});
    createLog('info').warn({ api: 'palm' }, 'upstream failed');`;
  const line = execFileSync('sh', ['-c', 'exec "$0" --input-type=module -e "$1" 2>&1', process.execPath, program], {
    encoding: 'utf8',
    env: { FORCE_COLOR: '1' },
  });
  expect(JSON.parse(line)).toMatchObject({ level: 40, name: 'miftah', api: 'palm', msg: 'upstream failed' });
});
