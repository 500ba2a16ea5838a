// /unsubscribe: ends mails of some kinds for the person of a signed link, without a sign-in (RFC 8058).
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { escapeHtml } from '../../domain/escape-html.ts';
import type { Letterhead } from '../../people/letter.ts';
import { nameKind } from '../../people/notification-letters.ts';
import type { NotificationStore } from '../../people/notification-ports.ts';
import type { UnsubscribeTokens } from '../../people/unsubscribe-links.ts';
import type { Language } from '../../profiles/console.ts';
import { directionOf } from './language.ts';

/** What the page needs. */
export interface UnsubscribeParts {
  readonly tokens: Pick<UnsubscribeTokens, 'read'>;
  readonly notifications: Pick<NotificationStore, 'findPersonSettings' | 'changePersonSettings'>;
}

interface PageWords {
  readonly title: string;
  ask(kinds: string): string;
  readonly button: string;
  readonly done: string;
  ended(kinds: string): string;
  readonly account: string;
  readonly wrong: string;
  readonly wrongText: string;
}

const words: Readonly<Record<Language, PageWords>> = {
  en: {
    title: 'Unsubscribe',
    ask: (kinds) => `Get no more mails about ${kinds}? The console still lists what happened.`,
    button: 'Unsubscribe',
    done: 'You are unsubscribed',
    ended: (kinds) => `You get no more mails about ${kinds}.`,
    account: 'Change it in your account',
    wrong: 'This link is incomplete',
    wrongText: 'Open the link in the mail again, or sign in and change the mails in your account.',
  },
  ar: {
    title: 'إلغاء الاشتراك',
    ask: (kinds) => `هل تريد إيقاف الرسائل عن: ${kinds}؟ تبقى لوحة التحكم تعرض ما حدث.`,
    button: 'إلغاء الاشتراك',
    done: 'أُلغي اشتراكك',
    ended: (kinds) => `لن تصلك رسائل أخرى عن: ${kinds}.`,
    account: 'تغيير ذلك في حسابك',
    wrong: 'هذا الرابط غير مكتمل',
    wrongText: 'افتح الرابط في الرسالة مرة أخرى، أو سجّل الدخول وغيّر الرسائل في حسابك.',
  },
};

/**
 * Answers GET with a page and its button, and POST with the end of the mails. A link of a deleted person gets the same
 * answers. `letterhead` presents the page; its language is that of the browser, for a person who chose none.
 */
export async function answerUnsubscribe(
  req: IncomingMessage,
  res: ServerResponse,
  letterheadIn: (language: Language | undefined) => Letterhead,
  { tokens, notifications }: UnsubscribeParts,
): Promise<void> {
  const query = new URLSearchParams((req.url ?? '').split('?')[1] ?? '');
  const found = tokens.read(query.get('token') ?? '');
  if (found === undefined) {
    const letterhead = letterheadIn(undefined);
    const { wrong, wrongText, account } = words[letterhead.language];
    sendPage(req, res, 404, letterhead, { title: wrong, text: wrongText, account });
    return;
  }
  const { language } = await notifications.findPersonSettings(found.personId);
  const letterhead = letterheadIn(language ?? undefined);
  const { title, ask, button, done, ended, account } = words[letterhead.language];
  const kinds = found.kinds.map((kind) => nameKind(letterhead.language, kind)).join(', ');
  if (req.method === 'POST') {
    const timings = Object.fromEntries(found.kinds.map((kind) => [kind, 'never']));
    await notifications.changePersonSettings(found.personId, { timings });
    sendPage(req, res, 200, letterhead, { title: done, text: ended(kinds), account });
  } else if (req.method === 'GET' || req.method === 'HEAD') {
    sendPage(req, res, 200, letterhead, { title, text: ask(kinds), button });
  } else {
    res.writeHead(405, { Allow: 'GET, HEAD, POST', 'Content-Length': 0 }).end();
  }
}

interface Page {
  readonly title: string;
  readonly text: string;
  readonly button?: string;
  readonly account?: string;
}

/** A page without scripts, so that it works in every mail program's browser. */
function sendPage(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  { product, language, colour = '#11665f' }: Letterhead,
  { title, text, button, account }: Page,
): void {
  const nonce = randomBytes(16).toString('base64');
  // A form without an action posts to its own address, which has the token.
  const form = button === undefined ? '' : `<form method="post"><button>${escapeHtml(button)}</button></form>`;
  const link = account === undefined ? '' : `<p><a href="/account#notifications">${escapeHtml(account)}</a></p>`;
  const html = `<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`${title} – ${product}`)}</title>
<style nonce="${nonce}">
body { margin: 0 auto; padding: 10vh 24px; max-width: 32rem; font: 16px/1.6 system-ui, 'Segoe UI', Tahoma, sans-serif }
button { min-height: 44px; padding: 0 20px; border: 0; border-radius: 8px;
  background: ${colour}; color: #fff; font: inherit }
a { color: LinkText }
</style>
</head>
<body>
<main>
<p>${escapeHtml(product)}</p>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${form}${link}
</main>
</body>
</html>
`;
  res.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(html),
    'Content-Language': language,
    'Cache-Control': 'no-store',
    'Content-Security-Policy': pagePolicy(nonce),
    'Cross-Origin-Resource-Policy': 'same-origin',
    // The address has a token, which no other site may get.
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex',
  });
  res.end(req.method === 'HEAD' ? undefined : html);
}

function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
