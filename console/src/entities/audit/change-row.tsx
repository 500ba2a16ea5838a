// A change of the audit log in one line: what, who and when.
import { useTranslation } from 'react-i18next';
import type { components } from '../../api/schema.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Name } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row } from '../../ui/rows.tsx';
import { ActorName } from './actor-name.tsx';
import { useAuditWords } from './audit-words.ts';
import { TargetName } from './target-name.tsx';

type Change = components['schemas']['AuditRecord'] & {
  readonly targetName?: string | null;
  /** Only across organizations. */
  readonly orgName?: string | null;
};

export function ChangeRow({ change }: { readonly change: Change }) {
  const { t } = useTranslation('audit');
  const words = useAuditWords();
  const { action, at, actor, org, orgName } = change;
  return (
    <Row
      title={
        <span>
          {words.action(action)} <TargetName entry={change} />
        </span>
      }
      text={
        org !== null && orgName !== undefined ? (
          <AnchorLink to="/orgs/$org/audit" params={{ org }} size="sm">
            <Name>{orgName ?? t('deletedOrg')}</Name>
          </AnchorLink>
        ) : undefined
      }
      facts={[<ActorName key="actor" actor={actor} />, <RelativeTime key="at" at={at} />]}
    />
  );
}
