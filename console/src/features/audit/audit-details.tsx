// The details of an entry: what changed, where from, and its place in the chain.
import { Anchor, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { tokenNameOf } from '../../entities/audit/actor-name.tsx';
import { useAuditWords } from '../../entities/audit/audit-words.ts';
import { useEnvironmentNames } from '../../entities/keys/words.ts';
import { useKindName } from '../../entities/people/kind-name.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { useFormats } from '../../ui/formats.ts';
import { Ltr, Name } from '../../ui/ltr.tsx';
import classes from './audit.module.css';
import type { AuditEntry } from './audit-query.ts';
import { type Difference, differencesOf, type Value } from './difference.ts';

interface AuditDetailsProps {
  readonly entry: AuditEntry;
  readonly onTarget: (target: string) => void;
}

export function AuditDetails({ entry, onTarget }: AuditDetailsProps) {
  const { t } = useTranslation('audit');
  const formats = useFormats();
  const words = useAuditWords();
  const { at, actor, address, via, requestId, target, seq, hash } = entry;
  const differences = differencesOf(entry);
  return (
    <div className={classes.details}>
      {differences.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t(entry.erased.includes('state') ? 'details.erased' : 'details.noChange')}
        </Text>
      ) : (
        <Table.ScrollContainer minWidth={300} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table withTableBorder className={classes.differences} highlightOnHover={false} verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t('details.field')}</Table.Th>
                {entry.before !== null && <Table.Th scope="col">{t('details.before')}</Table.Th>}
                {entry.after !== null && <Table.Th scope="col">{t('details.after')}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {differences.map((difference) => (
                <Table.Tr key={difference.field}>
                  <Table.Th scope="row">{words.field(difference.field)}</Table.Th>
                  {entry.before !== null && (
                    <Table.Td>
                      <Side entry={entry} difference={difference} side="before" />
                    </Table.Td>
                  )}
                  {entry.after !== null && (
                    <Table.Td>
                      <Side entry={entry} difference={difference} side="after" />
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <dl className={classes.facts}>
        <dt>{t('details.when')}</dt>
        <dd>{formats.dateTime(at)}</dd>
        <dt>{t('details.actor')}</dt>
        <dd>
          {t(`actors.${wordOf(actor)}`)}
          {actor.id !== null && (
            <>
              {' '}
              <Ltr mono>{actor.id}</Ltr>
            </>
          )}
        </dd>
        <dt>{t('details.address')}</dt>
        <dd>{address === null ? t('details.unknownAddress') : <Ltr mono>{address}</Ltr>}</dd>
        <dt>{t('details.way')}</dt>
        <dd>{words.via(via)}</dd>
        <dt>{t('details.target')}</dt>
        <dd>
          <Ltr mono>{target.id}</Ltr>{' '}
          <Anchor component="button" type="button" size="sm" onClick={() => onTarget(target.id)}>
            {t('details.onlyThis')}
          </Anchor>
        </dd>
        {requestId !== null && (
          <>
            <dt>{t('details.request')}</dt>
            <dd>
              <Ltr mono>{requestId}</Ltr>
            </dd>
          </>
        )}
        <dt>{t('details.entry')}</dt>
        <dd>{formats.number(seq)}</dd>
        <dt>{t('details.hash')}</dt>
        <dd>
          <Ltr mono>{hash}</Ltr>
        </dd>
      </dl>
    </div>
  );
}

interface SideProps {
  readonly entry: AuditEntry;
  readonly difference: Difference;
  readonly side: 'before' | 'after';
}

/** The API that the entry names. */
function apiOf({ before, after }: AuditEntry): unknown {
  return after?.api ?? before?.api;
}

function Side({ entry, difference, side }: SideProps) {
  const { t } = useTranslation('audit');
  if (difference.kind === 'value')
    return <ShownValue field={difference.field} value={difference[side]} api={apiOf(entry)} />;
  const { kept } = difference;
  const changed = side === 'before' ? difference.removed : difference.added;
  if (kept.length + changed.length === 0) return <Text c="dimmed">{t('details.nothing')}</Text>;
  const mark = side === 'before' ? t('details.removed') : t('details.added');
  return (
    <ul className={classes.members}>
      {kept.map((each) => (
        <li key={each}>
          <Ltr mono>{each}</Ltr>
        </li>
      ))}
      {changed.map((each) => (
        <li key={each} className={classes.changed} data-side={side} title={mark}>
          <Ltr mono>{each}</Ltr>
        </li>
      ))}
    </ul>
  );
}

interface ShownValueProps {
  readonly field: string;
  readonly value: Value;
  readonly api: unknown;
}

function ShownValue({ field, value, api }: ShownValueProps) {
  const { t } = useTranslation(['audit', 'common']);
  const formats = useFormats();
  const { config } = useOrgScope();
  const environmentName = useEnvironmentNames();
  const kindName = useKindName();
  if (value === null) return <Text c="dimmed">{t('details.nothing')}</Text>;
  if (typeof value === 'number') return <>{formats.number(value)}</>;
  const text = String(value);
  if (/At$/.test(field) && !Number.isNaN(Date.parse(text))) return <>{formats.dateTime(text)}</>;
  if (field === 'role' && isRole(text)) return <>{t(`common:roles.${text}`)}</>;
  if (field === 'earlierSecretsEndAt') return <>{t('details.untilEnded')}</>;
  if (field === 'status' && (text === 'active' || text === 'suspended')) return <>{t(`statuses.${text}`)}</>;
  if (field === 'addressCheck' && (text === 'enforce' || text === 'report')) return <>{t(`addressChecks.${text}`)}</>;
  if (field === 'kind') return <>{kindName(text)}</>;
  if (field === 'environment') {
    // A vendor's console has the vendor's words, also for keys of other APIs.
    const named = config.apis.length === 1 ? config.apis[0] : config.apis.find(({ id }) => id === api);
    return <>{environmentName(named, text === 'test' ? 'test' : 'live')}</>;
  }
  return field === 'name' ? <Name>{text}</Name> : <Ltr mono={field !== 'email'}>{text}</Ltr>;
}

function isRole(text: string): text is 'owner' | 'admin' | 'developer' | 'viewer' {
  return ['owner', 'admin', 'developer', 'viewer'].includes(text);
}

function wordOf(actor: AuditEntry['actor']) {
  if (tokenNameOf(actor) !== undefined) return 'program';
  return actor.kind === 'operator' && actor.id === null ? 'token' : actor.kind;
}
