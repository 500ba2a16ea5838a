// Chooses a role. Each says what it may do.
import { Radio, Stack } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../api/session.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { mayGrant, roles } from './roles.ts';

interface RoleChoiceProps {
  readonly input: GetInputPropsReturnType;
  /** The role that has the focus when the dialog opens. Default: none has. */
  readonly focused?: Role;
}

export function RoleChoice({ input, focused }: RoleChoiceProps) {
  const { t } = useTranslation(['members', 'common']);
  const scope = useOrgScope();
  return (
    <Radio.Group label={t('role.label')} {...input}>
      <Stack gap="sm" mt={6}>
        {roles.map((role) => (
          <Radio
            key={role}
            value={role}
            label={t(`common:roles.${role}`)}
            description={t(`role.${role}`)}
            disabled={!mayGrant(scope, role)}
            data-autofocus={role === focused || undefined}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
