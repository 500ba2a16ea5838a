// The list of keys on a phone: a card for each.
import { Group, Paper, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { AllowedAddresses } from '../../../entities/keys/allowed-addresses.tsx';
import { Expiry } from '../../../entities/keys/expiry.tsx';
import { KeyStatus } from '../../../entities/keys/key-status.tsx';
import { RotationDue } from '../../../entities/keys/rotation-due.tsx';
import { Sparkline } from '../../../entities/keys/sparkline.tsx';
import { useWords } from '../../../entities/keys/words.ts';
import { useApiScope } from '../../../entities/scope.ts';
import classes from './key-cards.module.css';
import { ChooseBox, isRevocable, KeyLink, type KeyTableProps, LastUse, RowMenu, toggled } from './key-table.tsx';

export function KeyCards({ rows, chosen, onChosen, onAction }: KeyTableProps) {
  const { t } = useTranslation('keys');
  const { api, canEdit } = useApiScope();
  const words = useWords();
  const { fields } = api;
  return (
    <Stack component="ul" gap="sm" className={classes.cards}>
      {rows.map((key) => (
        <Paper component="li" key={key.id} p="md" data-key={key.id}>
          <Group wrap="nowrap" align="flex-start" gap="sm">
            {canEdit && (
              <ChooseBox
                size="sm"
                label={t('list.choose', { name: key.name || key.masked })}
                checked={chosen.has(key.id)}
                disabled={!isRevocable(key)}
                onChange={() => onChosen(toggled(chosen, key.id))}
              />
            )}
            <div className={classes.name}>
              <KeyLink shown={key} />
            </div>
            <RowMenu apiKey={key} onAction={onAction} />
          </Group>
          <dl className={classes.facts}>
            <dt>{t('columns.status')}</dt>
            <dd>
              <KeyStatus status={key.status} actions={api.actions} />
              <RotationDue apiKey={key} />
            </dd>
            {fields.addresses.offered && (
              <>
                <dt>{words.addressesLabel ?? t('columns.addresses')}</dt>
                <dd>
                  <AllowedAddresses addresses={key.addresses} emptyMeans={fields.addresses.emptyMeans} />
                </dd>
              </>
            )}
            <dt>{t('columns.lastUsed')}</dt>
            <dd>
              <LastUse apiKey={key} />
            </dd>
            {fields.expiry.offered && (
              <>
                <dt>{t('columns.expires')}</dt>
                <dd>
                  <Expiry at={key.expiresAt} />
                </dd>
              </>
            )}
            <dt>{t('columns.use')}</dt>
            <dd>
              <Sparkline {...key.daily} />
            </dd>
          </dl>
        </Paper>
      ))}
    </Stack>
  );
}
