// Every reason, in the words of every bundled profile, through every carrier, with and without forged headers.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Miftah } from '../../src/compose.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { reasons } from '../../src/domain/verdict.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import type { CarriedReply } from './carrier-contract.ts';
import { openEmbedded, startServer } from './embedded.ts';
import { dialectIds, openGateway } from './gateways.ts';
import {
  causes,
  describeReasons,
  middleOfMinute,
  openServer,
  type ReasonCarrier,
  received,
  ruledApis,
} from './reason-contract.ts';

async function openNode(): Promise<ReasonCarrier> {
  const clock = createManualClock(middleOfMinute);
  const { miftah, folder, close } = await openEmbedded('', ruledApis, clock);
  const guards = new Map([...miftah.gates].map(([id, gate]) => [id, apiKeyAuth(gate)]));
  const app = await startServer((req, res) => {
    const api = req.headers.host?.split('.')[1] as string;
    guards.get(api)?.((allowed, reply) => {
      const { orgId, keyId } = allowed.auth;
      const rawHeaders = [...allowed.rawHeaders, 'X-Miftah-Org', orgId, 'X-Miftah-Key-Id', keyId];
      reply.end(JSON.stringify({ rawHeaders }));
    })(req, res);
  });
  return {
    clock,
    folder: join(folder, 'data'),
    async send({ host, method = 'GET', path, headers, from }) {
      const line = `${method} ${path} HTTP/1.1`;
      const reply = await sendRaw({
        port: app.port,
        ...(from && { from }),
        text: requestText(line, [['Host', host], ...headers]),
      });
      return reply.status === 200 ? { ...reply, upstream: received(reply.body) } : reply;
    },
    ...commandsOf(miftah),
    async close() {
      await app.close();
      await close();
    },
  };
}

function commandsOf({ organizations, keys }: Miftah): Pick<ReasonCarrier, 'createOrg' | 'createKey' | 'change'> {
  return {
    createOrg: async () =>
      (await organizations.createOrganization(libraryOperator, { name: 'Test', kind: 'dealer' })).id,
    async createKey({ api, org, ...fields }) {
      const input = { name: 'test key', ...fields, apiId: api as string, orgId: org as string };
      const { key, secret } = await keys.createKey(libraryOperator, input);
      return { id: key.id, secret };
    },
    async change(what, id) {
      if (what === 'revoke') await keys.revokeKey(libraryOperator, id);
      else if (what === 'disable') await keys.disableKey(libraryOperator, id);
      else await organizations.suspendOrganization(libraryOperator, id);
    },
  };
}

const carriers: Readonly<Record<string, () => Promise<ReasonCarrier>>> = {
  proxy: () =>
    openServer((server) => async ({ host, method = 'GET', path, headers, from }) => {
      const text = requestText(`${method} ${path} HTTP/1.1`, [['Host', host], ...headers]);
      const reply = await sendRaw({ port: server.publicPort, ...(from && { from }), text });
      return reply.status === 200 ? { ...reply, upstream: received(reply.body) } : reply;
    }),
  'miftah/node': openNode,
  '/v1/verify': () =>
    openServer((server) => async ({ api, host, method = 'GET', path, headers, from }) => {
      const environment = host.split('.')[0];
      const asked = { api, method, path, headers, clientIp: from, environment };
      const { body } = await server.admin('POST', '/v1/verify', asked);
      if (body.reply === undefined) throw new Error(JSON.stringify(body));
      const { reply, forward } = body as { reply: CarriedReply; forward?: { headers: Record<string, string> } };
      const lower = (given: Readonly<Record<string, string>>) =>
        Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
      const { status = 200, body: text = '' } = reply;
      return {
        status,
        body: text,
        headers: lower(reply.headers),
        ...(forward && { upstream: lower(forward.headers) }),
      };
    }),
  ...Object.fromEntries(
    dialectIds.map((dialect) => [`/auth/${dialect}`, () => openServer((server) => openGateway(server, dialect))]),
  ),
};

for (const [name, open] of Object.entries(carriers)) {
  // An application behind `miftah/node` may have proxies of its own in front, and reads what they say.
  const isApplication = name === 'miftah/node';
  const kept = isApplication
    ? ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'x_forwarded_for']
    : [];
  describeReasons(name, open, { kept });
}

test('there is a cause for each reason but the one that no check has', () => {
  expect([...Object.keys(causes), 'quota_exceeded'].toSorted()).toEqual(reasons.toSorted());
});
