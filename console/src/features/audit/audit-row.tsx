// One entry of the audit log. It opens to show its details.
import { Badge, Collapse, Text, ThemeIcon, UnstyledButton } from '@mantine/core';
import {
  type Icon,
  IconBuilding,
  IconChevronRight,
  IconKey,
  IconKeyOff,
  IconMail,
  IconPencil,
  IconRefresh,
  IconUser,
} from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './audit.module.css';
import { AuditDetails } from './audit-details.tsx';
import { type AuditEntry, tokenNameOf } from './audit-query.ts';
import { useAuditWords } from './audit-words.ts';
import { isOfFix } from './difference.ts';

const icons: Readonly<Record<string, Icon>> = {
  'key.created': IconKey,
  'key.updated': IconPencil,
  'key.rotated': IconRefresh,
  'key.revoked': IconKeyOff,
  'key.disabled': IconKeyOff,
  key: IconKey,
  member: IconUser,
  invitation: IconMail,
  org: IconBuilding,
};

interface AuditRowProps {
  readonly entry: AuditEntry;
  /** Filters the list by one target. */
  readonly onTarget: (target: string) => void;
}

export function AuditRow({ entry, onTarget }: AuditRowProps) {
  const { t } = useTranslation('audit');
  const words = useAuditWords();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { action, at, address } = entry;
  const ActionIcon = icons[action] ?? icons[action.split('.')[0] ?? ''] ?? IconPencil;
  const isEnding = /\.(revoked|removed|suspended|disabled)$/.test(action);
  return (
    <li className={classes.entry}>
      <div className={classes.row}>
        <ThemeIcon variant="light" color={isEnding ? 'red' : 'gray'} size={36} radius="md" aria-hidden>
          <ActionIcon size={19} stroke={1.6} />
        </ThemeIcon>
        <div className={classes.what}>
          <UnstyledButton
            className={classes.opener}
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(!isOpen)}
          >
            <Text fw={600} component="span">
              {words.action(action)}
            </Text>{' '}
            <TargetName entry={entry} />
          </UnstyledButton>
          {isOfFix(entry) && (
            <Badge variant="light" size="sm" className={classes.byFix}>
              {t('byFix')}
            </Badge>
          )}
        </div>
        <div className={classes.who}>
          <ActorName entry={entry} />
          <Text size="sm" c="dimmed" component="div">
            {address === null ? words.via(entry.via) : <Ltr>{address}</Ltr>}
          </Text>
        </div>
        <Text size="sm" c="dimmed" component="div" className={classes.when}>
          <RelativeTime at={at} />
        </Text>
        <span className={classes.chevron} data-open={isOpen || undefined}>
          <MirroredIcon icon={IconChevronRight} size={16} />
        </span>
      </div>
      <Collapse expanded={isOpen} id={id}>
        {isOpen && <AuditDetails entry={entry} onTarget={onTarget} />}
      </Collapse>
    </li>
  );
}

/** Shows the current name, else the name in the entry, else the id. */
function TargetName({ entry: { target, targetName, before, after } }: { readonly entry: AuditEntry }) {
  if (target.kind === 'org') return null;
  const said = [targetName, after?.name, before?.name, after?.email, before?.email].find(
    (each) => typeof each === 'string' && each !== '',
  );
  return typeof said === 'string' ? <Name>{said}</Name> : <Ltr mono>{target.id}</Ltr>;
}

function ActorName({ entry: { actor } }: { readonly entry: AuditEntry }) {
  const { t } = useTranslation('audit');
  if (actor.kind === 'system') return <Text size="sm">{t('actors.system')}</Text>;
  if (actor.kind === 'operator' && actor.id === null) return <Text size="sm">{t('actors.token')}</Text>;
  const token = tokenNameOf(actor);
  if (token !== undefined) {
    return (
      <Text size="sm" component="div" className={classes.actor}>
        {t('actors.program')} <Name>{token}</Name>
      </Text>
    );
  }
  if (actor.label === null)
    return <Text size="sm">{t(`actors.deleted.${actor.kind === 'key' ? 'key' : 'person'}`)}</Text>;
  return (
    <Text size="sm" component="div" className={classes.actor}>
      <Name>{actor.label}</Name>
    </Text>
  );
}
