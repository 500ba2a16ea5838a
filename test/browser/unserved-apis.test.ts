// The console of a Miftah that proxies nothing: it shows which APIs have no upstream, and no address of this server.
import { expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const apis = `
  - id: bare
  - id: named
    hosts: { live: [api.named.test], test: [sandbox.named.test] }
`;

const { miftah, owner } = await openOwnedConsole({ apis });

const appearances: readonly Partial<Appearance>[] = [{ language: 'en' }, { language: 'ar', device: 'phone' }];

test.each(appearances)('the operator sees which APIs are not proxied: %o', async (appearance) => {
  await using visitor = await miftah.openAs(ownerEmail, appearance);
  const { page } = visitor;
  const { operator } = wordsOf(visitor.appearance.language);
  await page.goto('/operator/apis');
  await page.getByText('sandbox.named.test').waitFor();
  expect(await page.getByText(operator.apis.noUpstream).count()).toBe(2);
  const main = await page.locator('main').textContent();
  expect(main).toContain(operator.apis.hosts + operator.apis.noHosts);
  expect(await findViolations(page)).toEqual([]);
});

test('the console has the addresses that the configuration names, on the port of the scheme', async () => {
  const { body } = await owner.get('/api/config');
  const shown: readonly { id: string; baseUrls: object }[] = body.apis;
  expect(shown.map(({ id, baseUrls }) => [id, baseUrls])).toEqual([
    ['bare', {}],
    ['named', { live: 'http://api.named.test', test: 'http://sandbox.named.test' }],
  ]);
});
