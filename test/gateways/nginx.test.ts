// nginx with the configuration that `miftah gateway snippet nginx` prints.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeGateway, spawnGateway } from './gateway-contract.ts';

describeGateway(
  'nginx',
  async ({ folder, token, apis }) => {
    const tokenFile = join(folder, 'miftah-token');
    await writeFile(tokenFile, `proxy_set_header X-Miftah-Token "${token}";\n`, { mode: 0o600 });
    for (const { api, text, port } of apis) {
      const moved = text
        .replace('listen 80;', `listen 127.0.0.1:${port};`)
        .replaceAll('/etc/nginx/miftah-token;', `${tokenFile};`);
      await writeFile(join(folder, `${api}.conf`), moved);
    }
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    const main = join(folder, 'nginx.conf');
    await writeFile(
      main,
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn;
      events { worker_connections 256; }
      http { access_log off; ${temporary.join(' ')} include ${folder}/*.conf.d/*.conf; ${apis.map(({ api }) => `include ${folder}/${api}.conf;`).join(' ')} }`,
    );
    return spawnGateway('nginx', ['-p', folder, '-c', main, '-e', 'stderr']);
  },
  { ownHeaders: ['server'], further: false, refusesTwice: true },
);
