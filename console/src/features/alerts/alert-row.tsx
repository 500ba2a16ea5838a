// One alert in a list: what was found, at which key, when and how often.
import { useTranslation } from 'react-i18next';
import { ruleIcons } from '../../entities/alerts/rules.ts';
import { Dotted } from '../../ui/dotted.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row } from '../../ui/rows.tsx';
import { AlertStatus } from './alert-status.tsx';
import { AlertSubject } from './alert-subject.tsx';
import classes from './alerts.module.css';
import type { Alert } from './alerts-api.ts';
import { useEvidenceNumbers } from './evidence-numbers.ts';
import { LateWords } from './late-words.ts';

export function AlertRow({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const describe = useEvidenceNumbers();
  const { id, rule, org, hours, raisedAt, evidence } = alert;
  const RuleIcon = ruleIcons[rule];
  const found = t(`rules.${rule}.found`);
  return (
    <Row
      lead={<RuleIcon size={22} stroke={1.5} />}
      title={
        org === null ? (
          <AnchorLink to="/operator/alerts/$alert" params={{ alert: id }} className={classes.found}>
            {found}
          </AnchorLink>
        ) : (
          <AnchorLink to="/orgs/$org/alerts/$alert" params={{ org, alert: id }} className={classes.found}>
            {found}
          </AnchorLink>
        )
      }
      text={
        <Dotted>
          <AlertSubject alert={alert} />
          {describe(evidence).map(([name, number]) => (
            <span key={name}>
              {name}: {number}
            </span>
          ))}
          {evidence.words.length > 0 && <LateWords fallback={<span />} rule={rule} words={evidence.words} />}
        </Dotted>
      }
      facts={[
        <AlertStatus key="status" alert={alert} />,
        <span key="when">
          <RelativeTime at={raisedAt} />
          <br />
          {t('row.hours', { count: hours })}
        </span>,
      ]}
    />
  );
}
