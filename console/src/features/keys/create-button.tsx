// The button that makes a key; one who may not sees it too, and why not.
import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../api/config.ts';
import { useWords } from '../../entities/keys/words.ts';
import { useOrgScope } from '../../frame/scope.ts';
import { Tooltip } from '../../ui/tooltip.tsx';

/** Why the reader can't make a key of the API here; `undefined`: they can. */
export function useCreateFault(api: ConsoleApi): string | undefined {
  const { t } = useTranslation('keys');
  const { org, canEdit } = useOrgScope();
  const words = useWords(api);
  if (!canEdit) return t('create.notPermitted');
  if (org.status === 'suspended') return t('create.suspended');
  if (api.orgKind !== null && api.orgKind !== org.kind) return words.audienceNote ?? t('create.otherKind');
  return undefined;
}

export function CreateButton({ api, onCreate }: { readonly api: ConsoleApi; readonly onCreate: () => void }) {
  const { t } = useTranslation('keys');
  const words = useWords(api);
  const fault = useCreateFault(api);
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
