// Disables or revokes a key, in the vendor's words.
import { Button, Paper, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Key } from '../../entities/keys/change/key-api.ts';
import { useSwitch } from '../../entities/keys/change/use-switch.ts';
import { useWords } from '../../entities/keys/words.ts';
import { useApiScope } from '../../entities/scope.ts';
import classes from './key.module.css';

interface EndSectionProps {
  readonly apiKey: Key;
  readonly onRevoke: () => void;
}

export function EndSection({ apiKey, onRevoke }: EndSectionProps) {
  const { t } = useTranslation('key');
  const { api, canEdit } = useApiScope();
  const { switchTo, isPending } = useSwitch(apiKey);
  const words = useWords();
  const { disable, revokeWord } = api.actions;
  const to = apiKey.status === 'disabled' ? 'on' : 'off';
  if (!canEdit) return null;
  return (
    <Paper component="section" className={classes.section} aria-label={t('end.title')}>
      {disable && apiKey.status !== 'expired' && (
        <div className={classes.ending}>
          <div>
            <Title order={3}>{t(`switch.${to}`)}</Title>
            <Text c="dimmed" size="sm">
              {t(`switch.${to}Text`)}
            </Text>
          </div>
          <Button variant="default" loading={isPending} onClick={() => void switchTo(to)}>
            {t(`switch.${to}`)}
          </Button>
        </div>
      )}
      <div className={classes.ending}>
        <div>
          <Title order={3}>{t(`revoke.${revokeWord}.title`)}</Title>
          <Text c="dimmed" size="sm">
            {t(`revoke.${revokeWord}.text`)} {words.revokeNote}
          </Text>
        </div>
        <Button variant="default" className={classes.danger} onClick={onRevoke}>
          {words.revoke ?? t(`revoke.${revokeWord}.button`)}
        </Button>
      </div>
    </Paper>
  );
}
