// Apache httpd with the configuration that `miftah gateway snippet apache` prints, and with Miftah's Lua file.
import { readFileSync } from 'node:fs';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overrideFields } from '../../src/domain/field-name.ts';
import { describeGateway, spawnGateway } from './gateway-contract.ts';

const modules = ['mpm_event', 'authz_core', 'setenvif', 'headers', 'proxy', 'proxy_http', 'lua'];

describeGateway(
  'apache',
  async ({ folder, token, apis }) => {
    // Apache drops the rights of root, and its own user reads the Lua file.
    await chmod(folder, 0o755);
    const lua = join(folder, 'miftah-apache.lua');
    const sites = await Promise.all(
      apis.map(async ({ text, port }) => {
        const [, printed = ''] = /LuaHookAccessChecker (\S+)/.exec(text) ?? [];
        await copyFile(printed, lua);
        const site = text.replace('<VirtualHost *:80>', `<VirtualHost 127.0.0.1:${port}>`).replace(printed, lua);
        return `Listen 127.0.0.1:${port}\n${site}`;
      }),
    );
    const file = join(folder, 'apache.conf');
    const loads = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
    await writeFile(
      file,
      [
        ...loads,
        `ServerRoot ${folder}`,
        `PidFile ${folder}/pid`,
        `ErrorLog ${folder}/error.log`,
        'ServerName localhost',
        'User www-data',
        'Group www-data',
        ...sites,
      ].join('\n'),
    );
    return spawnGateway('apache2', ['-X', '-f', file], { MIFTAH_TOKEN: token });
  },
  // Debian's www-data.
  { ownHeaders: ['server'], further: true, socketGroup: 33 },
);

test('the Lua file lists each override', () => {
  const text = readFileSync(new URL('../../src/cli/gateways/miftah-apache.lua', import.meta.url), 'utf8');
  const [, list = ''] = /local overrides[\s\S]*?\[\[([\s\S]*?)\]\]/.exec(text) ?? [];
  expect(list.trim().split(/\s+/)).toEqual(overrideFields);
});
