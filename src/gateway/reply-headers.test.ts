// What a reply's headers become.
import { describe, expect, it } from 'vitest';
import { finishReplyHead, finishTrailers, type RawField, type ReplyHeaderRules } from './reply-headers.ts';

const nothing: ReplyHeaderRules = { responseHeaders: [], isCacheControlPrivate: false };

function raw(...fields: string[]): RawField[] {
  return fields.map((field) => Buffer.from(field, 'latin1') as RawField);
}

function finish(fields: string[], rules: Partial<ReplyHeaderRules> = {}, status = 200): string[] {
  return finishReplyHead(status, raw(...fields), { ...nothing, ...rules }).headers;
}

describe('finishReplyHead', () => {
  it('keeps order, spelling, repetition and latin1 bytes', () => {
    const fields = ['Set-Cookie', 'a=1', 'ETag', '"é"', 'set-cookie', 'b=2'];
    expect(finish(fields)).toEqual(fields);
  });

  it('drops connection fields, what Connection names, and X-Miftah-*', () => {
    const fields = [
      'Connection',
      'close, X-Hop',
      'X-Hop',
      '1',
      'Keep-Alive',
      'timeout=5',
      'Transfer-Encoding',
      'chunked',
    ];
    expect(finish([...fields, 'Proxy-Authenticate', 'Basic', 'x-miftah-key-id', 'k', 'A', '1'])).toEqual(['A', '1']);
  });

  it('drops X-Miftah-* and connection fields in every spelling, and names that resemble Content-Length', () => {
    const forged = [
      'X_Miftah_Org',
      'o',
      'x.miftah.key.id',
      'k',
      'X!Miftah!Scopes',
      's',
      'Transfer_Encoding',
      'chunked',
    ];
    expect(finish([...forged, 'Content_Length', '9', 'Content-Length', '3', 'X_A', '1'])).toEqual([
      ...['Content-Length', '3', 'X_A', '1'],
    ]);
    expect(finishTrailers(raw('X_Miftah_Org', 'o', 'Content_Length', '3', 'A', '1'))).toEqual([['A', '1']]);
  });

  it('replaces headers that we set, whatever their case, each time they occur', () => {
    const fields = ['x-request-id', 'theirs', 'A', '1', 'X-REQUEST-ID', 'theirs'];
    expect(finish(fields, { responseHeaders: ['X-Request-Id', 'ours'] })).toEqual(['A', '1', 'X-Request-Id', 'ours']);
  });

  it('adds Vary unless the upstream varies on it or on everything', () => {
    const vary = ['X-API-Key'];
    expect(finish([], { vary })).toEqual(['Vary', 'X-API-Key']);
    expect(finish(['Vary', 'Accept'], { vary })).toEqual(['Vary', 'Accept', 'Vary', 'X-API-Key']);
    expect(finish(['vary', 'Accept, x-api-key'], { vary })).toEqual(['vary', 'Accept, x-api-key']);
    expect(finish(['Vary', '*'], { vary })).toEqual(['Vary', '*']);
    expect(finish(['Vary', 'X-API-Key-2'], { vary })).toEqual(['Vary', 'X-API-Key-2', 'Vary', 'X-API-Key']);
    const both = ['X-API-Key', 'Origin'];
    expect(finish([], { vary: both })).toEqual(['Vary', 'X-API-Key, Origin']);
    expect(finish(['Vary', 'origin'], { vary: both })).toEqual(['Vary', 'origin', 'Vary', 'X-API-Key']);
    expect(finish(['Vary', 'origin', 'Vary', 'x-api-key'], { vary: both })).toEqual([
      ...['Vary', 'origin', 'Vary', 'x-api-key'],
    ]);
  });

  it('passes what the upstream tells browsers, unless we tell them', () => {
    const told = ['Access-Control-Allow-Origin', '*', 'access_control_expose_headers', 'ETag', 'A', '1'];
    expect(finish(told)).toEqual(told);
    const responseHeaders = ['Access-Control-Allow-Origin', 'https://app.example.com'];
    expect(finish(told, { isCorsOurs: true, responseHeaders })).toEqual(['A', '1', ...responseHeaders]);
    expect(finish(told, { isCorsOurs: true })).toEqual(['A', '1']);
  });

  it('adds Cache-Control: private unless the upstream chose', () => {
    expect(finish([], { isCacheControlPrivate: true })).toEqual(['Cache-Control', 'private']);
    expect(finish(['cache-control', 'public'], { isCacheControlPrivate: true })).toEqual(['cache-control', 'public']);
  });

  it('reads the announced length, and removes it from a 204', () => {
    expect(finishReplyHead(200, raw('Content-Length', '12'), nothing).contentLength).toBe(12);
    expect(finishReplyHead(200, raw('A', '1'), nothing).contentLength).toBe(-1);
    expect(finishReplyHead(204, raw('Content-Length', '0'), nothing)).toEqual({ headers: [], contentLength: -1 });
  });
});

describe('finishTrailers', () => {
  it('passes a trailer and drops what frames, routes or speaks for us', () => {
    const fields = [
      'Grpc-Status',
      '0',
      'Content-Length',
      '3',
      'Transfer-Encoding',
      'x',
      'X-Miftah-Org',
      'o',
      'Set-Cookie',
      'a',
    ];
    expect(finishTrailers(raw(...fields))).toEqual([['Grpc-Status', '0']]);
  });
});
