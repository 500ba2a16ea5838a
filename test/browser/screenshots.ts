// Writes a picture of every screen in every appearance, and lists the faults that axe and the browser find.
// `npm run screenshots` runs it.
/// <reference lib="dom" />
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeOwner, ownerEmail } from '../people/console-client.ts';
import { everyAppearance, findViolations, openConsole } from './browser.ts';
import { screens } from './screens.ts';

const { values } = parseArgs({
  options: { out: { type: 'string', default: '.cache/screenshots' }, only: { type: 'string', default: '' } },
});
const folder = resolve(values.out);
await mkdir(folder, { recursive: true });

await using miftah = await openConsole();
const { orgId } = await makeOwner(miftah.server);
const stage = { miftah, orgId };
const chosen = screens.filter(({ name }) => name.startsWith(values.only));
let faults = 0;

for (const { name, visitor: who = 'owner', host = 'localhost', appearances = () => true, open } of chosen) {
  for (const appearance of everyAppearance.filter(appearances)) {
    const file = `${name}.${appearance.language}.${appearance.theme}.${appearance.device}`;
    const visitor =
      who === 'owner'
        ? await miftah.openAs(ownerEmail, appearance, host)
        : await miftah.openAsStranger(appearance, host);
    try {
      await open(visitor.page, stage, appearance);
      await visitor.page.evaluate(async () => {
        await document.fonts.ready;
        // Elements with a layer of their own are painted a frame after the page scrolls to them.
        for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
      });
      await visitor.page.screenshot({ path: join(folder, `${file}.png`), animations: 'disabled' });
      report(file, [...(await findViolations(visitor.page)), ...visitor.faults, ...(await findOverflow(visitor.page))]);
    } catch (error) {
      report(file, [String(error)]);
    } finally {
      await visitor.page.context().close();
    }
  }
}
process.stdout.write(`Pictures are in ${folder}; ${faults} faults.\n`);
process.exitCode = faults === 0 ? 0 : 1;

function report(file: string, found: readonly string[]): void {
  faults += found.length;
  process.stdout.write(found.length === 0 ? `ok      ${file}\n` : `FAULTS  ${file}\n${found.join('\n')}\n`);
}

/** Reports a page that is wider than its window. */
async function findOverflow(page: import('playwright-core').Page): Promise<readonly string[]> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return wider > 0 ? [`the page is ${wider} px wider than the window`] : [];
}
