// Adds, renames and deletes passkeys.
import { Alert, Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconFingerprint, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { fieldFaults } from '../../api/problem.ts';
import { useScope } from '../../entities/scope.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { Name } from '../../ui/ltr.tsx';
import { Menu } from '../../ui/menu.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './account.module.css';
import { type Passkey, passkeysQuery } from './account-queries.ts';
import { addPasskey, passkeyFault } from './add-passkey.ts';
import { describeAgent } from './describe-agent.ts';
import { isStale, SignInAgain } from './sign-in-again.tsx';

type Doing = { readonly what: 'add' } | { readonly what: 'rename' | 'delete'; readonly passkey: Passkey };

export function PasskeysSection() {
  const { t } = useTranslation('account');
  const { config } = useScope();
  const { data, error, isPending, refetch } = useQuery(passkeysQuery);
  const [doing, setDoing] = useState<Doing>();
  const queryClient = useQueryClient();
  const fault = passkeyFault(config.passkeys);
  const close = () => setDoing(undefined);
  const refresh = () => queryClient.invalidateQueries({ queryKey: passkeysQuery.queryKey });
  const nameOf = ({ name }: Passkey) => (name == null || name === '' ? t('passkeys.unnamed') : name);
  const deleted = doing?.what === 'delete' ? doing.passkey : undefined;
  const hasSome = data !== undefined && data.length > 0;
  return (
    <Section
      id="passkeys"
      title={t('passkeys.title')}
      text={t('passkeys.text')}
      kind={hasSome ? 'rows' : 'plain'}
      actions={
        fault === undefined && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setDoing({ what: 'add' })}
          >
            {t('passkeys.open')}
          </Button>
        )
      }
    >
      {isPending && <SkeletonRows rows={1} height={60} />}
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {fault !== undefined && !hasSome && <Alert color="gray">{t(`passkeys.${fault}`)}</Alert>}
      {data?.length === 0 && fault === undefined && <p className={classes.none}>{t('passkeys.none')}</p>}
      {hasSome && (
        <Rows label={t('passkeys.title')}>
          {data.map((passkey) => (
            <Row
              key={passkey.id}
              lead={<IconFingerprint size={24} stroke={1.4} className={classes.icon} />}
              title={
                <>
                  <Name>{nameOf(passkey)}</Name>
                  {passkey.deviceType === 'multiDevice' && (
                    <Badge variant="light" size="sm" className={classes.badge}>
                      {t('passkeys.synced')}
                    </Badge>
                  )}
                </>
              }
              text={
                <>
                  {t('passkeys.added')} <RelativeTime at={passkey.createdAt} />
                </>
              }
              actions={
                <RowMenu label={t('passkeys.actions', { name: nameOf(passkey) })}>
                  <Menu.Item
                    leftSection={<IconPencil size={16} aria-hidden />}
                    onClick={() => setDoing({ what: 'rename', passkey })}
                  >
                    {t('passkeys.rename')}
                  </Menu.Item>
                  <Menu.Item
                    color="red"
                    leftSection={<IconTrash size={16} aria-hidden />}
                    onClick={() => setDoing({ what: 'delete', passkey })}
                  >
                    {t('passkeys.delete')}…
                  </Menu.Item>
                </RowMenu>
              }
            />
          ))}
        </Rows>
      )}
      <ResponsiveDialog opened={doing?.what === 'add'} onClose={close} title={t('passkeys.addTitle')} width={440}>
        <AddForm
          onDone={async (name) => {
            close();
            sayDone(t('passkeys.done', { name }));
            await refresh();
          }}
        />
      </ResponsiveDialog>
      <ResponsiveDialog opened={doing?.what === 'rename'} onClose={close} title={t('passkeys.rename')} width={440}>
        {doing?.what === 'rename' && (
          <RenameForm
            passkey={doing.passkey}
            onDone={async (name) => {
              close();
              sayDone(t('passkeys.renamed', { name }));
              await refresh();
            }}
          />
        )}
      </ResponsiveDialog>
      <ConfirmDialog
        opened={deleted !== undefined}
        onClose={close}
        title={t('passkeys.deleteTitle', { name: deleted && nameOf(deleted) })}
        confirmLabel={t('passkeys.delete')}
        onConfirm={async () => {
          if (deleted === undefined) return;
          await callAuth('POST', '/passkey/delete-passkey', { id: deleted.id });
          sayDone(t('passkeys.deleted', { name: nameOf(deleted) }));
          await refresh();
        }}
      >
        {t('passkeys.deleteText')}
      </ConfirmDialog>
    </Section>
  );
}

interface NameFormProps {
  readonly initial: string;
  readonly submitLabel: string;
  readonly onName: (name: string) => void;
  readonly error: unknown;
  readonly isPending: boolean;
}

function NameForm({ initial, submitLabel, onName, error, isPending }: NameFormProps) {
  const { t } = useTranslation(['account', 'auth']);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: initial },
    validate: { name: (name) => (name.trim() === '' ? t('auth:faults.required') : null) },
  });
  const ofField = fieldFaults(error).name;
  const name = form.getInputProps('name');
  return (
    <form
      onSubmit={form.onSubmit(
        (values) => onName(values.name.trim()),
        () => form.getInputNode('name')?.focus(),
      )}
      noValidate
    >
      <Stack gap="md">
        <TextInput
          label={t('passkeys.name')}
          description={t('passkeys.nameHint')}
          autoComplete="off"
          maxLength={100}
          data-autofocus
          key={form.key('name')}
          {...name}
          error={name.error ?? ofField}
        />
        {isStale(error) ? <SignInAgain error={error} /> : <FormError error={ofField === undefined ? error : null} />}
        <Group justify="flex-end">
          <Button type="submit" loading={isPending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function AddForm({ onDone }: { readonly onDone: (name: string) => Promise<void> }) {
  const { t } = useTranslation('account');
  const { browser, system } = describeAgent(navigator.userAgent);
  const add = useMutation({
    mutationFn: addPasskey,
    onSuccess: (outcome, name) => (outcome === 'added' ? onDone(name) : undefined),
  });
  return (
    <Stack gap="md">
      <Text>{t('passkeys.addText')}</Text>
      {add.data !== undefined && add.data !== 'added' && (
        <Alert color="yellow" role="alert">
          {t(`passkeys.${add.data}`)}
        </Alert>
      )}
      <NameForm
        initial={system ?? browser ?? ''}
        submitLabel={t('passkeys.add')}
        onName={(name) => add.mutate(name)}
        error={add.error}
        isPending={add.isPending}
      />
    </Stack>
  );
}

interface RenameFormProps {
  readonly passkey: Passkey;
  readonly onDone: (name: string) => Promise<void>;
}

function RenameForm({ passkey, onDone }: RenameFormProps) {
  const { t } = useTranslation('common');
  const rename = useMutation({
    mutationFn: (name: string) => callAuth('POST', '/passkey/update-passkey', { id: passkey.id, name }),
    onSuccess: (_, name) => onDone(name),
  });
  return (
    <NameForm
      initial={passkey.name ?? ''}
      submitLabel={t('actions.save')}
      onName={(name) => rename.mutate(name)}
      error={rename.error}
      isPending={rename.isPending}
    />
  );
}
