// HAProxy with the configuration that `miftah gateway snippet haproxy` prints, and with Miftah's Lua file.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overrideFields } from '../../src/domain/field-name.ts';
import { describeGateway, spawnGateway } from './gateway-contract.ts';

describeGateway(
  'haproxy',
  async ({ folder, token, apis }) => {
    const sections = apis.map(({ text, port }) => text.replace('bind :80', `bind 127.0.0.1:${port}`));
    // A file is loaded once, whatever number of APIs uses it.
    const load = /^global\n {2}lua-load-per-thread .*\n/m;
    const [global = ''] = load.exec(sections[0] ?? '') ?? [];
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, `${global}\n${sections.map((each) => each.replace(load, '')).join('\n')}`);
    return spawnGateway('haproxy', ['-db', '-f', file], { MIFTAH_TOKEN: token });
  },
  { ownHeaders: [], further: true },
);

test('the Lua file lists each override', () => {
  const text = readFileSync(new URL('../../src/cli/gateways/miftah-haproxy.lua', import.meta.url), 'utf8');
  const [, list = ''] = /local overrides[\s\S]*?\[\[([\s\S]*?)\]\]/.exec(text) ?? [];
  expect(list.trim().split(/\s+/)).toEqual(overrideFields);
});
