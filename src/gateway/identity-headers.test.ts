// No spelling of a header that an upstream trusts, or of the credential, gets past.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentityHeaders, type IdentityHeadersOptions } from './identity-headers.ts';

const separators = "-_.!#$%&'*+^`|~";

const ours = ['X-Miftah-Key-Id', 'key_1', 'X-Request-Id', 'req_1', 'X-Forwarded-For', '192.0.2.1'];

function finisher(options: Partial<IdentityHeadersOptions> = {}, isPeerTrusted = false) {
  const finishHeaders = createIdentityHeaders({ stripped: ['x-api-key', 'Authorization'], ...options });
  return (raw: readonly string[], ours: readonly string[]) => finishHeaders(raw, ours, isPeerTrusted);
}

const finish = finisher();

/** Every case, and every character that a token may hold and a CGI-like upstream folds (RFC 9110 §5.6.2). */
function spellings(name: string): fc.Arbitrary<string> {
  return fc.infiniteStream(fc.nat(separators.length * 2 - 1)).map((choices) => {
    let spelled = '';
    for (const letter of name) {
      const choice = choices.next().value as number;
      if (letter === '-') spelled += separators[choice % separators.length];
      else spelled += choice % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase();
    }
    return spelled;
  });
}

describe('createIdentityHeaders', () => {
  it('keeps the rest as sent and ends with ours', () => {
    expect(finish(['Host', 'api', 'accept', '*/*', 'Cookie', 'a=1', 'Cookie', 'b=2'], ours)).toEqual([
      'Host',
      'api',
      'accept',
      '*/*',
      'Cookie',
      'a=1',
      'Cookie',
      'b=2',
      ...ours,
    ]);
  });

  it('removes the subprotocol with the key, and its header in any other spelling', () => {
    const finishOffer = finisher({ stripped: [], subprotocol: 'acme-key.' });
    const offer = 'graphql-ws, acme-key.SECRET';
    fc.assert(
      fc.property(spellings('sec-websocket-protocol'), (name) => {
        const kept = name.toLowerCase() === 'sec-websocket-protocol' ? [name, 'graphql-ws'] : [];
        expect(finishOffer([name, offer, 'Accept', 'a'], [])).toEqual([...kept, 'Accept', 'a']);
        expect(finish([name, offer], [])).toEqual([name, offer]);
      }),
    );
    expect(finishOffer(['Sec-WebSocket-Protocol', 'acme-key.SECRET'], [])).toEqual([]);
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
      'transfer-encoding',
      'keep-alive',
      'proxy-authorization',
      'x-http-method-override',
      'x-original-url',
      'x-middleware-subrequest',
      'proxy',
      'cf-connecting-ip',
      'true-client-ip',
    );
    fc.assert(
      fc.property(fc.array(forged.chain(spellings), { minLength: 1, maxLength: 6 }), (names) => {
        const raw = ['Host', 'api', ...names.flatMap((name) => [name, 'forged'])];
        expect(finish(raw, ours)).toEqual(['Host', 'api', ...ours]);
      }),
    );
  });

  it('lets no Connection header remove what we add (CVE-2024-45410)', () => {
    const raw = ['Connection', 'close, X-Miftah-Key-Id, X-Request-Id, X-Forwarded-For', 'A', '1'];
    expect(finish(raw, ours)).toEqual(['A', '1', ...ours]);
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
    const flooded = finisher();
    for (let i = 0; i < 2_000; i++) flooded([`X-Made-Up-${i}`, '1'], []);
    expect(flooded(['X-API_Key', 's', 'x_miftah_org', 'o', 'X-Late', '1'], ours)).toEqual(['X-Late', '1', ...ours]);
  });

  it('passes Content-Length and drops what only resembles it', () => {
    const raw = ['Content-Length', '5', 'Content_Length', '6', 'content.length', '7', 'Content!Length', '8'];
    expect(finish(raw, [])).toEqual(['Content-Length', '5']);
    expect(finish(['content-length', '5', 'Content-Lengths', '6'], [])).toEqual([
      'content-length',
      '5',
      'Content-Lengths',
      '6',
    ]);
  });

  it('takes what Connection nominates in every spelling, and never the framing by another name', () => {
    const raw = [
      'Connection',
      'x_hop, Content_Length, ho',
      'X-Hop',
      '1',
      'x.hop',
      '2',
      'Content-Length',
      '3',
      'Host',
      'h',
    ];
    expect(finish(raw, [])).toEqual(['Content-Length', '3', 'Host', 'h']);
  });

  it('passes the client-address fields of a trusted proxy, and still none that steers or is ours', () => {
    const raw = [
      'CF-Connecting-IP',
      '192.0.2.1',
      'X-Original-URL',
      '/',
      'X-Real-IP',
      '192.0.2.1',
      'true_client_ip',
      '::1',
    ];
    expect(finisher({}, true)(raw, [])).toEqual(['CF-Connecting-IP', '192.0.2.1', 'true_client_ip', '::1']);
    expect(finisher({}, false)(raw, [])).toEqual([]);
  });

  it('passes what a trusted proxy says in its own spelling, and traces of clients where the operator names them', () => {
    const raw = ['X-Forwarded-Port', '8443', 'X_Forwarded_Port', '1', 'Traceparent', 't', 'Forwarded', 'for=::1'];
    expect(finisher({}, true)(raw, [])).toEqual(['X-Forwarded-Port', '8443', 'Traceparent', 't']);
    expect(finisher({}, false)(raw, [])).toEqual([]);
    expect(finisher({ passed: ['traceparent', 'x-forwarded-port'] }, false)(raw, [])).toEqual(['Traceparent', 't']);
    const listed = { forwardedHeader: 'forwarded' };
    expect(finisher(listed, true)(['Forwarded', 'for=::1', 'F-orwarded', '1'], [])).toEqual([
      'Forwarded',
      'for=::1',
      'F-orwarded',
      '1',
    ]);
    expect(finisher(listed, false)(['Forwarded', 'for=::1'], [])).toEqual([]);
    expect(finisher({ forwardedHeader: 'x-acme-ip' }, true)(['X_Acme.IP', '::1'], [])).toEqual([]);
  });

  it('replaces the Host where it is told to, and keeps it else', () => {
    expect(finisher({ host: 'a.internal:1' })(['host', 'b', 'A', '1'], ours)).toEqual([
      'A',
      '1',
      'Host',
      'a.internal:1',
      ...ours,
    ]);
    expect(finisher()(['host', 'b'], [])).toEqual(['host', 'b']);
  });

  it('passes what the operator names and nothing beside it; what is ours and the credential stay out', () => {
    const own = finisher({ passed: ['x-http-method-override', 'true-client-ip', 'x-api-key', 'x-miftah-org'] });
    const raw = ['X-HTTP-Method-Override', 'DELETE', 'True-Client-IP', '192.0.2.1', 'X-HTTP-Method', 'PUT'];
    expect(own([...raw, 'X-Original-URL', '/', 'X-API-Key', 's', 'X-Miftah-Org', 'o', 'Client-IP', '::1'], [])).toEqual(
      ['X-HTTP-Method-Override', 'DELETE', 'True-Client-IP', '192.0.2.1'],
    );
  });
});
