// A real browser in front of a real Miftah: pages in both languages and themes. A test fails when its page reports a
// fault.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults, RunOptions } from 'axe-core';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import arabic from '../../console/src/i18n/ar/index.ts';
import english from '../../console/src/i18n/en/index.ts';
// @ts-expect-error: scripts run on Node.js without types
import { ensureConsole } from '../../scripts/console.mjs';
import { fiveApis, startTestServer, type TestServer, type TestServerOptions } from '../fixture.ts';
import { ConsoleClient, password } from '../people/console-client.ts';

const languages = ['en', 'ar'] as const;
const themes = ['light', 'dark'] as const;

/** How a page is shown. */
export interface Appearance {
  readonly language: (typeof languages)[number];
  readonly theme: (typeof themes)[number];
  readonly device: 'desktop' | 'phone';
}

/** All eight appearances. */
export const everyAppearance: readonly Appearance[] = languages.flatMap((language) =>
  themes.flatMap((theme) => (['desktop', 'phone'] as const).map((device): Appearance => ({ language, theme, device }))),
);

const plainAppearance: Appearance = { language: 'en', theme: 'light', device: 'desktop' };

const sizes = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;

/** Two builds of the same Chromium. The one without windows needs half the processor time for a page. */
const [windowless, windowed] = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** A Miftah with its console, and a browser in front of it. */
export interface ConsoleUnderTest {
  readonly server: TestServer;
  /** The origin of the console on `localhost`. */
  readonly origin: string;
  /** Opens the console without cookies. `host`: such as `cp.palcards.localhost`; default `localhost`. */
  openAsStranger(appearance?: Partial<Appearance>, host?: string): Promise<Visitor>;
  /** Opens the console as a person who is signed in, without the sign-in form. */
  openAs(email: string, appearance?: Partial<Appearance>, host?: string): Promise<Visitor>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A page of the console. Disposing of it closes the page and throws if it has faults that were not forgiven. */
export interface Visitor {
  readonly page: Page;
  readonly appearance: Appearance;
  /**
   * The page's faults so far that are not forgiven: script errors, warnings, policy violations, and requests to other
   * origins.
   */
  readonly faults: readonly string[];
  /** Ignores faults that match `pattern`, because the test causes them. */
  forgive(pattern: RegExp): void;
  /** Resolves when all requests of the page are answered and it has shown what they brought. */
  settled(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Five APIs. The one of PalCards has a console of its own, beside the console of all APIs on `localhost`. */
export const consoleApis = fiveApis.replace(
  'upstream: UPSTREAM',
  'console: [cp.palcards.localhost]\n    upstream: UPSTREAM',
);

/**
 * Starts a Miftah in a private folder on free ports, with the console built from the current sources. Starts the
 * system's Chromium with a fresh profile. Default of `apis`: `consoleApis`.
 */
export async function openConsole(options: TestServerOptions = {}): Promise<ConsoleUnderTest> {
  await ensureConsole(process.execPath, { quiet: true });
  const server = await startTestServer({ apis: consoleApis, ...options });
  const { browser, close } = await launchBrowser();
  const originOf = (host: string) => `http://${host}:${server.publicPort}`;

  async function open(wanted: Partial<Appearance> = {}, host = 'localhost'): Promise<Visitor> {
    const appearance = { ...plainAppearance, ...wanted };
    const context = await browser.newContext({
      baseURL: originOf(host),
      viewport: sizes[appearance.device],
      locale: appearance.language === 'ar' ? 'ar-PS' : 'en-GB',
      colorScheme: appearance.theme,
      timezoneId: 'Asia/Hebron',
      reducedMotion: 'reduce',
      ...(appearance.device === 'phone' && { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }),
    });
    context.setDefaultTimeout(60_000);
    return watch(context, appearance, originOf(host));
  }

  // A sign-in takes a fifth of a second of a processor, so a session serves all visits until a test ends it.
  const sessions = new Map<string, ConsoleClient>();
  async function sessionOf(email: string, host: string): Promise<ConsoleClient> {
    const known = sessions.get(`${email} ${host}`);
    if (known !== undefined && (await known.get('/api/session')).status === 200) return known;
    const client = new ConsoleClient(server, host);
    const answer = await client.signIn(email, password);
    if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`);
    sessions.set(`${email} ${host}`, client);
    return client;
  }

  return {
    server,
    origin: originOf('localhost'),
    openAsStranger: open,
    async openAs(email, appearance, host = 'localhost') {
      const client = await sessionOf(email, host);
      const visitor = await open(appearance, host);
      const cookies = [...client.cookies].map(([name, value]) => ({ name, value, url: originOf(host) }));
      await visitor.page.context().addCookies(cookies);
      return visitor;
    },
    async [Symbol.asyncDispose]() {
      await close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Starts the system's Chromium with a fresh profile, which `close` removes. */
export async function launchBrowser(): Promise<{ readonly browser: Browser; close(): Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), 'miftah-chromium-'));
  const browser = await chromium.launch({
    executablePath: existsSync(windowless) ? windowless : windowed,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile } as Record<string, string>,
  });
  return {
    browser,
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

async function watch(context: BrowserContext, appearance: Appearance, origin: string): Promise<Visitor> {
  const page = await context.newPage();
  const faults: string[] = [];
  const forgiven: RegExp[] = [];
  let pending = 0;
  const unforgiven = () => faults.filter((fault) => !forgiven.some((pattern) => pattern.test(fault)));
  page.on('console', (message) => {
    // Tests cause refused requests on purpose, and the browser logs them as errors, as it does policy violations.
    const isRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (message.type() === 'error' && !isRefusal) faults.push(message.text());
    if (message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error.stack)));
  page.on('requestfinished', () => pending--);
  page.on('requestfailed', () => pending--);
  page.on('request', (request) => {
    pending++;
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'blob:') faults.push(`request to ${url.origin}`);
  });
  return {
    page,
    appearance,
    get faults() {
      return unforgiven();
    },
    forgive(pattern) {
      forgiven.push(pattern);
    },
    async settled() {
      // What is shown anew may ask for more.
      do {
        await expect.poll(() => pending, { interval: 5 }).toBe(0);
        await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
      } while (pending > 0);
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      if (unforgiven().length > 0) throw new Error(`The page reported:\n${unforgiven().join('\n')}`);
    },
  };
}

const words = { en: english, ar: arabic };

/** The console's texts in a language, so that a test reads the page as its reader does. */
export function wordsOf(language: Appearance['language']): typeof english {
  return words[language];
}

/** Adds a virtual authenticator that creates and uses passkeys, and verifies its user without asking. */
export async function addAuthenticator(page: Page): Promise<{ devtools: CDPSession; authenticatorId: string }> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { devtools, authenticatorId };
}

/** The minified file: a page compiles it in half the processor time of the other one. */
const axeSource = readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/**
 * Advice beyond WCAG that ignores layers. It takes the header of an open dialog for a second banner, and an open menu
 * for content outside all landmarks.
 */
const adviceOnLayers = ['landmark-no-duplicate-banner', 'landmark-unique', 'region'];

const axeOptions: RunOptions = {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  rules: Object.fromEntries(adviceOnLayers.map((rule) => [rule, { enabled: false }])),
  // Listing the passed rules takes longer than the check itself.
  resultTypes: ['violations'],
};

/**
 * The violations of WCAG 2.2 A and AA, and of best practice, that axe finds: a line each. Looks at the open dialog, or
 * else at the whole page, which takes longer. No one can reach the page behind a dialog.
 */
export async function findViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(await axeSource);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document.querySelector('[role=dialog]') === null ? document : '[role=dialog]', ${JSON.stringify(axeOptions)})`,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
}
