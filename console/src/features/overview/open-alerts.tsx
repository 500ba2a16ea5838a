// How many alerts no one has acknowledged, with the link to them.
import { ThemeIcon } from '@mantine/core';
import { IconBellRinging } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { AnchorLink } from '../../ui/links.tsx';
import { Row } from '../../ui/rows.tsx';

/** `org` `undefined`: of all organizations, for the operator. */
export function OpenAlerts({ count, org }: { readonly count: number; readonly org?: string }) {
  const { t } = useTranslation('alerts');
  const search = { state: 'open' };
  return (
    <Row
      lead={
        <ThemeIcon variant="light" color="yellow" size={36} radius="md">
          <IconBellRinging size={19} stroke={1.6} />
        </ThemeIcon>
      }
      title={t('openCount', { count })}
      text={
        org === undefined ? (
          <AnchorLink to="/operator/alerts" search={search} size="sm">
            {t('seeOpen')}
          </AnchorLink>
        ) : (
          <AnchorLink to="/orgs/$org/alerts" params={{ org }} search={search} size="sm">
            {t('seeOpen')}
          </AnchorLink>
        )
      }
    />
  );
}
