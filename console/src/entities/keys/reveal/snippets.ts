// Writes a call of the API, with its header, base URL and sample request.
import type { ConsoleApi, Environment } from '../../../api/config.ts';

export const snippetKinds = ['curl', 'javascript', 'python', 'php', 'env'] as const;

export type SnippetKind = (typeof snippetKinds)[number];

export const snippetNames: Readonly<Record<SnippetKind, string>> = {
  curl: 'curl',
  javascript: 'JavaScript',
  python: 'Python',
  php: 'PHP',
  env: '.env',
};

/**
 * `secret` needs no escaping: it has letters, digits and `_`. An environment without a host gets the other one's, so
 * that there is something to paste.
 */
export function writeSnippet(kind: SnippetKind, api: ConsoleApi, environment: Environment, secret: string): string {
  const base = api.baseUrls[environment] ?? api.baseUrls.live ?? api.baseUrls.test ?? '';
  const url = `${base}${api.sample.path}`;
  return writers[kind]({ api, secret, base, url });
}

/** The name of the variable for the key: `PALCARDS_API_KEY`. */
function variableOf({ id }: ConsoleApi): string {
  return `${id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}_API_KEY`;
}

interface Call {
  readonly api: ConsoleApi;
  readonly secret: string;
  readonly base: string;
  readonly url: string;
}

const writers: Readonly<Record<SnippetKind, (call: Call) => string>> = {
  curl: ({ api, secret, url }) => `curl ${api.scheme.curl.replace('{key}', secret)} \\\n  "${url}"`,

  javascript(call) {
    if (call.api.scheme.kind === 'subprotocol') return writeSocket(call);
    const value = writeValue(call, "'", (pair) => `\`Basic \${btoa('${pair}')}\``);
    return [
      `const response = await fetch('${call.url}', {`,
      `  headers: { ${propertyOf(call.api.scheme.header)}: ${value} },`,
      '});',
      'console.log(response.status, await response.text());',
    ].join('\n');
  },

  python(call) {
    const value = writeValue(call, '"', (pair) => `"Basic " + base64.b64encode(b"${pair}").decode()`);
    return [
      ...(call.api.scheme.kind === 'basic' ? ['import base64'] : []),
      'import urllib.request',
      '',
      'request = urllib.request.Request(',
      `    "${call.url}",`,
      `    headers={"${call.api.scheme.header}": ${value}},`,
      ')',
      'with urllib.request.urlopen(request) as response:',
      '    print(response.status, response.read().decode())',
    ].join('\n');
  },

  php({ api: { scheme }, secret, url }) {
    return [
      '<?php',
      `$curl = curl_init('${url}');`,
      scheme.kind === 'basic'
        ? `curl_setopt($curl, CURLOPT_USERPWD, '${pairOf(scheme.format, secret)}');`
        : `curl_setopt($curl, CURLOPT_HTTPHEADER, ['${scheme.header}: ${scheme.format.replace('{key}', secret)}']);`,
      'curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);',
      '$body = curl_exec($curl);',
      'echo curl_getinfo($curl, CURLINFO_RESPONSE_CODE), " ", $body, "\\n";',
    ].join('\n');
  },

  env: ({ api, secret, base }) => {
    const variable = variableOf(api);
    return `${variable}=${secret}\n${variable.replace(/KEY$/, 'URL')}=${base}`;
  },
};

/** A browser fails a WebSocket whose server chooses none of the offered subprotocols, so another one is offered too. */
function writeSocket({ api: { scheme }, secret, url }: Call): string {
  const offered = `'your-protocol', '${scheme.format.replace('{key}', secret)}'`;
  return `const socket = new WebSocket('${url.replace('http', 'ws')}', [${offered}]);\nsocket.onopen = () => console.log('open');`;
}

function writeValue({ api: { scheme }, secret }: Call, quote: string, basic: (pair: string) => string): string {
  if (scheme.kind === 'basic') return basic(pairOf(scheme.format, secret));
  return `${quote}${scheme.format.replace('{key}', secret).replaceAll(quote, `\\${quote}`)}${quote}`;
}

/** The user name and password in `Basic {base64(key:)}`, with the secret for `key`. */
function pairOf(format: string, secret: string): string {
  return format.slice('Basic {base64('.length, -')}'.length).replace('key', secret);
}

function propertyOf(header: string): string {
  return /^[A-Za-z]+$/.test(header) ? header : `'${header}'`;
}
