// The deliveries of a webhook: what was sent, how each attempt ended, and a button to send it again.
import { Button, Collapse, Text } from '@mantine/core';
import { IconChevronDown, IconSend } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { keyOf, type Place } from '../../entities/place.ts';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { MorePages } from '../../ui/more-pages.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { statuses } from './deliveries-search.ts';
import { DeliveryStatus, useAttemptWords } from './delivery-status.tsx';
import classes from './webhooks.module.css';
import { attemptsQuery, type Delivery, deliveriesQuery, replayDelivery, type Webhook } from './webhooks-api.ts';

interface DeliveriesProps {
  readonly place: Place;
  readonly webhook: Webhook;
  readonly status: Delivery['status'] | undefined;
  readonly onStatus: (status: Delivery['status'] | undefined) => void;
}

export function Deliveries({ place, webhook, status, onStatus }: DeliveriesProps) {
  const { t } = useTranslation('webhooks');
  const list = useInfiniteQuery(deliveriesQuery(place, webhook.id, status));
  const deliveries = list.data?.pages.flatMap(({ data }) => data) ?? [];
  if (list.data === undefined && list.error !== null) {
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  }
  return (
    <Section
      title={t('deliveries.title')}
      text={t('deliveries.text')}
      actions={
        <ChoiceFilter
          label={t('deliveries.filter')}
          any={t('deliveries.any')}
          choices={statuses.map((each) => ({ value: each, label: t(`deliveries.statuses.${each}`) }))}
          value={status}
          onChange={onStatus}
        />
      }
      {...((list.isPending || deliveries.length > 0) && { kind: 'rows' })}
    >
      {list.isPending ? (
        <SkeletonRows rows={4} height={64} />
      ) : deliveries.length === 0 ? (
        <p className={classes.none}>{t(status === undefined ? 'deliveries.none' : 'deliveries.noneSuch')}</p>
      ) : (
        <>
          <Rows label={t('deliveries.title')}>
            {deliveries.map((delivery) => (
              <DeliveryRow key={delivery.id} place={place} webhook={webhook} delivery={delivery} />
            ))}
          </Rows>
          <MorePages list={list} label={t('deliveries.more')} />
        </>
      )}
    </Section>
  );
}

interface DeliveryRowProps extends Pick<DeliveriesProps, 'place' | 'webhook'> {
  readonly delivery: Delivery;
}

function DeliveryRow({ place, webhook, delivery }: DeliveryRowProps) {
  const { t, i18n } = useTranslation('webhooks');
  const attemptWords = useAttemptWords();
  const queryClient = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { type, status, attempts, nextAttemptAt, lastAttemptAt, lastStatus, lastError } = delivery;
  const replay = useMutation({
    mutationFn: () => replayDelivery(place, webhook.id, delivery.id),
    async onSuccess() {
      sayDone(t('deliveries.replayed'));
      await queryClient.invalidateQueries({ queryKey: keyOf(place, 'webhooks') });
    },
    onError: (error) => sayFault(describeError(error)),
  });
  // A newer version can have written a type that this one has no words for.
  const name = i18n.exists(`events.${type}`, { ns: 'webhooks' })
    ? (t as (key: string) => string)(`events.${type}`)
    : type;
  return (
    <Row
      title={
        <>
          {name} <DeliveryStatus status={status} />
        </>
      }
      text={
        <>
          <div>
            <RelativeTime at={delivery.happenedAt} /> · <Ltr mono>{delivery.event}</Ltr>
          </div>
          {lastAttemptAt !== null && <div>{attemptWords(lastStatus, lastError)}</div>}
          {nextAttemptAt !== null && webhook.status === 'enabled' && attempts > 0 && (
            <div>
              {t('deliveries.next')} <RelativeTime at={nextAttemptAt} />
            </div>
          )}
          <Collapse expanded={isOpen} id={id}>
            {isOpen && <Attempts place={place} webhook={webhook} delivery={delivery} />}
          </Collapse>
        </>
      }
      actions={
        <>
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            aria-expanded={isOpen}
            aria-controls={id}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            onClick={() => setOpen(!isOpen)}
          >
            {t('attempts.open')}
          </Button>
          <Button
            variant="default"
            size="compact-sm"
            loading={replay.isPending}
            disabled={webhook.status === 'disabled'}
            leftSection={<IconSend size={14} aria-hidden />}
            onClick={() => replay.mutate()}
          >
            {t('deliveries.replay')}
          </Button>
        </>
      }
    />
  );
}

function Attempts({ place, webhook, delivery }: DeliveryRowProps) {
  const { t } = useTranslation('webhooks');
  const formats = useFormats();
  const attemptWords = useAttemptWords();
  const { data, error, refetch } = useQuery(attemptsQuery(place, webhook.id, delivery.id));
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <SkeletonRows rows={1} />;
  if (data.length === 0) return <Text size="sm">{t('attempts.none')}</Text>;
  return (
    <ul className={classes.attempts} aria-label={t('attempts.open')}>
      {data.map((attempt) => (
        <li key={attempt.beganAt} className={classes.attempt}>
          <strong>{attemptWords(attempt.status, attempt.error)}</strong>
          <span>{formats.dateTime(attempt.beganAt)}</span>
          <span>{t('attempts.took', { number: Date.parse(attempt.endedAt) - Date.parse(attempt.beganAt) })}</span>
        </li>
      ))}
    </ul>
  );
}
