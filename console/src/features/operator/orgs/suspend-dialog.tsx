// Suspends an organization: all of its keys are refused, or those of one API. The toast can undo it.
import { NativeSelect, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApiNames } from '../../../entities/api-names.ts';
import { useScope } from '../../../entities/scope.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { sayDone } from '../../../ui/done-toast.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { boundOf, type OrganizationRow, orgsQueryKey, resumeOrg, suspendOrg } from './orgs-api.ts';

export function SuspendDialog({ org, onClose }: { readonly org: OrganizationRow; readonly onClose: () => void }) {
  const { t } = useTranslation('operator');
  const formats = useFormats();
  const queryClient = useQueryClient();
  const { config } = useScope();
  const nameOf = useApiNames();
  const [apiId, setApiId] = useState<string>();
  const api = apiId && nameOf(apiId);
  const choices = config.apis.filter(({ id }) => !org.suspendedApis.includes(id));
  const refresh = () => queryClient.invalidateQueries({ queryKey: orgsQueryKey });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t('suspend.title', { name: org.name })}
      confirmLabel={t('suspend.confirm')}
      onConfirm={async () => {
        const bound = boundOf(await suspendOrg(org.id, apiId));
        const late = bound === undefined ? '' : ` ${t('late', { time: formats.dateTime(bound) })}`;
        const done =
          api === undefined ? t('suspend.done', { name: org.name }) : t('suspend.doneApi', { name: org.name, api });
        sayDone(`${done}${late}`, async () => {
          await resumeOrg(org.id, apiId);
          await refresh();
        });
        await refresh();
      }}
    >
      <Stack gap="xs">
        {config.apis.length > 1 && (
          <NativeSelect
            label={t('suspend.api')}
            value={apiId ?? ''}
            onChange={(event) => setApiId(event.currentTarget.value || undefined)}
            data={[
              { value: '', label: t('suspend.all') },
              ...choices.map(({ id }) => ({ value: id, label: nameOf(id) })),
            ]}
          />
        )}
        <span>
          {api !== undefined
            ? t('suspend.textApi', { api })
            : org.keys === 0
              ? t('suspend.noKeys')
              : t('suspend.text', { count: org.keys })}
        </span>
        <span>{t('suspend.stays')}</span>
      </Stack>
    </ConfirmDialog>
  );
}
