// Apache httpd: a Lua file of ours asks Miftah.
import { luaFileOf } from './lua-file.ts';
import { formatHostPort, type GatewaySetting } from './setting.ts';

/** @returns a file for `/etc/apache2/sites-available/` */
export function apacheSnippet(setting: GatewaySetting): string {
  const { api, decisions, hosts, upstream, passed, toClient, keyHeaders, hasCors } = setting;
  const isOnFile = 'file' in decisions;
  const url = `http://${isOnFile ? 'localhost' : formatHostPort(decisions)}/auth/forward/${api}`;
  const { origin, basePath, host } = upstream;
  const [name = '', ...aliases] = hosts;
  const isTls = origin.startsWith('https:');
  const replaced = [
    ...toClient.filter((each) => each !== 'Vary' && !each.startsWith('Access-Control-')),
    'X-Request-Id',
    ...(hasCors ? corsOfUpstream : []),
  ];
  return `# Miftah decides about each request for ${api}. Modules: lua, proxy, proxy_http, headers, setenvif.${
    isOnFile
      ? `
# The user of Apache must be in the group of ${decisions.file}.`
      : `
# The environment of Apache has the token of the gateway: MIFTAH_TOKEN.`
  }
<VirtualHost *:80>
  ServerName ${name}${aliases.map((each) => `\n  ServerAlias ${each}`).join('')}
  # The upstream gets the path that Miftah has seen.
  AllowEncodedSlashes NoDecode
  MergeSlashes Off
  SetEnvIf Request_URI ^ miftah_url=${url}
  SetEnvIf Request_URI ^ miftah_socket=${isOnFile ? decisions.file : '-'} miftah_passed=${
    passed.length === 0 ? '-' : passed.join(',')
  }
  LuaHookAccessChecker ${luaFileOf('apache')} check
  # Miftah has read the key, and the upstream needs none.
${keyHeaders.map((each) => `  RequestHeader unset ${each}`).join('\n')}
  RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}
${replaced.map((each) => `  Header onsuccess unset ${each}`).join('\n')}
  ${host === undefined ? 'ProxyPreserveHost On' : `RequestHeader set Host ${host}\n  ProxyPreserveHost On`}${
    isTls ? '\n  SSLProxyEngine On\n  SSLProxyVerify require\n  SSLProxyCACertificatePath /etc/ssl/certs' : ''
  }
  ProxyPass "/" "${origin}${basePath}/" nocanon
</VirtualHost>
`;
}

const corsOfUpstream = [
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Credentials',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Headers',
  'Access-Control-Expose-Headers',
  'Access-Control-Max-Age',
];
