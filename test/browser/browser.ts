// A real browser before a real Miftah: pages in either language and colour scheme, which fail their test when the console logs an error.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
// @ts-expect-error: scripts run on Node.js without types
import { ensureConsole } from '../../scripts/console.mjs';

export const languages = ['en', 'ar'] as const;
export const themes = ['light', 'dark'] as const;

export interface Look {
  readonly language: (typeof languages)[number];
  readonly theme: (typeof themes)[number];
  readonly device: 'desktop' | 'phone';
}

export const everyLook: readonly Look[] = languages.flatMap((language) =>
  themes.flatMap((theme) => (['desktop', 'phone'] as const).map((device): Look => ({ language, theme, device }))),
);

export const plainLook: Look = { language: 'en', theme: 'light', device: 'desktop' };

const sizes = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;

export interface TestBrowser {
  /** A fresh visitor: no cookies but those of the look. */
  open(look?: Partial<Look>): Promise<Visitor>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Visitor {
  readonly page: Page;
  readonly look: Look;
  /** What went wrong in the page so far: errors of scripts and of the policy, and requests to other origins. */
  readonly faults: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Chromium of the system, with the console built from the sources as they are. `origin` is the one that pages belong to. */
export async function openBrowser(origin: string): Promise<TestBrowser> {
  await ensureConsole(process.execPath, { quiet: true });
  const profile = await mkdtemp(join(tmpdir(), 'miftah-chromium-'));
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
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
    async open(wanted = {}) {
      const look = { ...plainLook, ...wanted };
      const context = await browser.newContext({
        baseURL: origin,
        viewport: sizes[look.device],
        locale: look.language === 'ar' ? 'ar-PS' : 'en-GB',
        colorScheme: look.theme,
        timezoneId: 'Asia/Hebron',
        reducedMotion: 'reduce',
        ...(look.device === 'phone' && { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }),
      });
      context.setDefaultTimeout(15_000);
      return watch(context, look, origin);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

async function watch(context: BrowserContext, look: Look, origin: string): Promise<Visitor> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    // Refusals by the API, which tests ask for, are said by the browser as errors; violations of the policy are too.
    const isRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (message.type() === 'error' && !isRefusal) faults.push(message.text());
    if (message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error.stack)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'blob:') faults.push(`request to ${url.origin}`);
  });
  return {
    page,
    look,
    faults,
    async [Symbol.asyncDispose]() {
      await context.close();
      // A test that throws already tells more.
      if (faults.length > 0) throw new Error(`The page reported:\n${faults.join('\n')}`);
    },
  };
}

/** What axe finds against WCAG 2.2 A and AA, a line each. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
}
