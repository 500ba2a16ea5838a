// A node:http server with Miftah inside: node server.mjs [PORT]. Its first start creates a key and prints a call.
import { createServer } from 'node:http';
import { libraryOperator, openMiftah } from 'miftah';
import { apiKeyAuth } from 'miftah/node';

const miftah = await openMiftah({ config: { dataDir: './miftah-data', apis: [{ id: 'acme' }] } });
const protect = apiKeyAuth(miftah.api('acme'));

const server = createServer(
  protect((req, res) => {
    res.end(`hello ${req.auth.orgId}\n`);
  }),
);

server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  const { items } = await miftah.organizations.listOrganizations(libraryOperator, { limit: 1 });
  if (items.length > 0) {
    console.log(`Listening on ${url}`);
    return;
  }
  const org = await miftah.organizations.createOrganization(libraryOperator, { name: 'First customer' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'acme', orgId: org.id, name: 'first key' });
  console.log(`Listening on ${url}; this key is shown once:\ncurl ${url} -H "Authorization: Bearer ${secret}"`);
});

process.on('SIGTERM', () => server.close(() => miftah.close()));
