// Who changed something: a person, a program with a token, a key, or the system.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { components } from '../../api/schema.ts';
import { Name } from '../../ui/ltr.tsx';
import classes from './actor-name.module.css';

export type Actor = components['schemas']['AuditRecord']['actor'];

/** The name of the token with which a program acted. `undefined`: another actor. */
export function tokenNameOf({ kind, id, label }: Actor): string | undefined {
  return kind === 'operator' && id?.startsWith('tok_') === true ? (label ?? '').replace(/^token /, '') : undefined;
}

export function ActorName({ actor }: { readonly actor: Actor }) {
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
