// A key whose secret was on a page that is gone, such as after a reload: which key it is, and how to replace or end it.
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Facts } from '../../../ui/facts.tsx';
import { ButtonLink } from '../../../ui/links.tsx';
import { Ltr, Name } from '../../../ui/ltr.tsx';
import { ErrorState, SkeletonRows } from '../../../ui/states.tsx';
import { useApiScope } from '../../scope.ts';
import { keyQuery } from '../api/read-key.ts';
import { useEnvironmentName, useWords } from '../words.ts';

interface LostSecretProps {
  readonly keyId: string;
  readonly onClose: () => void;
}

export function LostSecret({ keyId, onClose }: LostSecretProps) {
  const { t } = useTranslation(['keys', 'common']);
  const { org, api } = useApiScope();
  const words = useWords();
  const environmentName = useEnvironmentName(api);
  const { data: key, error, refetch } = useQuery(keyQuery({ org: org.id, id: keyId }));
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (key === undefined) return <SkeletonRows rows={3} />;
  const { revokeWord, rotate } = api.actions;
  const page = { to: '/orgs/$org/keys/$key', params: { org: org.id, key: keyId } } as const;
  return (
    <Stack gap="md">
      <Alert color="yellow" icon={<IconAlertTriangle size={18} aria-hidden />}>
        {t('lost.text')}
      </Alert>
      <Facts
        facts={[
          [words.nameLabel ?? t('fields.name'), <Name key="name">{key.name || t('list.unnamed')}</Name>],
          [
            t('lost.id'),
            <Group key="id" gap={4} wrap="nowrap">
              <Ltr mono>{key.id}</Ltr>
              <CopyButton text={key.id} label={t('lost.copyId')} />
            </Group>,
          ],
          [t('fields.environment'), environmentName(key.environment)],
        ]}
      />
      {key.status === 'active' && (
        <Text>{t(rotate ? `lost.rotateOr.${revokeWord}` : `lost.replaceOr.${revokeWord}`)}</Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('lost.keep')}
        </Button>
        {key.status === 'active' && (
          <>
            <ButtonLink {...page} search={{ do: 'revoke' }} color="red" variant="light" replace>
              {words.revoke ?? t(`menu.${revokeWord}`)}…
            </ButtonLink>
            <ButtonLink {...page} search={{ do: rotate ? 'rotate' : 'replace' }} replace>
              {rotate ? t('menu.rotate') : t('lost.replace')}…
            </ButtonLink>
          </>
        )}
      </Group>
    </Stack>
  );
}
