// The button that creates a key. A reader who may not create one sees why.
import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useWords } from '../../entities/keys/words.ts';
import { useApiScope } from '../../entities/scope.ts';
import { Tooltip } from '../../ui/tooltip.tsx';

/** Why the reader can't create a key of the API. `undefined`: they can. */
export function useCreateFault(): string | undefined {
  const { t } = useTranslation('keys');
  const { org, api, canEdit } = useApiScope();
  const words = useWords();
  if (!canEdit) return t('create.notPermitted');
  if (org.status === 'suspended' || org.suspendedApis.includes(api.id)) return t('create.suspended');
  if (api.orgKind !== null && !org.kinds.includes(api.orgKind)) return words.audienceNote ?? t('create.otherKind');
  return undefined;
}

export function CreateButton({ onCreate }: { readonly onCreate: () => void }) {
  const { t } = useTranslation('keys');
  const words = useWords();
  const fault = useCreateFault();
  const label = words.createKey ?? t('create.open');
  const icon = <IconPlus size={16} aria-hidden />;
  if (fault === undefined) {
    return (
      <Button leftSection={icon} onClick={onCreate}>
        {label}
      </Button>
    );
  }
  return (
    <Tooltip label={fault} multiline maw={300}>
      <Button leftSection={icon} data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
        {label}
      </Button>
    </Tooltip>
  );
}
