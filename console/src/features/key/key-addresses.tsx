// Where a key is used from, and whether its list of addresses refuses other places or only reports them.
import { Badge, Button, Group, Paper, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import {
  addressesQuery,
  type Key,
  type KeyUpdate,
  keyQuery,
  type UsedAddresses,
  updateKey,
} from '../../entities/keys/change/key-api.ts';
import { nameOfKey } from '../../entities/keys/change/key-words.ts';
import { useApiScope } from '../../entities/scope.ts';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './key.module.css';

const shownRows = 8;

export function KeyAddresses({ apiKey }: { readonly apiKey: Key }) {
  const { t } = useTranslation('key');
  const { api, canEdit } = useApiScope();
  const { offered, emptyMeans, required } = api.fields.addresses;
  const query = useQuery({ ...addressesQuery(apiKey), enabled: offered });
  if (!offered) return null;
  const mayReport = emptyMeans === 'allow' && !required;
  return (
    <Paper component="section" className={classes.section} aria-labelledby="key-addresses">
      <Group justify="space-between" p="lg" pb="sm" gap="xs">
        <Title order={2} id="key-addresses">
          {t('addresses.title')}
        </Title>
        {apiKey.addressCheck === 'report' && (
          <Badge color="yellow" variant="light" className={classes.badge}>
            {t('addresses.reports')}
          </Badge>
        )}
      </Group>
      {query.isPending ? (
        <SkeletonRows rows={2} height={40} />
      ) : query.data === undefined ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <Addresses used={query.data} hasList={apiKey.addresses.length > 0} />
          {canEdit && mayReport && <Choices apiKey={apiKey} used={query.data} />}
        </>
      )}
    </Paper>
  );
}

function Addresses({ used, hasList }: { readonly used: UsedAddresses; readonly hasList: boolean }) {
  const { t } = useTranslation('key');
  const formats = useFormats();
  const { data, beyond, unlisted } = used;
  const hidden = unlisted + Math.max(0, data.length - shownRows);
  if (data.length === 0 && beyond.count === 0)
    return (
      <Text c="dimmed" className={classes.quiet}>
        {t('addresses.none')}
      </Text>
    );
  return (
    <>
      <ul className={classes.addresses}>
        {data.slice(0, shownRows).map(({ address, count, refused, lastHour, isOnList }) => (
          <li key={address}>
            <Ltr mono>{address}</Ltr>
            <Text size="sm" c="dimmed" component="span" className={classes.circumstances}>
              <span>{t('addresses.requests', { count })}</span>
              {refused > 0 && <span>{t('addresses.refused', { count: refused })}</span>}
              <span>{t('addresses.lastHour', { at: formats.dateTime(lastHour) })}</span>
            </Text>
            {hasList && !isOnList && (
              <Badge color="yellow" variant="light" className={classes.badge}>
                {t('addresses.notListed')}
              </Badge>
            )}
          </li>
        ))}
      </ul>
      {(hidden > 0 || beyond.count > 0) && (
        <Text size="sm" c="dimmed" px="lg" pb="sm">
          {hidden > 0 && t('addresses.more', { count: hidden })}{' '}
          {beyond.count > 0 && t('addresses.beyond', { count: beyond.count })}
        </Text>
      )}
    </>
  );
}

function Choices({ apiKey, used }: { readonly apiKey: Key; readonly used: UsedAddresses }) {
  const { t } = useTranslation('key');
  const { addresses, addressCheck, status } = apiKey;
  const { change, isPending } = useAddressChange(apiKey);
  const learned = learn(used);
  const isOpen = addressCheck === 'report' || addresses.length === 0;
  if (status === 'revoked') return null;
  const restricted = { addresses: [...addresses, ...(learned ?? [])], addressCheck: 'enforce' as const };
  const canRestrict = learned !== undefined && isOpen && restricted.addresses.length > 0;
  return (
    <div className={classes.ending}>
      <Text c="dimmed" size="sm">
        {t(isOpen ? 'addresses.open' : 'addresses.enforced')}
      </Text>
      <Group gap="xs">
        {addressCheck === 'enforce' && addresses.length > 0 && (
          <Button
            variant="default"
            loading={isPending}
            onClick={() => change({ addressCheck: 'report' }, t('addresses.isOpen', { name: nameOfKey(apiKey) }))}
          >
            {t('addresses.report')}
          </Button>
        )}
        {canRestrict && (
          <Button
            variant="default"
            loading={isPending}
            onClick={() => change(restricted, t('addresses.isRestricted', { name: nameOfKey(apiKey) }))}
          >
            {t('addresses.restrict', { count: restricted.addresses.length })}
          </Button>
        )}
      </Group>
    </div>
  );
}

/**
 * What the list lacks: the addresses with allowed requests. An address that was always refused may be an attacker's.
 * `undefined`: there are more than the list can have, or one that it can't have.
 */
function learn({ data, unlisted, beyond }: UsedAddresses): readonly string[] | undefined {
  const missing = data.filter(({ count, refused, isOnList }) => count > refused && !isOnList);
  const isWhole = unlisted === 0 && beyond.count <= beyond.refused && missing.every(({ canBeListed }) => canBeListed);
  return isWhole ? missing.map(({ address }) => address) : undefined;
}

/** Changes the list, reports it, and offers to undo it. A toast shows a failure. */
function useAddressChange(key: Key) {
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['org', key.org] });
  const { mutate, isPending } = useMutation({
    mutationFn: ({ changes }: { readonly changes: KeyUpdate; readonly said: string }) => updateKey(key, changes),
    onSuccess(changed, { said }) {
      queryClient.setQueryData(keyQuery(changed).queryKey, changed);
      const { addresses, addressCheck } = key;
      sayDone(said, () => updateKey(changed, { addresses, addressCheck }).finally(refresh), {
        id: `addresses-${key.id}`,
      });
    },
    onError: (error) => sayFault(describeError(error)),
    onSettled: refresh,
  });
  return { change: (changes: KeyUpdate, said: string) => mutate({ changes, said }), isPending };
}
