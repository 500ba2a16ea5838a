// A minimal browser for a console's session API: one origin, a cookie jar, JSON.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import type { TestServer } from '../fixture.ts';

/** A server with a console. */
type ConsoleServer = Pick<TestServer, 'publicPort'> & { readonly server: Pick<TestServer['server'], 'setUpToken'> };

export interface ConsoleReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Headers to send. `null` removes a default one. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export class ConsoleClient {
  /** Cookies by name, as a browser keeps them. */
  readonly cookies = new Map<string, string>();
  /** `Set-Cookie` lines of the last reply. */
  setCookies: readonly string[] = [];
  readonly port: number;
  readonly host: string;
  readonly origin: string;

  constructor(
    server: Pick<TestServer, 'publicPort'>,
    host = 'localhost',
    origin = `http://${host}:${server.publicPort}`,
  ) {
    this.port = server.publicPort;
    this.host = host;
    this.origin = origin;
  }

  async call(method: string, path: string, { body, headers = {} }: CallOptions = {}): Promise<ConsoleReply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const sent: Record<string, string | null> = {
      host: `${this.host}:${this.port}`,
      ...(method !== 'GET' && { origin: this.origin }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(cookie !== '' && { cookie }),
      ...headers,
    };
    const given = Object.fromEntries(
      Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    const req = request({ host: '127.0.0.1', port: this.port, method, path, headers: given, agent: false });
    req.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    const [res] = await once(req, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of res) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    this.setCookies = res.headers['set-cookie'] ?? [];
    for (const line of this.setCookies) this.#keep(line);
    return {
      status: res.statusCode,
      headers: res.headers,
      text,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
    };
  }

  get(path: string, options?: CallOptions): Promise<ConsoleReply> {
    return this.call('GET', path, options);
  }

  post(path: string, body: unknown = {}, headers: CallOptions['headers'] = {}): Promise<ConsoleReply> {
    return this.call('POST', path, { body, headers });
  }

  signIn(email: string, password: string): Promise<ConsoleReply> {
    return this.post('/api/auth/sign-in/email', { email, password });
  }

  /** Signs in as a script: the answer is a token, without a cookie. */
  async signInForToken(email: string, password: string): Promise<string> {
    const reply = await this.post('/api/auth/sign-in/email', { email, password }, { 'x-miftah-want-token': '1' });
    if (reply.status !== 200) throw new Error(`sign-in answered ${reply.status}: ${reply.text}`);
    return reply.headers['set-auth-token'] as string;
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string];
    if (value === '' || /;\s*max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

export const ownerEmail = 'amal@example.com';
export const password = 'correct horse battery';

/** Creates the server's first person with their organization, signed in. */
export async function makeOwner(
  server: ConsoleServer,
): Promise<{ client: ConsoleClient; orgId: string; personId: string }> {
  const client = new ConsoleClient(server);
  const made = await client.post('/api/setup', {
    token: setUpToken(server),
    email: ownerEmail,
    name: 'Amal',
    password,
    organization: { name: 'Dealers', kind: 'dealer' },
  });
  if (made.status !== 201) throw new Error(`set-up answered ${made.status}: ${made.text}`);
  const signedIn = await client.signIn(ownerEmail, password);
  if (signedIn.status !== 200) throw new Error(`sign-in answered ${signedIn.status}: ${signedIn.text}`);
  return { client, orgId: made.body.org.id, personId: made.body.person.id };
}

export function setUpToken(server: Pick<ConsoleServer, 'server'>): string {
  return server.server.setUpToken as string;
}

/** The token in the link to `page` of the last such mail to `email`, which may not have arrived yet. */
export async function tokenInMail(server: TestServer, email: string, page: string): Promise<string> {
  const log = join(server.folder, 'data', 'mail.log');
  for (;;) {
    const mails = (await readFile(log, 'utf8').catch(() => '')).split(/^(?=From: )/m);
    const mail = mails.findLast((text) => text.includes(`\nTo: ${email}\n`) && text.includes(`/${page}#token=`));
    const token = /#token=(\S+)\n/.exec(mail ?? '')?.[1];
    if (token !== undefined) return decodeURIComponent(token);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
