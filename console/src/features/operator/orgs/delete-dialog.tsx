// Deletes an organization for good, after its name was typed.
import { Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../../../api/session.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { sayDone } from '../../../ui/done-toast.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { boundOf, deleteOrg, type OrganizationRow, orgsQueryKey } from './orgs-api.ts';

export function DeleteDialog({ org, onClose }: { readonly org: OrganizationRow; readonly onClose: () => void }) {
  const { t } = useTranslation('operator');
  const formats = useFormats();
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState('');
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t('delete.title', { name: org.name })}
      confirmLabel={t('delete.confirm')}
      canConfirm={plain(typed) === plain(org.name)}
      onConfirm={async () => {
        const bound = boundOf(await deleteOrg(org.id));
        const late = bound === undefined ? '' : ` ${t('late', { time: formats.dateTime(bound) })}`;
        sayDone(`${t('delete.done', { name: org.name })}${late}`);
        await queryClient.invalidateQueries({ queryKey: orgsQueryKey });
        await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
        queryClient.removeQueries({ queryKey: ['org', org.id] });
      }}
    >
      <Stack gap="md">
        <Stack gap="xs">
          <span>{org.keys === 0 ? t('delete.noKeys') : t('delete.keys', { count: org.keys })}</span>
          <span>{t('delete.text')}</span>
          <span>{t('delete.stays')}</span>
        </Stack>
        <TextInput
          label={t('delete.type', { name: org.name })}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          dir="auto"
          autoComplete="off"
          spellCheck={false}
        />
      </Stack>
    </ConfirmDialog>
  );
}

/** Without the invisible marks of direction, which come along when the name is copied from the page. */
function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u200e\u200f\u2066-\u2069]/g, '')
    .trim();
}
