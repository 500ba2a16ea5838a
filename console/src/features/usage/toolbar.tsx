// What a page about usage shows: the time, its steps and its zone, the filters, and the comparison.
import { Button, Checkbox, Group, NativeSelect, SegmentedControl, Skeleton, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { KeyFilter } from '../../entities/keys/key-filter.tsx';
import { useScope } from '../../entities/scope.ts';
import { outcomeGroups } from '../../entities/usage/series.ts';
import {
  addDays,
  dayIn,
  offeredSteps,
  ownZone,
  type Range,
  ranges,
  type StepName,
  spanOf,
} from '../../entities/usage/span.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { lazyPart } from '../../ui/lazy-part.ts';
import { useNow } from '../../ui/use-now.ts';
import { useSecretNotice } from '../../ui/use-secret-notice.ts';
import { usageReasons } from './outcome-choices.ts';
import classes from './usage-page.module.css';
import type { OperatorUsageSearch } from './usage-search.ts';
import { useUsageView } from './usage-view.ts';

const DaysInput = lazyPart(() => import('./days-input.tsx'), 'DaysInput', ['usage']);

type Change = { readonly [Member in keyof OperatorUsageSearch]?: OperatorUsageSearch[Member] | undefined };

/** Changes members of the search. `undefined` removes one. */
function useChange(): (change: Change) => void {
  const { search, setSearch } = useUsageView();
  return (change) => {
    const next = Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined);
    setSearch(Object.fromEntries(next) as OperatorUsageSearch);
  };
}

export function Toolbar() {
  const { t } = useTranslation('usage');
  return (
    <>
      <Group gap="sm" mb="sm">
        <Ranges />
        <Ends />
        <StepChoice />
        <ZoneChoice />
      </Group>
      <Group gap="sm" mb="md" role="group" aria-label={t('filters.label')}>
        <Filters />
      </Group>
    </>
  );
}

function Ranges() {
  const { t } = useTranslation('usage');
  const { search, span } = useUsageView();
  const change = useChange();
  const nowMs = useNow();
  function choose(chosen: Range): void {
    const ends = { from: undefined, to: undefined, step: undefined };
    if (chosen !== 'custom') {
      change({ ...ends, range: chosen === '7d' ? undefined : chosen });
      return;
    }
    // The shown days are the start. An instant of the last 24 hours becomes its day.
    const shown = search.range === '24h' ? spanOf({}, nowMs, span.zone) : span;
    change({ ...ends, range: chosen, from: shown.from.slice(0, 10), to: addDays(shown.to.slice(0, 10), -1) });
  }
  return (
    <SegmentedControl
      aria-label={t('range.label')}
      className={classes.ranges}
      value={search.range ?? '7d'}
      onChange={(chosen) => choose(chosen as Range)}
      data={ranges.map((each) => ({ value: each, label: t(`range.${each}`) }))}
    />
  );
}

/** The days of one's own, and the hours at which they begin and end. */
function Ends() {
  const { t } = useTranslation('usage');
  const { search, span } = useUsageView();
  const change = useChange();
  const nowMs = useNow();
  const { range, from, to } = search;
  if (range !== 'custom' || from === undefined || to === undefined) return null;
  const [fromDay, fromTime = '00:00'] = from.split('T') as [string, string?];
  const [toDay, toTime = '24:00'] = to.split('T') as [string, string?];
  const write = (ends: { fromDay: string; fromTime: string; toDay: string; toTime: string }) => {
    const isWhole = ends.fromTime === '00:00' && ends.toTime === '24:00';
    const end = ends.toTime === '24:00' ? `${addDays(ends.toDay, 1)}T00:00` : `${ends.toDay}T${ends.toTime}`;
    change({
      from: isWhole ? ends.fromDay : `${ends.fromDay}T${ends.fromTime}`,
      to: isWhole ? ends.toDay : end,
      step: undefined,
    });
  };
  const ends = { fromDay, fromTime, toDay, toTime };
  return (
    <>
      <DaysInput
        fallback={<Skeleton w={240} h={36} />}
        from={fromDay}
        to={toDay}
        today={dayIn(span.zone, nowMs)}
        onChange={(first: string, last: string) => write({ ...ends, fromDay: first, toDay: last })}
      />
      <NativeSelect
        aria-label={t('range.fromTime')}
        value={fromTime}
        data={[...new Set([fromTime, ...hours])].toSorted()}
        onChange={({ currentTarget: { value } }) => write({ ...ends, fromTime: value })}
      />
      <NativeSelect
        aria-label={t('range.toTime')}
        value={toTime}
        data={[...new Set([toTime, ...hours.slice(1), '24:00'])].toSorted()}
        onChange={({ currentTarget: { value } }) => write({ ...ends, toTime: value })}
      />
    </>
  );
}

const hours = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);

