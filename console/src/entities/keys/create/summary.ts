// Describes a key in one sentence, before it is created.
import type { TFunction } from 'i18next';
import type { ConsoleApi } from '../../../api/config.ts';
import type { Formats } from '../../../ui/formats.ts';
import { expiryOf, type KeyValues } from '../fields/key-values.ts';

interface SummaryContext {
  readonly t: TFunction<'keys'>;
  readonly formats: Formats;
  readonly api: ConsoleApi;
  readonly environmentName: string;
  readonly nowMs: number;
}

/** Leaves out the parts that the API's keys don't have. */
export function summarize(values: KeyValues, { t, formats, api, environmentName, nowMs }: SummaryContext): string {
  const { fields, environments } = api;
  const expiresAt = expiryOf(values, api, nowMs);
  const parts = [
    environments.length > 1 ? t('summary.keyOf', { environment: environmentName }) : t('summary.key'),
    fields.addresses.offered && summarizeAddresses(values.addresses, fields.addresses.emptyMeans, t),
    values.scopes.length > 0 && t('summary.scopes', { count: values.scopes.length }),
    values.endpoints.length > 0 && t('summary.endpoints', { count: values.endpoints.length }),
    values.referrers.length > 0 && t('summary.referrers', { count: values.referrers.length }),
    values.rateLimits.length > 0 && t('summary.rate', { limits: values.rateLimits.join(' ') }),
    expiresAt === null && t('summary.never'),
    typeof expiresAt === 'string' && t('summary.until', { date: formats.date(expiresAt) }),
  ];
  return `${parts.filter((part) => part !== false).join(t('summary.separator'))}.`;
}

function summarizeAddresses(addresses: readonly string[], emptyMeans: 'deny' | 'allow', t: TFunction<'keys'>): string {
  const [only] = addresses;
  if (only === undefined) return emptyMeans === 'deny' ? t('summary.blocked') : t('summary.anyAddress');
  return addresses.length === 1
    ? t('summary.address', { address: only })
    : t('summary.addresses', { count: addresses.length });
}
