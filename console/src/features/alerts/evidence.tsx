// What a rule saw: its numbers beside those it compared with, its words, and the addresses.
import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useApiNames } from '../../entities/api-names.ts';
import usageClasses from '../../entities/usage/usage.module.css';
import { Facts } from '../../ui/facts.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { AlertSubject } from './alert-subject.tsx';
import type { Alert } from './alerts-api.ts';
import { useEvidenceNumbers } from './evidence-numbers.ts';
import { LateWords } from './late-words.ts';
import { wordKinds } from './word-kinds.ts';

export function EvidenceSections({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const formats = useFormats();
  const nameOf = useApiNames();
  const describe = useEvidenceNumbers();
  const { rule, subject, key, hour, lastHour, hours, raisedAt, api, orgName, evidence } = alert;
  const kind = wordKinds[rule];
  return (
    <>
      <Section title={t('evidence.title')}>
        <Facts
          facts={[
            [
              t(`subjects.${subject.kind}`),
              <span key="subject">
                <AlertSubject alert={alert} />
                {key !== null && (
                  <>
                    {' '}
                    <Ltr mono>{key.masked}</Ltr>
                  </>
                )}
              </span>,
            ],
            ...describe(evidence),
            ...(kind === 'none' || evidence.words.length === 0
              ? []
              : [
                  [
                    t(`evidence.${kind}`),
                    <LateWords key="words" fallback={<span />} rule={rule} words={evidence.words} />,
                  ] as const,
                ]),
            [t('evidence.hour'), formats.dateTime(hour)],
            ...(lastHour === hour ? [] : [[t('evidence.lastHour'), formats.dateTime(lastHour)] as const]),
            [t('evidence.times'), t('row.hours', { count: hours })],
            [t('evidence.raisedAt'), <RelativeTime key="raised" at={raisedAt} />],
            ...(api === null ? [] : [[t('evidence.api'), <Name key="api">{nameOf(api)}</Name>] as const]),
            ...(orgName === null ? [] : [[t('evidence.organization'), <Name key="org">{orgName}</Name>] as const]),
          ]}
        />
      </Section>
      {evidence.addresses.length > 0 && <Addresses addresses={evidence.addresses} />}
    </>
  );
}

function Addresses({ addresses }: Pick<Alert['evidence'], 'addresses'>) {
  const { t } = useTranslation('alerts');
  const formats = useFormats();
  return (
    <Section title={t('evidence.addresses')} text={t('evidence.addressesText')} kind="rows">
      <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table className={usageClasses.numbers} data-wide>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('evidence.address')}</Table.Th>
              <Table.Th scope="col" className={usageClasses.number}>
                {t('evidence.count')}
              </Table.Th>
              <Table.Th scope="col" className={usageClasses.number}>
                {t('evidence.refused')}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {addresses.map(({ address, count, refused }) => (
              <Table.Tr key={address}>
                <Table.Th scope="row">{address === '' ? t('evidence.others') : <Ltr mono>{address}</Ltr>}</Table.Th>
                <Table.Td className={usageClasses.number}>{formats.number(count)}</Table.Td>
                <Table.Td className={usageClasses.number}>{formats.number(refused)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}
