// The open invitations.
import { Badge, Paper } from '@mantine/core';
import { IconMail, IconMailForward, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOrgScope } from '../../entities/scope.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { MailAddress } from '../../ui/ltr.tsx';
import { Menu } from '../../ui/menu.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { InvitationLink } from './invitation-link.tsx';
import { type Invitation, invitationsQuery, revokeInvitation, type SentInvitation } from './invitations-query.ts';
import classes from './members.module.css';
import { mayGrant } from './roles.ts';
import { useInvite } from './use-invite.ts';

/** Only for readers who may invite. Others can't read the list. */
export function InvitationsSection() {
  const { t } = useTranslation('members');
  const { org, config } = useOrgScope();
  const { data, error, refetch } = useQuery(invitationsQuery(org.id));
  const [revoked, setRevoked] = useState<Invitation>();
  const [sent, setSent] = useState<SentInvitation>();
  const queryClient = useQueryClient();
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) {
    return (
      <Paper>
        <SkeletonRows rows={2} height={60} />
      </Paper>
    );
  }
  return (
    <Section
      title={t('invitations.title')}
      text={config.mail ? t('invitations.text') : t('invitations.textByHand')}
      {...(data.length > 0 && { kind: 'rows' })}
    >
      {data.length === 0 ? (
        <p className={classes.none}>{t('invitations.none')}</p>
      ) : (
        <Rows label={t('invitations.title')}>
          {data.map((invitation) => (
            <InvitationRow
              key={invitation.id}
              invitation={invitation}
              onLink={setSent}
              onRevoke={() => setRevoked(invitation)}
            />
          ))}
        </Rows>
      )}
      <ResponsiveDialog
        opened={sent !== undefined}
        onClose={() => setSent(undefined)}
        title={t('link.title')}
        width={480}
      >
        {sent && <InvitationLink sent={sent} onClose={() => setSent(undefined)} />}
      </ResponsiveDialog>
      <ConfirmDialog
        opened={revoked !== undefined}
        onClose={() => setRevoked(undefined)}
        title={t('invitations.revokeTitle', { email: revoked?.email })}
        confirmLabel={t('invitations.revoke')}
        onConfirm={async () => {
          if (revoked === undefined) return;
          await revokeInvitation(org.id, revoked.id);
          sayDone(t('invitations.revoked', { email: revoked.email }));
          await queryClient.invalidateQueries({ queryKey: invitationsQuery(org.id).queryKey });
        }}
      >
        {t('invitations.revokeText')}
      </ConfirmDialog>
    </Section>
  );
}

interface InvitationRowProps {
  readonly invitation: Invitation;
  readonly onLink: (sent: SentInvitation) => void;
  readonly onRevoke: () => void;
}

function InvitationRow({ invitation, onLink, onRevoke }: InvitationRowProps) {
  const { t } = useTranslation(['members', 'common']);
  const scope = useOrgScope();
  const resend = useInvite({ onLink });
  const { email, role, expiresAt } = invitation;
  return (
    <Row
      lead={<IconMail size={22} stroke={1.5} className={classes.mail} />}
      title={<MailAddress>{email}</MailAddress>}
      // The columns of the members above.
      facts={[
        <Badge key="role" variant="default" className={classes.role}>
          {t(`common:roles.${role}`)}
        </Badge>,
        <span key="expires">
          {t('invitations.expires')} <RelativeTime at={expiresAt} />
        </span>,
      ]}
      actions={
        <RowMenu
          label={t('row.actions', { name: email })}
          fault={mayGrant(scope, role) ? undefined : t('role.aboveYours')}
        >
          <Menu.Item
            leftSection={<IconMailForward size={16} aria-hidden />}
            disabled={resend.isPending}
            onClick={() => resend.mutate({ email, role })}
          >
            {t('invitations.resend')}
          </Menu.Item>
          <Menu.DangerousItem leftSection={<IconTrash size={16} aria-hidden />} onClick={onRevoke}>
            {t('invitations.revoke')}…
          </Menu.DangerousItem>
        </RowMenu>
      }
    />
  );
}
