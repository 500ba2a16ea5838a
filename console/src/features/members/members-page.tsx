// The members and invitations of an organization.
import { Badge, Paper, Stack } from '@mantine/core';
import { IconLogout, IconPlus, IconTrash, IconUserMinus, IconUserShield } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAdminFault } from '../../entities/people/admin-fault.ts';
import { LeaveDialog } from '../../entities/people/leave-dialog.tsx';
import { type Member, membersQuery, removeMember } from '../../entities/people/members-query.ts';
import { PersonPicture } from '../../entities/people/person-picture.tsx';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useShortcut } from '../../frame/shortcuts.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { MailAddress, Name } from '../../ui/ltr.tsx';
import { Menu } from '../../ui/menu.tsx';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { DeletePersonDialog } from './delete-person-dialog.tsx';
import { InvitationsSection } from './invitations-section.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { MailNote } from './mail-note.tsx';
import classes from './members.module.css';
import { RoleDialog } from './role-dialog.tsx';
import { mayGrant } from './roles.ts';

export function MembersPage() {
  const { t } = useTranslation('members');
  const { org, canAdminister } = useOrgScope();
  const fault = useAdminFault();
  const [isInviting, setInviting] = useState(false);
  useShortcut('c', () => setInviting(true), canAdminister);
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        commands={{ page: 'members', org: org.id }}
        actions={
          <GuardedButton
            fault={fault}
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setInviting(true)}
          >
            {t('invite.open')}
          </GuardedButton>
        }
      />
      <Stack gap="lg">
        <MemberList />
        {canAdminister && <InvitationsSection />}
        {canAdminister && <MailNote />}
      </Stack>
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

type Doing = { readonly what: 'role' | 'remove' | 'leave' | 'delete'; readonly member: Member };

function MemberList() {
  const { t } = useTranslation('members');
  const { org } = useOrgScope();
  const { data, error, refetch } = useQuery(membersQuery(org.id));
  const [doing, setDoing] = useState<Doing>();
  const queryClient = useQueryClient();
  const close = () => setDoing(undefined);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const removed = doing?.what === 'remove' ? doing.member.person : undefined;
  return (
    <Paper>
      {data === undefined ? (
        <SkeletonRows rows={3} height={62} />
      ) : (
        <Rows label={t('title')}>
          {data.map((member) => (
            <MemberRow key={member.person.id} member={member} onDo={(what) => setDoing({ what, member })} />
          ))}
        </Rows>
      )}
      {doing?.what === 'role' && <RoleDialog member={doing.member} onClose={close} />}
      {doing?.what === 'delete' && <DeletePersonDialog person={doing.member.person} onClose={close} />}
      <LeaveDialog opened={doing?.what === 'leave'} onClose={close} />
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={close}
        title={t('remove.title', { name: removed?.name })}
        confirmLabel={t('remove.confirm')}
        onConfirm={async () => {
          if (removed === undefined) return;
          await removeMember(org.id, removed.id);
          sayDone(t('remove.done', { name: removed.name }));
          await queryClient.invalidateQueries({ queryKey: membersQuery(org.id).queryKey });
        }}
      >
        <Stack gap="xs">
          <span>{t('remove.text', { organization: org.name })}</span>
          <span>{t('remove.keys')}</span>
        </Stack>
      </ConfirmDialog>
    </Paper>
  );
}

function MemberRow({ member, onDo }: { readonly member: Member; readonly onDo: (what: Doing['what']) => void }) {
  const { t } = useTranslation(['members', 'common']);
  const scope = useOrgScope();
  const fault = useAdminFault();
  const { person, role, since } = member;
  const isSelf = person.id === scope.session.person.id;
  const isBelow = mayGrant(scope, role);
  return (
    <Row
      lead={<PersonPicture name={person.name} />}
      title={
        <>
          <Name>{person.name}</Name>
          {isSelf && (
            <Badge variant="light" size="sm" className={classes.role}>
              {t('row.you')}
            </Badge>
          )}
        </>
      }
      text={<MailAddress>{person.email}</MailAddress>}
      facts={[
        <Badge key="role" variant="default" className={classes.role}>
          {t(`common:roles.${role}`)}
        </Badge>,
        <span key="since">
          {t('row.since')} <RelativeTime at={since} />
        </span>,
      ]}
      actions={
        <RowMenu
          label={t('row.actions', { name: person.name })}
          fault={isSelf || isBelow ? undefined : (fault ?? t('role.aboveYours'))}
        >
          {isBelow && (
            <Menu.Item leftSection={<IconUserShield size={16} aria-hidden />} onClick={() => onDo('role')}>
              {t('role.open')}
            </Menu.Item>
          )}
          {isSelf ? (
            <Menu.Item
              color="red"
              leftSection={<MirroredIcon icon={IconLogout} size={16} />}
              onClick={() => onDo('leave')}
            >
              {t('leave.open')}
            </Menu.Item>
          ) : (
            <Menu.DangerousItem leftSection={<IconUserMinus size={16} aria-hidden />} onClick={() => onDo('remove')}>
              {t('remove.open')}
            </Menu.DangerousItem>
          )}
          {scope.session.person.isOperator && !isSelf && (
            <Menu.DangerousItem leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onDo('delete')}>
              {t('delete.open')}
            </Menu.DangerousItem>
          )}
        </RowMenu>
      }
    />
  );
}
