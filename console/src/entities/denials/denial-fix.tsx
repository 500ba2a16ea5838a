// The fix of a denied request: one click where the console can do it, instructions where a person must.
import { Alert, Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconTool } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { useFormats } from '../../ui/formats.ts';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { Popover } from '../../ui/popover.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import { useOrgScope } from '../scope.ts';
import type { AppliedKind, OrgDenial } from './denials-api.ts';
import classes from './fix.module.css';
import { FixAdvice } from './fix-advice.tsx';
import { RequestLine } from './request-line.tsx';
import { nameOf, useFix, wordsOf } from './use-fix.tsx';

export interface DenialFixProps {
  readonly denial: OrgDenial;
  /** Called when the key is changed. The button is gone then, so the focus needs another place. */
  readonly onFixed?: () => void;
}

/** The fix of a denied request, in the list, on a key's page, or while a first request is awaited. */
export function DenialFix(props: DenialFixProps) {
  const { t } = useTranslation('denials');
  const { canEdit } = useOrgScope();
  const { denial } = props;
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
  if (!fix.canApply) return <Advice denial={denial} />;
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

function Advice({ denial }: Pick<DenialFixProps, 'denial'>) {
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
      <FixAdvice denial={denial} />
    </Popover>
  );
}

function ApplyFix({ denial, onFixed }: DenialFixProps) {
  const { t } = useTranslation(['denials', 'common']);
  const [isOpen, setOpen] = useState(false);
  // Lists refresh themselves. The reader confirms the denial that they saw when they opened the dialog.
  const [shown, setShown] = useState(denial);
  const { fix, isPending, error, reset } = useFix(shown, {
    onFixed() {
      setOpen(false);
      onFixed?.();
    },
    onChanged: setShown,
  });

  function toggle(isWanted: boolean): void {
    reset();
    if (isWanted) setShown(denial);
    setOpen(isWanted);
  }

  return (
    <Popover
      opened={isOpen}
      onChange={toggle}
      className={classes.popover}
      button={
        <Button size="xs" variant="light" onClick={() => toggle(!isOpen)}>
          {t(`fix.${denial.fix.kind as AppliedKind}.button`, wordsOf(denial))}
        </Button>
      }
    >
      <Stack gap="sm">
        {error !== null && (
          <Alert color="red" role="alert">
            {describeError(error)}
          </Alert>
        )}
        {shown.fix.canApply ? <Question denial={shown} /> : <NoQuestion denial={shown} />}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={() => toggle(false)}>
            {shown.fix.canApply ? t('common:actions.cancel') : t('common:actions.close')}
          </Button>
          {shown.fix.canApply && (
            <Button size="xs" loading={isPending} onClick={fix} data-autofocus>
              {t(`fix.${shown.fix.kind as AppliedKind}.confirm`)}
            </Button>
          )}
        </Group>
      </Stack>
    </Popover>
  );
}

function Question({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('denials');
  const formats = useFormats();
  const kind = denial.fix.kind as AppliedKind;
  const { expiresAt } = denial.fix.params;
  const words = { ...wordsOf(denial), name: nameOf(denial.key), date: expiresAt ? formats.date(expiresAt) : '' };
  return (
    <>
      <Title order={2} size="h3">
        {t(`fix.${kind}.title`, words)}
      </Title>
      <Text size="sm">{t(`fix.${kind}.text`)}</Text>
      <DenialFacts denial={denial} />
      {kind === 'add_address' && (
        <Text size="sm" c="dimmed">
          {t('fix.trustFirst')}
        </Text>
      )}
    </>
  );
}

/** The fix changed while it was open: it is done, or a person must do it. */
function NoQuestion({ denial }: Pick<DenialFixProps, 'denial'>) {
  const { t } = useTranslation('denials');
  if (!denial.fix.isDone) return <FixAdvice denial={denial} />;
  return <Text size="sm">{t(`fix.${denial.fix.kind as AppliedKind}.isDone`, wordsOf(denial))}</Text>;
}

function DenialFacts({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('denials');
  const formats = useFormats();
  const { key, firstAt, lastAt, count } = denial;
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
        <RequestLine denial={denial} />
      </dd>
    </dl>
  );
}
