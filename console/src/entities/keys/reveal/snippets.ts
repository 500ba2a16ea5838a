// Writes a call of the API, with its header, base URL and sample request.
import type { ConsoleApi, Environment } from '../../../api/config.ts';
import { urlWithKey, writeCurl } from '../sample-curl.ts';

export const snippetKinds = ['curl', 'javascript', 'python', 'php', 'env'] as const;

export type SnippetKind = (typeof snippetKinds)[number];

export const snippetNames: Readonly<Record<SnippetKind, string>> = {
  curl: 'curl',
  javascript: 'JavaScript',
  python: 'Python',
  php: 'PHP',
  env: '.env',
};

/** Stands for the address of an API whose configuration has no hosts, because an application serves it. */
const exampleUrl = 'https://api.example.com';

/**
 * `secret` needs no escaping: it has letters, digits and `_`. An environment without a host gets the other one's, so
 * that there is something to paste.
 */
export function writeSnippet(kind: SnippetKind, api: ConsoleApi, environment: Environment, secret: string): string {
  const base = api.baseUrls[environment] ?? api.baseUrls.live ?? api.baseUrls.test ?? exampleUrl;
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
  curl: ({ api, secret, url }) => writeCurl(api, url, secret),

  javascript(call) {
    if (call.api.scheme.kind === 'subprotocol') return writeSocket(call);
    const { scheme } = call.api;
    const value = writeValue(call, "'", (pair) => `\`Basic \${btoa('${pair}')}\``);
    const url = urlWithKey(scheme, call.url, call.secret);
    const options = scheme.kind === 'query' ? '' : `, {\n  headers: { ${propertyOf(scheme.header)}: ${value} },\n}`;
    return [
      `const response = await fetch('${url}'${options});`,
      'console.log(response.status, await response.text());',
    ].join('\n');
  },

  python(call) {
    const { scheme } = call.api;
    const value = writeValue(call, '"', (pair) => `"Basic " + base64.b64encode(b"${pair}").decode()`);
    return [
      ...(scheme.kind === 'basic' ? ['import base64'] : []),
      'import urllib.request',
      '',
      'request = urllib.request.Request(',
      `    "${urlWithKey(scheme, call.url, call.secret)}",`,
      ...(scheme.kind === 'query' ? [] : [`    headers={"${scheme.header}": ${value}},`]),
      ')',
      'with urllib.request.urlopen(request) as response:',
      '    print(response.status, response.read().decode())',
    ].join('\n');
  },

  php({ api: { scheme }, secret, url }) {
    const value = scheme.format.replace('{key}', secret);
    const header = `curl_setopt($curl, CURLOPT_HTTPHEADER, ['${scheme.header}: ${value}']);`;
    const pair = `curl_setopt($curl, CURLOPT_USERPWD, '${pairOf(scheme.format, secret)}');`;
    return [
      '<?php',
      `$curl = curl_init('${urlWithKey(scheme, url, secret)}');`,
      ...(scheme.kind === 'query' ? [] : [scheme.kind === 'basic' ? pair : header]),
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
