// The facts about a key.
import { Paper } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { creatorQuery, type Key } from '../../entities/keys/change/key-api.ts';
import { Expiry } from '../../entities/keys/expiry.tsx';
import { useApiScope } from '../../entities/scope.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './key.module.css';

export function KeyFacts({ apiKey }: { readonly apiKey: Key }) {
  const { t } = useTranslation('key');
  const formats = useFormats();
  const { api, canAdminister } = useApiScope();
  const creator = useQuery({ ...creatorQuery(apiKey), enabled: canAdminister });
  const { masked, createdAt, lastUsedAt, lastUsedAddress, id, expiresAt } = apiKey;
  return (
    <Paper component="dl" className={classes.facts} aria-label={t('facts.label')}>
      <Fact label={t('facts.secret')}>
        <Ltr mono>{masked}</Ltr>
      </Fact>
      <Fact
        label={t('facts.lastUsed')}
        detail={lastUsedAddress !== null && <Detail text={t('facts.from')} address={lastUsedAddress} />}
      >
        <RelativeTime at={lastUsedAt} never={t('facts.neverUsed')} />
      </Fact>
      {(api.fields.expiry.offered || expiresAt !== null) && (
        <Fact label={t('facts.expires')} detail={expiresAt !== null && formats.date(expiresAt)}>
          <Expiry at={expiresAt} />
        </Fact>
      )}
      <Fact
        label={t('facts.created')}
        detail={
          creator.data &&
          (creator.data.id === null ? (
            t('facts.byOperator')
          ) : (
            <>
              {t('facts.by')}{' '}
              {creator.data.label === null ? t('facts.deletedPerson') : <Name>{creator.data.label}</Name>}
            </>
          ))
        }
      >
        {formats.date(createdAt)}
      </Fact>
      <Fact label={t('facts.id')}>
        <span className={classes.id}>
          <span className={classes.whole} dir="ltr">
            <Ltr mono>{id}</Ltr>
          </span>
          <CopyButton text={id} label={t('facts.copyId')} />
        </span>
      </Fact>
    </Paper>
  );
}

interface FactProps {
  readonly label: string;
  readonly detail?: ReactNode;
  readonly children: ReactNode;
}

function Fact({ label, detail, children }: FactProps) {
  return (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd>{children}</dd>
      {detail && <dd className={classes.detail}>{detail}</dd>}
    </div>
  );
}

function Detail({ text, address }: { readonly text: string; readonly address: string }) {
  return (
    <>
      {text} <Ltr mono>{address}</Ltr>
    </>
  );
}
