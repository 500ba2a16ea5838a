// The shape of `audit` in the configuration file.
import type { z } from 'zod';
import { headerName, list, parseHost, section, text, wholeNumber } from './fields.ts';

const file = (description: string) => text('a file', (value) => value || undefined, description).optional();

const tls = section({
  ca: file('A PEM file with the authorities to trust, instead of those of the system.'),
  cert: file("A PEM file with Miftah's own certificate and its intermediates, for servers that require one."),
  key: file('The PEM file with the private key of cert.'),
  serverName: text('a host name', parseHost, 'The name that the certificate must have. Default: the host.').optional(),
})
  .describe('TLS to the destination. The server reads the files at its start and for each delivery.')
  .optional();

const syslog = section({
  host: text('a host name such as siem.example.com', parseHost, 'The syslog server.'),
  port: wholeNumber(1, 65_535, 'Default 6514.').optional(),
  tls,
}).describe('A syslog server: RFC 5424 over TLS (RFC 5425).');

const http = section({
  url: text('a URL such as https://siem.example.com/audit', parseUrl, 'Where records are sent with POST.'),
  credentialFile: file('The file with the credential, such as the text Bearer abc123.'),
  header: headerName('authorization').describe('The header of the credential. Default authorization.').optional(),
  tls,
}).describe('A server that takes JSON lines.');

const destination = section({
  name: text(
    'a name of a-z, 0-9 and -, starting with a letter, at most 40 characters',
    (value) => (/^[a-z][a-z0-9-]{0,39}$/.test(value) ? value : undefined),
    'The name of the destination. Another name gets the log from its start.',
  ),
  syslog: syslog.optional(),
  http: http.optional(),
});

export const audit = section({
  export: list(
    destination,
    'destinations',
    'Where the server sends the audit log: syslog or http, each with a name.',
  ).optional(),
}).describe('The audit log.');

export type AuditFile = z.output<typeof audit>;

function parseUrl(value: string): string | undefined {
  if (!/^https?:\/\/[^@\s\\#]+$/i.test(value) || !URL.canParse(value)) return undefined;
  const { href, username, password } = new URL(value);
  return username === '' && password === '' ? href : undefined;
}
