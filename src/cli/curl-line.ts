// A call in the style of the vendors' pages, ready to paste into a shell.
import { basicUser, type CredentialSource, mainSource, presentCredential } from '../domain/credential.ts';

/**
 * A curl line that sends `secret` as its API takes it. `undefined` sends none. URLs and an API's own secrets hold no
 * characters that a shell would interpret.
 */
export function curlLine(sources: CredentialSource, url: string, secret: string | undefined): string {
  if (secret === undefined) return `curl -i "${url}"`;
  const source = mainSource(sources);
  switch (source.kind) {
    case 'header':
      return `curl -H "${source.header}: ${secret}" "${url}"`;
    case 'basic':
      return `curl ${quoted(url)} -u "${source.part === 'password' ? `${basicUser}:${secret}` : `${secret}:`}"`;
    case 'bearer':
      return `curl -X GET ${quoted(url)} -H "Authorization: Bearer ${secret}"`;
    case 'scheme':
    case 'subprotocol': {
      const { headers } = presentCredential(source, secret);
      return `curl -H "${escaped(headers.join(': '))}" "${url}"`;
    }
    case 'query':
      return `curl "${url}${url.includes('?') ? '&' : '?'}${presentCredential(source, secret).query}"`;
  }
}

/** Text between double quotes of a shell. */
function escaped(text: string): string {
  return text.replaceAll(/["\\$`]/g, '\\$&');
}

/** The vendors' pages quote only URLs with a query. */
function quoted(url: string): string {
  return /^[A-Za-z0-9:/._-]+$/.test(url) ? url : `"${url}"`;
}
