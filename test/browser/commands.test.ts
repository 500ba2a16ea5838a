// "Copy as a command" on every page: the copied line is the line shown, runs unchanged, and holds no secret.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ConsoleClient, ownerEmail, password } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const longMs = 180_000;
const run = promisify(execFile);

const { miftah, orgId, addMember } = await openOwnedConsole();
const key = await miftah.server.createKey({ api: 'classic', org: orgId, name: 'Production' });

const tokens = new Map<string, Promise<string>>();

function sessionToken(email: string): Promise<string> {
  const token = tokens.get(email) ?? new ConsoleClient(miftah.server).signInForToken(email, password);
  tokens.set(email, token);
  return token;
}

/** Runs a line as a person with a shell does, and returns its output. */
async function runPasted(line: string, email: string): Promise<string> {
  const env = { PATH: process.env.PATH, TOKEN: await sessionToken(email) };
  return (await run('sh', ['-c', line], { env })).stdout;
}

const pages = () =>
  [
    [
      `/orgs/${orgId}/keys?api=classic&q=Prod`,
      `miftah keys list --api classic --org ${orgId} --env live --search Prod`,
    ],
    [`/orgs/${orgId}/keys/${key.id}`, `miftah keys get ${key.id}`],
    [`/orgs/${orgId}/usage?api=classic`, `miftah usage --org ${orgId} --api classic --from `],
    [`/orgs/${orgId}/overview`, undefined],
    ['/operator/overview', undefined],
    [`/operator/usage?org=${orgId}`, `miftah usage --org ${orgId} --from `],
    [`/orgs/${orgId}/denials?api=classic`, `miftah denials list --org ${orgId} --api classic`],
    [`/orgs/${orgId}/audit?action=key`, `miftah audit list --org ${orgId} --action key`],
    [`/orgs/${orgId}/members`, undefined],
    [`/orgs/${orgId}/settings`, `miftah orgs update ${orgId} --name Dealers`],
    ['/operator/orgs', 'miftah orgs list'],
    ['/operator/apis', undefined],
    ['/operator/nodes', 'miftah nodes list'],
    ['/operator/proxies', 'miftah doctor --config miftah.yaml'],
    ['/operator/mail', 'miftah doctor --config miftah.yaml'],
    ['/operator/denials', undefined],
  ] as const;

const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark', device: 'phone' },
];

test.each(appearances)(
  'every page has its commands, and its curl answers with what the page shows: %o',
  async (appearance) => {
    await using amal = await miftah.openAs(ownerEmail, appearance);
    const { page } = amal;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: miftah.origin });
    const { common } = wordsOf(amal.appearance.language);
    for (const [path, cli] of pages()) {
      await page.goto(path);
      await page.getByRole('button', { name: common.actions.copyCommand }).click();
      const menu = page.getByRole('menu');
      const lines = menu.locator('bdi');
      await lines.first().waitFor();
      const texts = await lines.allTextContents();
      if (cli === undefined) expect(texts.join('\n'), path).not.toContain('miftah ');
      else expect(texts[0], path).toContain(cli);
      const curl = texts.find((text) => text.startsWith('curl')) as string;
      expect(curl, path).toContain('Bearer $TOKEN');
      const reply = JSON.parse(await runPasted(curl, ownerEmail));
      expect(reply, path).not.toHaveProperty('code');
      expect(texts.join('\n')).not.toContain(key.secret);
      if (path.endsWith('/members')) expect(await findViolations(page)).toEqual([]);
      // A click copies the line, and the page says so.
      if (path.endsWith('/nodes')) {
        await lines.first().click();
        await page.getByText(wordsOf(amal.appearance.language).commands.copied).first().waitFor();
        await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(texts[0]);
      }
    }
  },
  2 * longMs,
);

test(
  'a person who is no operator is offered what their session may do',
  async () => {
    const email = 'developer@example.com';
    await addMember(email, { role: 'developer' });
    await using dana = await miftah.openAs(email);
    const { page } = dana;
    await page.goto(`/orgs/${orgId}/keys/${key.id}`);
    await page.getByRole('button', { name: 'Copy as a command' }).click();
    const rename = page.getByRole('menuitem', { name: /^Change/ }).locator('bdi');
    const line = (await rename.textContent()) as string;
    expect(await page.getByRole('menu').textContent()).not.toContain('miftah keys');
    const changed = JSON.parse(await runPasted(line.replace('Production', 'Renamed'), email));
    expect(changed).toMatchObject({ id: key.id, name: 'Renamed' });
    await page.getByRole('heading', { name: 'Renamed' }).waitFor();
    await runPasted(line, email);
  },
  longMs,
);
