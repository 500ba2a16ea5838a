// What mends a refusal: one click and a confirmation where the console can do it, instructions where people must.
import { Alert, Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconTool } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../api/config.ts';
import { describeError } from '../../api/problem.ts';
import { useFormats } from '../formats.ts';
import { Ltr, Name } from '../ltr.tsx';
import { Popover } from '../popover.tsx';
import { RelativeTime } from '../relative-time.tsx';
import { Tooltip } from '../tooltip.tsx';
import type { AppliedKind, OrgDenial } from './denials-api.ts';
import classes from './fix.module.css';
import { FixAdvice } from './fix-advice.tsx';
import { nameOf, useFix, wordsOf } from './use-fix.tsx';

export interface DenialFixProps {
  readonly denial: OrgDenial;
  /** The id of the organization that the key is of. */
  readonly org: string;
  /** Those of this console, for calls that are right. */
  readonly apis: readonly ConsoleApi[];
  /** Whether the reader may change keys; otherwise the button says who can. */
  readonly canEdit: boolean;
  /** Called once the key is changed; the button is gone then, so the focus wants another place. */
  readonly onFixed?: () => void;
}

/** The fix of any refusal: in the list, beside a key, or while its first request is awaited. */
export function DenialFix(props: DenialFixProps) {
  const { t } = useTranslation('denials');
  const { denial, canEdit } = props;
  const { fix } = denial;
  if (fix.isDone) {
    return (
      <Tooltip label={t(`fix.${fix.kind as AppliedKind}.isDone`, wordsOf(denial))}>
        <Badge
          color="accent"
          variant="light"
          size="lg"
          tabIndex={0}
          leftSection={<IconCheck size={14} aria-hidden />}
          className={classes.done}
        >
          {t('fix.done')}
        </Badge>
      </Tooltip>
    );
  }
  if (!fix.canApply) return <Advice {...props} />;
  if (!canEdit) {
    return (
      <Tooltip label={t('fix.noRight')} multiline maw={280}>
        <Button size="xs" variant="default" data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
          {t(`fix.${fix.kind as AppliedKind}.button`, wordsOf(denial))}
        </Button>
      </Tooltip>
    );
  }
  return <ApplyFix {...props} />;
}

function Advice({ denial, org, apis }: DenialFixProps) {
  const { t } = useTranslation('denials');
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      className={classes.popover}
      button={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconTool size={14} stroke={1.8} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
        >
          {t('fix.how')}
        </Button>
      }
    >
      <FixAdvice denial={denial} org={org} apis={apis} />
    </Popover>
  );
}

function ApplyFix({ denial, org, onFixed }: DenialFixProps) {
  const { t } = useTranslation(['denials', 'common']);
  const formats = useFormats();
  const [isOpen, setOpen] = useState(false);
  const { fix, isPending, error, reset } = useFix(org, denial, () => {
    setOpen(false);
    onFixed?.();
  });
  const kind = denial.fix.kind as AppliedKind;
  const { expiresAt } = denial.fix.params;
  const words = { ...wordsOf(denial), name: nameOf(denial.key), date: expiresAt ? formats.date(expiresAt) : '' };
  const isAddress = kind === 'add_address';

  function toggle(isWanted: boolean): void {
    reset();
    setOpen(isWanted);
  }

  return (
    <Popover
      opened={isOpen}
      onChange={toggle}
      className={classes.popover}
      button={
        <Button size="xs" variant="light" onClick={() => toggle(!isOpen)}>
          {t(`fix.${kind}.button`, words)}
        </Button>
      }
    >
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t(`fix.${kind}.title`, words)}
        </Title>
        <Text size="sm">{t(`fix.${kind}.text`)}</Text>
        <DenialFacts denial={denial} />
        {isAddress && (
          <Text size="sm" c="dimmed">
            {t('fix.trustFirst')}
          </Text>
        )}
        {error !== null && (
          <Alert color="red" role="alert">
            {describeError(error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={() => toggle(false)}>
            {t('common:actions.cancel')}
          </Button>
          <Button size="xs" loading={isPending} onClick={fix} data-autofocus>
            {t(`fix.${kind}.confirm`)}
          </Button>
        </Group>
      </Stack>
    </Popover>
  );
}

function DenialFacts({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('denials');
  const formats = useFormats();
  const { key, firstAt, lastAt, count, method, path } = denial;
  return (
    <dl className={classes.facts}>
      <dt>{t('facts.key')}</dt>
      <dd>
        <Name>{nameOf(key)}</Name>
        {key !== null && key.name !== '' && (
          <div className={classes.masked}>
            <Ltr mono>{key.masked}</Ltr>
          </div>
        )}
      </dd>
      <dt>{t('facts.first')}</dt>
      <dd>
        <RelativeTime at={firstAt} />
      </dd>
      <dt>{t('facts.last')}</dt>
      <dd>
        <RelativeTime at={lastAt} />
      </dd>
      <dt>{t('facts.count')}</dt>
      <dd>{formats.number(count)}</dd>
      <dt>{t('facts.request')}</dt>
      <dd className={classes.request}>
        <Ltr mono>
          {method} {path}
        </Ltr>
      </dd>
    </dl>
  );
}
