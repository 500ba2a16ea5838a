// Caddy with the configuration that `miftah gateway snippet caddy` prints.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeGateway, spawnGateway } from './gateway-contract.ts';

describeGateway(
  'caddy',
  async ({ folder, token, apis }) => {
    const sites = apis.map(({ text, port }) => text.replaceAll(/(http:\/\/[\w.-]+\.localhost)/g, `$1:${port}`));
    const file = join(folder, 'Caddyfile');
    await writeFile(file, `{\n  admin off\n  auto_https off\n  default_bind 127.0.0.1\n}\n${sites.join('\n')}`);
    const env = { MIFTAH_TOKEN: token, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    return spawnGateway('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], env);
  },
  { ownHeaders: ['server'], further: false },
);
