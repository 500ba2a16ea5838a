// Suspends an organization: all of its keys are refused. The toast can undo it.
import { Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { sayDone } from '../../../ui/done-toast.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { boundOf, type OrganizationRow, orgsQueryKey, resumeOrg, suspendOrg } from './orgs-api.ts';

export function SuspendDialog({ org, onClose }: { readonly org: OrganizationRow; readonly onClose: () => void }) {
  const { t } = useTranslation('operator');
  const formats = useFormats();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: orgsQueryKey });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t('suspend.title', { name: org.name })}
      confirmLabel={t('suspend.confirm')}
      onConfirm={async () => {
        const bound = boundOf(await suspendOrg(org.id));
        const late = bound === undefined ? '' : ` ${t('late', { time: formats.dateTime(bound) })}`;
        sayDone(`${t('suspend.done', { name: org.name })}${late}`, async () => {
          await resumeOrg(org.id);
          await refresh();
        });
        await refresh();
      }}
    >
      <Stack gap="xs">
        <span>{org.keys === 0 ? t('suspend.noKeys') : t('suspend.text', { count: org.keys })}</span>
        <span>{t('suspend.stays')}</span>
      </Stack>
    </ConfirmDialog>
  );
}
