// Caddy: what `forward_auth` is short for, because the client also gets headers of an allowed reply.
import { formatHostPort, type GatewaySetting } from './setting.ts';

/** @returns a site for the Caddyfile */
export function caddySnippet(setting: GatewaySetting): string {
  const { api, decisions, hosts, upstream, toUpstream, toClient, overrides, forwarded, keyHeaders, hasCors } = setting;
  const isOnFile = 'file' in decisions;
  const address = isOnFile ? `unix/${decisions.file}` : formatHostPort(decisions);
  const token = isOnFile ? '' : '\n      header_up X-Miftah-Token {env.MIFTAH_TOKEN}';
  const { origin, basePath, host } = upstream;
  const rated = toClient.filter((each) => each !== 'Vary' && !each.startsWith('Access-Control-'));
  const removed = [...forwarded.filter((each) => !/^X-(Forwarded-For|Miftah-Token)$/.test(each)), ...overrides];
  return `# Miftah decides about each request for ${api}.${
    isOnFile
      ? `
# The user of Caddy must be in the group of ${decisions.file}.`
      : `
# The environment of Caddy has the token of the gateway: MIFTAH_TOKEN.`
  }
# Without "http://", Caddy serves the hosts with TLS.
${hosts.map((each) => `http://${each}`).join(', ')} {
  route {
    # What could deceive the upstream or Miftah.
    request_header -X-Miftah-*
    request_header -X-Middleware-*
${removed.map((each) => `    request_header -${each}`).join('\n')}

    reverse_proxy ${address} {
      method GET
      rewrite /auth/forward/${api}${token}
      header_up X-Forwarded-Method {method}
      header_up X-Forwarded-Uri {uri}
      @allowed status 200
      handle_response @allowed {
${[...toUpstream, 'X-Request-Id'].map((each) => `        request_header ${each} {rp.header.${canonical(each)}}`).join('\n')}
${[...toClient, 'X-Request-Id'].map((each) => `        vars ${variable(each)} {rp.header.${canonical(each)}}`).join('\n')}
      }
      # A preflight: its status would look like an allowed request.
      @answered header X-Miftah-Status 204
      handle_response @answered {
        copy_response_headers {
          exclude X-Miftah-Status Content-Length
        }
        respond 204
      }
    }

    header {
      defer
      X-Request-Id {http.vars.miftah_request_id}
      +Vary {http.vars.miftah_vary}
    }
${conditional('miftah_limited', rated)}${hasCors ? cors : ''}
    reverse_proxy ${origin} {${host === undefined ? '' : `\n      header_up Host ${host}`}${
      basePath === '' ? '' : `\n      rewrite ${basePath}{uri}`
    }
${keyHeaders.map((each) => `      header_up -${each}`).join('\n')}
    }
  }
}
`;
}

/** Sets the headers if the first one has a value. */
function conditional(matcher: string, headers: readonly string[]): string {
  const [first] = headers;
  if (first === undefined) return '';
  return `    @${matcher} expression {http.vars.${variable(first)}} != ""
    header @${matcher} {
      defer
${headers.map((each) => `      ${each} {http.vars.${variable(each)}}`).join('\n')}
    }
`;
}

// Caddy applies the last of these first.
const cors = `${conditional('miftah_readable', ['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers'])}${conditional(
  'miftah_credentials',
  ['Access-Control-Allow-Credentials'],
)}    # Not those of the upstream.
    header {
      defer
      -Access-Control-*
    }
`;

/** As Go spells it: Caddy finds headers of a reply by no other spelling. */
function canonical(header: string): string {
  return header.toLowerCase().replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function variable(header: string): string {
  return `miftah_${header.toLowerCase().replaceAll('-', '_').replace(/^x_/, '')}`;
}
