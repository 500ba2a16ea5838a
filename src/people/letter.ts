// Mails as their readers see them: in their language, with the name of the product, as plain text and as HTML.
import { escapeHtml } from '../domain/escape-html.ts';
import type { Picture } from '../domain/picture.ts';
import type { Mail } from './mail.ts';

/** The languages of mails. */
export type MailLanguage = 'en' | 'ar';

/** The console that a mail belongs to, and the language of its reader. */
export interface Letterhead {
  /** The name of the product in that language. */
  readonly product: string;
  readonly language: MailLanguage;
  /** The colour of its buttons, dark enough for white text. Default: Miftah's. */
  readonly colour?: string | undefined;
  /** Its logo. Mails show only a PNG, because mail programs show no other kind of these everywhere. */
  readonly logo?: Picture | undefined;
}

/** For mails of no console. */
export const plainLetterhead: Letterhead = { product: 'Miftah', language: 'en' };

/** The words of one mail. Each text is a paragraph. */
export interface Letter {
  /** Constant, so that no member can write subjects of our mails. */
  readonly subject: string;
  readonly before: readonly string[];
  readonly link?: { readonly label: string; readonly url: string };
  readonly after: readonly string[];
  /** Small print with links: why the reader gets the mail, and how to get it no more. */
  readonly footer?: {
    readonly text: string;
    readonly links: readonly { readonly label: string; readonly url: string }[];
  };
}

const logoId = 'logo';

/** The mail to `to`. Texts of people must be quoted (`quoteForMail`). */
export function composeMail(
  to: string,
  { product, language, colour = '#11665f', logo }: Letterhead,
  letter: Letter,
): Mail {
  const { before, link, after, footer } = letter;
  const subject = `${letter.subject} – ${product}`;
  const footerTexts =
    footer === undefined ? [] : [footer.text, ...footer.links.map(({ label, url }) => `${label}: ${url}`)];
  const text = [...before, ...(link === undefined ? [] : [link.url]), ...after, ...footerTexts].join('\n\n');
  const paragraphs = (texts: readonly string[]) =>
    texts.map((each) => `<p>${escapeHtml(each).replaceAll('\n', '<br>')}</p>`).join('\n');
  const anchor =
    link === undefined
      ? ''
      : `<p><a href="${escapeHtml(link.url)}" style="display:inline-block;padding:10px 18px;border-radius:8px;background:${colour};color:#fff;text-decoration:none">${escapeHtml(link.label)}</a></p>
<p dir="ltr" style="font-size:13px;color:#5d676a;word-break:break-all">${escapeHtml(link.url)}</p>`;
  const small =
    footer === undefined
      ? ''
      : `<p style="font-size:13px;color:#5d676a">${[
          escapeHtml(footer.text),
          ...footer.links.map(
            ({ label, url }) => `<a href="${escapeHtml(url)}" style="color:#5d676a">${escapeHtml(label)}</a>`,
          ),
        ].join('<br>')}</p>
`;
  const shown = logo?.kind === 'png' ? logo : undefined;
  const image =
    shown === undefined
      ? ''
      : `<img src="cid:${logoId}" alt="" height="28" style="vertical-align:middle;max-width:160px;object-fit:contain"> `;
  const html = `<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f7f8f8">
<div style="max-width:560px;margin:0 auto;padding:24px;border:1px solid #e5e8e8;border-radius:12px;background:#fff;color:#1a2023;font:16px/1.6 system-ui,'Segoe UI',Tahoma,sans-serif">
<p>${image}<strong>${escapeHtml(product)}</strong></p>
${paragraphs(before)}
${anchor}
${paragraphs(after)}
${small}</div>
</body>
</html>
`;
  return { to, subject, text: `${text}\n`, html, ...(shown !== undefined && { pictures: [{ id: logoId, ...shown }] }) };
}
