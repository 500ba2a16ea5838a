import { expect, test } from 'vitest';
import { createUnsubscribeTokens } from './unsubscribe-links.ts';

const tokens = createUnsubscribeTokens('a session secret of a server, long enough');
const unsubscription = { personId: 'per_1', kinds: ['key_change', 'member_change'] } as const;

test('a token says whose mails of which kinds end', () => {
  const token = tokens.sign(unsubscription);
  expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/);
  expect(tokens.read(token)).toEqual(unsubscription);
});

test('a token of another server, of other content, or none is not read', () => {
  const token = tokens.sign(unsubscription);
  const [payload = '', signature = ''] = token.split('.');
  const forged = Buffer.from(JSON.stringify(['per_2', 'key_change'])).toString('base64url');
  const other = createUnsubscribeTokens('the session secret of another server').sign(unsubscription);
  for (const text of ['', '.', payload, `${forged}.${signature}`, `${payload}.`, `${token}.x`, `${token}x`, other]) {
    expect([text, tokens.read(text)]).toEqual([text, undefined]);
  }
});

test('a token whose kinds are all unknown now ends nothing', () => {
  expect(tokens.read(tokens.sign({ personId: 'per_1', kinds: ['gone' as 'key_change'] }))).toBeUndefined();
});
