// docs/how-to/unusual-activity.md shows what the rules find in replayed traces, and which rules there are.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatTraces, runTraces, worlds } from '../../bench/alert-traces.ts';
import { ruleDescriptions } from '../../src/alerts/rules.ts';

const page = readFileSync(new URL('../../docs/how-to/unusual-activity.md', import.meta.url), 'utf8');

test('the page has the table of the traces', () => {
  expect(page).toContain(`\n\n${formatTraces(runTraces(worlds.judging), runTraces(worlds.tuning))}\n\n`);
});

test('the page lists every rule with its switch', () => {
  const rows = ruleDescriptions.map(({ id, isOnByDefault, text }) => {
    const when = text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
    return `| \`${id}\` | ${isOnByDefault ? 'yes' : 'no'} | ${when} |`;
  });
  expect(page).toContain(`\n|---|---|---|\n${rows.join('\n')}\n\n`);
});
