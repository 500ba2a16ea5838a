// Names in mails: no links, no controls, bounded length.
import { expect, test } from 'vitest';
import { quoteForMail } from './quote-for-mail.ts';

test.each([
  ['Dealers & Co', '"Dealers & Co"'],
  ['شركة الأمل', '"شركة الأمل"'],
  ['Acme Inc.', '"Acme Inc."'],
  ['Visit evil.com', '"Visit evil. com"'],
  ['https://evil.example/x', '"https: / / evil. example/ x"'],
  ['mailto:a@evil.com', '"mailto: a@ evil. com"'],
  ['evil\u3002com and evil\uff0ecom', '"evil\u3002 com and evil\uff0e com"'],
  ['\u202emoc.live', '"moc. live"'],
  ['two\r\nSubject: lines', '"two Subject: lines"'],
  ['a\u200b.\u200bcom', '"a . com"'],
  ['say "hello"', `"say 'hello'"`],
  ['half \ud800 pair', '"half \ufffd pair"'],
])('a name in a mail is plain text: %j', (name, expected) => {
  expect(quoteForMail(name)).toBe(expected);
});

test('a name in a mail is at most 100 characters', () => {
  expect([...quoteForMail('😀'.repeat(200))]).toHaveLength(102);
});
