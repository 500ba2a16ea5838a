// The console's types of the session API match the document that the server publishes.
import { expect, test } from 'vitest';
import { generateTypes } from '../../tools/openapi/openapi.ts';
import { startTestServer } from '../fixture.ts';

test('console/src/api/schema.ts matches /api/openapi.json; else run npm run generate', async () => {
  await using server = await startTestServer();
  const document = await fetch(`http://localhost:${server.publicPort}/api/openapi.json`);
  const types = await generateTypes(await document.text());
  await expect(
    `// The session API's types, generated from /api/openapi.json by \`npm run generate\`.\n${types}`,
  ).toMatchFileSnapshot('../../console/src/api/schema.ts');
});
