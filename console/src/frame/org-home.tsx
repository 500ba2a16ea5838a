// Shown when no page can be opened: the person belongs to no organization.
import { IconUsersGroup } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../entities/scope.ts';
import { EmptyState } from '../ui/states.tsx';
import { PageHeader } from './page-header.tsx';

export function OrgHome() {
  const { t } = useTranslation();
  const { org, session } = useScope();
  if (org !== undefined) return <PageHeader title={org.name} />;
  return (
    <EmptyState
      order={1}
      icon={IconUsersGroup}
      title={t('shell.noOrganization.title')}
      text={t('shell.noOrganization.text', { email: session.person.email })}
    />
  );
}
