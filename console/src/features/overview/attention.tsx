// The keys that need attention, by reason, each with the link to its fix.
import { Text, ThemeIcon } from '@mantine/core';
import {
  type Icon,
  IconCircleCheck,
  IconClockExclamation,
  IconGauge,
  IconHandStop,
  IconMapPinOff,
  IconMoonStars,
  IconRefreshAlert,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { components } from '../../api/schema.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { useFormats } from '../../ui/formats.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { useNow } from '../../ui/use-now.ts';
import { LateAlerts } from './late-alerts.ts';
import classes from './overview.module.css';

type Attention = components['schemas']['OrgOverview']['attention'][number];
type Kind = Attention['kind'];
type Key = components['schemas']['AttentionKey'];

const icons: Readonly<Record<Kind, Icon>> = {
  blocked: IconMapPinOff,
  expiring: IconClockExclamation,
  limit_hit: IconGauge,
  limit_near: IconGauge,
  refused: IconHandStop,
  rotation: IconRefreshAlert,
  unused: IconMoonStars,
};

/** The view of the list of keys that shows all keys of a kind. */
const views = { blocked: 'blocked', expiring: 'expiring14', rotation: 'rotation', unused: 'unused90' } as const;

interface AttentionSectionProps {
  readonly attention: readonly Attention[];
  readonly openAlerts: number;
}

export function AttentionSection({ attention, openAlerts }: AttentionSectionProps) {
  const { t } = useTranslation('overview');
  const { org } = useOrgScope();
  const isFine = attention.length === 0 && openAlerts === 0;
  return (
    <Section title={t('attention.title')} text={t('attention.text')} kind={isFine ? 'plain' : 'rows'}>
      {isFine ? (
        <Text className={classes.fine}>
          <IconCircleCheck size={18} stroke={1.7} aria-hidden /> {t('attention.none')}
        </Text>
      ) : (
        <Rows label={t('attention.title')}>
          {openAlerts > 0 && <LateAlerts fallback={null} count={openAlerts} org={org.id} />}
          {attention.map((each) => (
            <AttentionRow key={each.kind} attention={each} />
          ))}
        </Rows>
      )}
    </Section>
  );
}

function AttentionRow({ attention: { kind, total, keys } }: { readonly attention: Attention }) {
  const { t } = useTranslation('overview');
  const { org } = useOrgScope();
  const KindIcon = icons[kind];
  const view = kind in views ? views[kind as keyof typeof views] : undefined;
  return (
    <Row
      lead={
        <ThemeIcon variant="light" color={kind === 'unused' ? 'gray' : 'yellow'} size={36} radius="md">
          <KindIcon size={19} stroke={1.6} />
        </ThemeIcon>
      }
      title={t(`attention.kinds.${kind}`, { count: total })}
      text={
        <>
          <ul className={classes.keys}>
            {keys.map((key) => (
              <li key={key.id}>
                <KeyFix kind={kind} apiKey={key} /> <KeyFact kind={kind} apiKey={key} />
              </li>
            ))}
          </ul>
          {total > keys.length && view !== undefined && (
            <AnchorLink to="/orgs/$org/keys" params={{ org: org.id }} search={{ show: view }} size="sm">
              {t('attention.all', { count: total })}
            </AnchorLink>
          )}
        </>
      }
    />
  );
}

/** Leads where the reader fixes it: the form of the key, its rotation, its page, or its denied requests. */
function KeyFix({
  kind,
  apiKey: { id, name, masked, api, environment },
}: {
  readonly kind: Kind;
  readonly apiKey: Key;
}) {
  const { org } = useOrgScope();
  const scope = { api, env: environment === 'test' ? ('test' as const) : undefined };
  const shown = name === '' ? <Ltr mono>{masked}</Ltr> : <Name>{name}</Name>;
  if (kind === 'refused' || kind === 'limit_hit') {
    return (
      <AnchorLink to="/orgs/$org/denials" params={{ org: org.id }} search={{ ...scope, key: id }} size="sm">
        {shown}
      </AnchorLink>
    );
  }
  const act = kind === 'rotation' ? 'rotate' : kind === 'unused' ? undefined : 'edit';
  return (
    <AnchorLink
      to="/orgs/$org/keys/$key"
      params={{ org: org.id, key: id }}
      search={{ ...scope, ...(act && { do: act }) }}
      size="sm"
    >
      {shown}
    </AnchorLink>
  );
}

function KeyFact({ kind, apiKey }: { readonly kind: Kind; readonly apiKey: Key }) {
  const { t } = useTranslation('overview');
  const formats = useFormats();
  const nowMs = useNow();
  const { count = 0, limit = '', expiresAt, lastUsedAt, secretCreatedAt } = apiKey;
  switch (kind) {
    case 'expiring':
      return <RelativeTime at={expiresAt} />;
    case 'unused':
      return lastUsedAt === null ? t('attention.never') : <RelativeTime at={lastUsedAt} />;
    case 'rotation':
      return t('attention.made', { ago: formats.relative(secretCreatedAt, nowMs) });
    case 'limit_near':
      return (
        <>
          {t('attention.most', { number: count })} <Ltr mono>{limit}</Ltr>
        </>
      );
    case 'limit_hit':
    case 'refused':
      return t('attention.refused', { count });
    case 'blocked':
      return null;
  }
}
