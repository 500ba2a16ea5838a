// Whether a key works, and if not, why.
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { components } from '../../api/schema.ts';

export type Key = components['schemas']['Key'];

const colors = { active: 'accent', disabled: 'gray', expired: 'orange', revoked: 'red' } as const;

/** With an icon of its own shape, so that colour is not all that tells states apart. */
export function KeyStatus({ status }: { readonly status: Key['status'] }) {
  const { t } = useTranslation('keys');
  return (
    <Badge variant={status === 'active' ? 'dot' : 'light'} color={colors[status]} radius="sm">
      {t(`status.${status}`)}
    </Badge>
  );
}
