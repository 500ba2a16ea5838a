// Creates a key for the example in this folder while its server is stopped, and prints it: node ../create-key.mjs [SCOPE]…
import { libraryOperator, openMiftah } from 'miftah';

const miftah = await openMiftah({ config: 'miftah.yaml' });
const org = await miftah.organizations.createOrganization(libraryOperator, { name: 'First customer' });
const wanted = { apiId: 'acme', orgId: org.id, name: 'first key', scopes: process.argv.slice(2) };
const { secret } = await miftah.keys.createKey(libraryOperator, wanted);
console.log(secret);
await miftah.close();
