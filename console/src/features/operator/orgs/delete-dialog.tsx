// Deletes an organization for good, after its name was typed.
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../../../api/session.ts';
import { sayDone } from '../../../ui/done-toast.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { TypedConfirmDialog } from '../../../ui/typed-confirm-dialog.tsx';
import { boundOf, deleteOrg, type OrganizationRow, orgsQueryKey } from './orgs-api.ts';

export function DeleteDialog({ org, onClose }: { readonly org: OrganizationRow; readonly onClose: () => void }) {
  const { t } = useTranslation('operator');
  const formats = useFormats();
  const queryClient = useQueryClient();
  return (
    <TypedConfirmDialog
      onClose={onClose}
      title={t('delete.title', { name: org.name })}
      texts={[
        org.keys === 0 ? t('delete.noKeys') : t('delete.keys', { count: org.keys }),
        t('delete.text'),
        t('delete.stays'),
      ]}
      label={t('delete.type', { name: org.name })}
      wanted={org.name}
      confirmLabel={t('delete.confirm')}
      onConfirm={async () => {
        const bound = boundOf(await deleteOrg(org.id));
        const late = bound === undefined ? '' : ` ${t('late', { time: formats.dateTime(bound) })}`;
        sayDone(`${t('delete.done', { name: org.name })}${late}`);
        await queryClient.invalidateQueries({ queryKey: orgsQueryKey });
        await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
        queryClient.removeQueries({ queryKey: ['org', org.id] });
      }}
    />
  );
}
