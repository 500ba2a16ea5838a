// Chooses a role. Each says what it may do.
import { Radio, Stack } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { useOrgScope } from '../../entities/scope.ts';
import { mayGrant, roles } from './roles.ts';

export function RoleChoice({ input }: { readonly input: GetInputPropsReturnType }) {
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
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
