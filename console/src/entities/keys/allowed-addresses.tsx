// The addresses from which a key works: the first ones, and how many more. The vendor decides what an empty list means.
import { Group, Text } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../api/config.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import classes from './allowed-addresses.module.css';

interface AllowedAddressesProps {
  readonly addresses: readonly string[];
  readonly emptyMeans: ConsoleApi['fields']['addresses']['emptyMeans'];
  /** Whether they stay on one line, which has room for one of several. Default: false. */
  readonly isOneLine?: boolean;
}

const mostShown = 2;

export function AllowedAddresses({ addresses, emptyMeans, isOneLine = false }: AllowedAddressesProps) {
  const { t } = useTranslation('keys');
  if (addresses.length === 0) {
    return emptyMeans === 'deny' ? (
      <span className={classes.blocked}>
        <IconBan size={14} aria-hidden />
        {t('addresses.blocked')}
      </span>
    ) : (
      <Text c="dimmed">{t('addresses.any')}</Text>
    );
  }
  const shown = isOneLine ? 1 : mostShown;
  const rest = addresses.slice(shown);
  return (
    <Group gap={4} wrap={isOneLine ? 'nowrap' : 'wrap'}>
      {addresses.slice(0, shown).map((address) => (
        <span key={address} className={classes.chip}>
          <Ltr mono>{address}</Ltr>
        </span>
      ))}
      {rest.length > 0 && (
        <Tooltip
          multiline
          maw={320}
          label={
            <bdi dir="ltr">
              {rest.slice(0, 20).join(', ')}
              {rest.length > 20 && '…'}
            </bdi>
          }
        >
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard reaches the other addresses too */}
          <span className={classes.chip} tabIndex={0}>
            <Ltr>{`+${rest.length}`}</Ltr>
          </span>
        </Tooltip>
      )}
    </Group>
  );
}
