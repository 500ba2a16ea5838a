import { expect, test } from 'vitest';
import { isEmailAddress } from './is-email-address.ts';

test.each(['amal@example.com', ' amal@example.com ', 'a.b+c@x.y.z', 'é@مثال.com'])('%j is an address', (text) => {
  expect(isEmailAddress(text)).toBe(true);
});

test.each(['', '@', 'a@', '@b.c', 'a@b', 'a@b.', 'a@.c', 'a@b..c', 'a b@c.d', 'a@b c.d', 'a@b@c.d', 'a@\tb.c'])(
  '%j does not',
  (text) => {
    expect(isEmailAddress(text)).toBe(false);
  },
);
