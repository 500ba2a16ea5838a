// No spelling of a header that an upstream trusts, or of the credential, gets past.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalFieldName, createIdentityHeaders } from './identity-headers.ts';

const OURS = ['X-Miftah-Key-Id', 'key_1', 'X-Request-Id', 'req_1', 'X-Forwarded-For', '192.0.2.1'];
const finish = createIdentityHeaders({ stripped: ['x-api-key', 'Authorization'] });

/** Every case and both separators, chosen by the generator. */
function spellings(name: string): fc.Arbitrary<string> {
  return fc.infiniteStream(fc.integer({ min: 0, max: 3 })).map((choices) => {
    let spelled = '';
    for (const letter of name) {
      const choice = choices.next().value as number;
      if (letter === '-') spelled += choice % 2 === 0 ? '-' : '_';
      else spelled += choice % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase();
    }
    return spelled;
  });
}

describe('createIdentityHeaders', () => {
  it('keeps the rest as sent and ends with ours', () => {
    expect(finish(['Host', 'api', 'accept', '*/*', 'Cookie', 'a=1', 'Cookie', 'b=2'], OURS)).toEqual([
      'Host',
      'api',
      'accept',
      '*/*',
      'Cookie',
      'a=1',
      'Cookie',
      'b=2',
      ...OURS,
    ]);
  });

  it('strips the credential and every forgery of ours in every spelling', () => {
    const forged = fc.constantFrom(
      'x-miftah-key-id',
      'x-miftah-anything',
      'x-request-id',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-forwarded-user',
      'forwarded',
      'x-real-ip',
      'x-api-key',
      'authorization',
    );
    fc.assert(
      fc.property(fc.array(forged.chain(spellings), { minLength: 1, maxLength: 6 }), (names) => {
        const raw = ['Host', 'api', ...names.flatMap((name) => [name, 'forged'])];
        expect(finish(raw, OURS)).toEqual(['Host', 'api', ...OURS]);
      }),
    );
  });

  it('lets no Connection header remove what we add (CVE-2024-45410)', () => {
    const raw = ['Connection', 'close, X-Miftah-Key-Id, X-Request-Id, X-Forwarded-For', 'A', '1'];
    expect(finish(raw, OURS)).toEqual(['A', '1', ...OURS]);
  });

  it('passes names that only resemble ours', () => {
    const raw = [
      'X-Miftahx',
      '1',
      'My-X-Request-Id',
      '2',
      'X-Api-Keys',
      '3',
      'Forwarded-By',
      '4',
      'X-Requested-With',
      '5',
    ];
    expect(finish(raw, [])).toEqual(raw);
  });

  it('treats a name the same after thousands of others were seen', () => {
    const flooded = createIdentityHeaders({ stripped: ['x-api-key'] });
    for (let i = 0; i < 2_000; i++) flooded([`X-Made-Up-${i}`, '1'], []);
    expect(flooded(['X-API_Key', 's', 'x_miftah_org', 'o', 'X-Late', '1'], OURS)).toEqual(['X-Late', '1', ...OURS]);
  });

  it('agrees with the canonical name on any token', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z_-]{1,24}$/), (name) => {
        const canonical = canonicalFieldName(name);
        expect(canonical).toBe(canonical.toLowerCase());
        expect(canonical).not.toContain('_');
      }),
    );
  });
});
