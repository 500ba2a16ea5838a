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
import { ActorName } from '../../entities/audit/actor-name.tsx';
import { useAuditWords } from '../../entities/audit/audit-words.ts';
import { TargetName } from '../../entities/audit/target-name.tsx';
import { Ltr } from '../../ui/ltr.tsx';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './audit.module.css';
import { AuditDetails } from './audit-details.tsx';
import type { AuditEntry } from './audit-query.ts';
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
          <ActorName actor={entry.actor} />
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
