// Why the reader can't do what admins do, with the names of those who can.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../ui/formats.ts';
import { useOrgScope } from '../scope.ts';
import { membersQuery } from './members-query.ts';

const namesShown = 3;

/** `undefined`: the reader can. */
export function useAdminFault(): string | undefined {
  const { t } = useTranslation('members');
  const { org, canAdminister } = useOrgScope();
  const formats = useFormats();
  const { data = [] } = useQuery({ ...membersQuery(org.id), enabled: !canAdminister });
  if (canAdminister) return undefined;
  const names = data.filter(({ role }) => role === 'owner' || role === 'admin').map(({ person }) => person.name);
  return names.length === 0 ? t('noRight') : t('noRightAsk', { names: formats.list(names.slice(0, namesShown)) });
}
