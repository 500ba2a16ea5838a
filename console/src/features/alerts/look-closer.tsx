// The pages that show the hours of an alert: usage, denied requests and the audit log.
import { useTranslation } from 'react-i18next';
import type { Place } from '../../entities/place.ts';
import { AnchorLink } from '../../ui/links.tsx';
import classes from './alerts.module.css';
import type { Alert } from './alerts-api.ts';

interface LookCloserProps {
  readonly place: Place;
  readonly alert: Alert;
}

const hourMs = 3_600_000;

export function LookCloser({ place, alert: { org, key, api, hour, lastHour } }: LookCloserProps) {
  const { t } = useTranslation('alerts');
  const endMs = Date.parse(lastHour) + hourMs;
  const period = { from: hour, to: new Date(endMs).toISOString() };
  if (org === null) {
    return (
      <AnchorLink to="/operator/denials" size="sm">
        {t('look.denials')}
      </AnchorLink>
    );
  }
  const scope = {
    ...(api !== null && { api }),
    ...(key !== null && { env: key.environment === 'test' ? ('test' as const) : undefined, key: key.id }),
  };
  return (
    <div className={classes.links}>
      {key !== null && (
        <>
          <AnchorLink to="/orgs/$org/keys/$key" params={{ org, key: key.id }} size="sm">
            {t('look.key')}
          </AnchorLink>
          <AnchorLink
            to="/orgs/$org/usage"
            params={{ org }}
            search={{ ...scope, range: 'custom', from: minuteOf(Date.parse(hour)), to: minuteOf(endMs) }}
            size="sm"
          >
            {t('look.usage')}
          </AnchorLink>
          <AnchorLink to="/orgs/$org/denials" params={{ org }} search={{ ...scope, ...period }} size="sm">
            {t('look.denials')}
          </AnchorLink>
        </>
      )}
      <AnchorLink to="/orgs/$org/audit" params={{ org }} search={period} size="sm">
        {t('look.audit')}
      </AnchorLink>
      {place === undefined && (
        <AnchorLink to="/orgs/$org/alerts" params={{ org }} size="sm">
          {t('look.org')}
        </AnchorLink>
      )}
    </div>
  );
}

/** A minute by the reader's clock, as the page of usage takes it. */
function minuteOf(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
