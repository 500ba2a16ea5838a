import { expect, test } from 'vitest';
import { looksLikeEmail } from './looks-like-email.ts';

test.each(['amal@example.com', ' amal@example.com ', 'a.b+c@x.y.z', 'é@مثال.com'])(
  '%j looks like an address',
  (text) => {
    expect(looksLikeEmail(text)).toBe(true);
  },
);

test.each(['', '@', 'a@', '@b.c', 'a@b', 'a@b.', 'a@.c', 'a@b..c', 'a b@c.d', 'a@b c.d', 'a@b@c.d', 'a@\tb.c'])(
  '%j does not',
  (text) => {
    expect(looksLikeEmail(text)).toBe(false);
  },
);
