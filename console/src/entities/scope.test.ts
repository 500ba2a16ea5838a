// Granted limits in the configuration of an organization.
import { expect, test } from 'vitest';
import type { ConsoleConfig } from '../api/config.ts';
import { withGrants } from './scope.ts';

test('the limits granted to an organization replace those of the API, and of no other', () => {
  const apiOf = (id: string, limits: string[]) => ({ id, fields: { rate: { default: limits }, name: { max: 9 } } });
  const apis = [apiOf('classic', ['60/m']), apiOf('panel', []), apiOf('palm', ['10/s', '600/h'])];
  const config = { languages: ['en'], apis } as unknown as ConsoleConfig;
  const limitsFor = (grantedLimits: Record<string, string[]> | undefined) =>
    withGrants(config, grantedLimits && { grantedLimits }).apis.map(({ fields }) => fields.rate.default);
  expect(limitsFor(undefined)).toEqual([['60/m'], [], ['10/s', '600/h']]);
  expect(limitsFor({})).toEqual([['60/m'], [], ['10/s', '600/h']]);
  expect(limitsFor({ classic: ['600/m'] })).toEqual([['600/m'], [], ['10/s', '600/h']]);
  expect(limitsFor({ panel: ['5/s'], palm: ['600/m'], gone: ['1/s'] })).toEqual([['60/m'], ['5/s'], ['600/m']]);
  expect(withGrants(config, { grantedLimits: { classic: ['600/m'] } }).apis[0]?.fields.name).toEqual({ max: 9 });
});