function StepChoice() {
  const { t } = useTranslation('usage');
  const { span } = useUsageView();
  const change = useChange();
  const offered = offeredSteps(span);
  if (offered.length < 2) return null;
  return (
    <NativeSelect
      aria-label={t('step.label')}
      value={span.step}
      data={offered.map((each) => ({ value: each, label: t(`step.${each}`) }))}
      onChange={({ currentTarget: { value } }) => change({ step: value as StepName })}
    />
  );
}

function ZoneChoice() {
  const { t } = useTranslation('usage');
  const { span } = useUsageView();
  const change = useChange();
  const own = ownZone();
  const zones = [...new Set([span.zone, 'UTC', ...Intl.supportedValuesOf('timeZone')])].filter((zone) => zone !== own);
  return (
    <NativeSelect
      aria-label={t('zone.label')}
      className={classes.zone}
      value={span.zone}
      data={[{ value: own, label: t('zone.own', { zone: own }) }, ...zones]}
      onChange={({ currentTarget: { value } }) => change({ zone: value === own ? undefined : value })}
    />
  );
}

function Filters() {
  const { t } = useTranslation(['usage', 'denials']);
  const { org, search } = useUsageView();
  const change = useChange();
  const outcomes: readonly { value: string; label: string }[] = [
    ...outcomeGroups.map((group) => ({ value: group, label: t(`outcomes.${group}`) })),
    ...usageReasons.map((reason) => ({ value: reason, label: t(`denials:reasons.${reason}.title`) })),
  ];
  const isFiltered = ['key', 'outcome', 'tag', 'org', 'api', 'environment'].some(
    (name) => search[name as keyof OperatorUsageSearch] !== undefined,
  );
  return (
    <>
      {org === undefined ? <OperatorFilters /> : <KeyFilter value={search.key} onChange={(key) => change({ key })} />}
      <ChoiceFilter
        label={t('filters.outcome')}
        any={t('filters.anyOutcome')}
        w={{ base: '100%', xs: 220 }}
        choices={outcomes}
        value={search.outcome}
        onChange={(outcome) => change({ outcome })}
      />
      <TagFilter />
      <Checkbox
        label={t('compare.label')}
        checked={search.compare === true}
        onChange={({ currentTarget: { checked } }) => change({ compare: checked ? true : undefined })}
      />
      {isFiltered && (
        <Button
          variant="subtle"
          size="compact-sm"
          rightSection={<IconX size={14} aria-hidden />}
          onClick={() =>
            change({
              ...{ key: undefined, outcome: undefined, tag: undefined },
              ...{ org: undefined, api: undefined, environment: undefined },
            })
          }
        >
          {t('filters.clear')}
        </Button>
      )}
    </>
  );
}

/** The organization is chosen in the breakdown, or comes with a link. */
function OperatorFilters() {
  const { t } = useTranslation(['usage', 'common']);
  const { config } = useScope();
  const { search } = useUsageView();
  const change = useChange();
  const language = useLanguage();
  return (
    <>
      {search.org !== undefined && (
        <Button
          variant="light"
          rightSection={<IconX size={14} aria-hidden />}
          aria-label={`${t('filters.onlyOrg', { org: search.org })}: ${t('filters.clear')}`}
          onClick={() => change({ org: undefined, by: undefined })}
        >
          {t('filters.onlyOrg', { org: search.org })}
        </Button>
      )}
      {config.apis.length > 1 && (
        <ChoiceFilter
          label={t('filters.api')}
          any={t('filters.anyApi')}
          w={{ base: '100%', xs: 200 }}
          choices={config.apis.map(({ id, name }) => ({ value: id, label: name[language] }))}
          value={search.api}
          onChange={(api) => change({ api })}
        />
      )}
      <ChoiceFilter
        label={t('filters.environment')}
        any={t('filters.anyEnvironment')}
        w={{ base: '100%', xs: 180 }}
        choices={(['live', 'test'] as const).map((each) => ({
          value: each,
          label: t(each === 'live' ? 'common:shell.live' : 'common:shell.sandbox'),
        }))}
        value={search.environment}
        onChange={(environment) => change({ environment })}
      />
    </>
  );
}

function TagFilter() {
  const { t } = useTranslation('usage');
  const { search } = useUsageView();
  const change = useChange();
  const { notice, isSecret } = useSecretNotice();
  const [typed, setTyped] = useState(search.tag ?? '');
  const [shownTag, setShownTag] = useState(search.tag);
  if (shownTag !== search.tag) {
    setShownTag(search.tag);
    setTyped(search.tag ?? '');
  }
  const commit = () => {
    const tag = typed.trim();
    if (tag !== (search.tag ?? '')) change({ tag: tag === '' ? undefined : tag });
  };
  return (
    <TextInput
      aria-label={t('filters.tag')}
      placeholder={t('filters.anyTag')}
      w={{ base: '100%', xs: 160 }}
      maxLength={100}
      value={typed}
      error={notice}
      onChange={({ currentTarget: { value } }) => setTyped(isSecret(value) ? '' : value)}
      onBlur={commit}
      onKeyDown={({ key }) => {
        if (key === 'Enter') commit();
      }}
    />
  );
}
