// All organizations of this Miftah.
import { Badge, Button, CloseButton, Group, Paper, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import {
  IconBuilding,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconSearch,
  IconSearchOff,
  IconTrash,
} from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../../api/problem.ts';
import { useApiNames } from '../../../entities/api-names.ts';
import { useKindName } from '../../../entities/people/kind-name.ts';
import { PageHeader } from '../../../frame/page-header.tsx';
import { useShortcut } from '../../../frame/shortcuts.ts';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { sayDone, sayFault } from '../../../ui/done-toast.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { lazyDialog } from '../../../ui/lazy-part.ts';
import { AnchorLink } from '../../../ui/links.tsx';
import { Ltr, Name } from '../../../ui/ltr.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { MorePages } from '../../../ui/more-pages.tsx';
import { RowMenu } from '../../../ui/row-menu.tsx';
import { Row, Rows } from '../../../ui/rows.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../../ui/states.tsx';
import { useSecretNotice } from '../../../ui/use-secret-notice.ts';
import classes from '../operator.module.css';
import { DeleteDialog } from './delete-dialog.tsx';
import { boundOf, type OrganizationRow, type OrgFilter, orgsQuery, orgsQueryKey, resumeOrg } from './orgs-api.ts';
import { type OrgsSearch, readOrgsSearch } from './orgs-search.ts';
import { SuspendDialog } from './suspend-dialog.tsx';

const OrgDialog = lazyDialog(() => import('./org-dialog.tsx'), 'OrgDialog', ['auth', 'keys', 'operator']);

const route = getRouteApi('/signed-in/operator/orgs');

function useOrgsSearch() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: { [name in keyof OrgsSearch]?: OrgsSearch[name] | undefined }) =>
    void navigate({ to: '.', search: readOrgsSearch({ ...search, ...change }), replace: true });
  return [search, go] as const;
}

export function OrgsPage() {
  const { t } = useTranslation('operator');
  const [search, go] = useOrgsSearch();
  const openCreate = () => go({ create: true });
  useShortcut('c', openCreate);
  return (
    <>
      <PageHeader
        title={t('orgs.title')}
        description={t('orgs.description')}
        commands={{ page: 'orgs', query: { q: search.q, status: search.status } }}
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={openCreate}>
            {t('orgs.create')}
          </Button>
        }
      />
      <Filters />
      <OrgList onCreate={openCreate} />
      <OrgDialog opened={search.create === true} onClose={() => go({ create: undefined })} />
    </>
  );
}

function Filters() {
  const { t } = useTranslation('operator');
  const [search, go] = useOrgsSearch();
  const [typed, setTyped] = useState(search.q ?? '');
  const input = useRef<HTMLInputElement>(null);
  const find = useDebouncedCallback((q: string) => go({ q: q.trim() === '' ? undefined : q.trim() }), 250);
  useShortcut('/', () => input.current?.focus());
  const { notice, isSecret } = useSecretNotice();
  function type(text: string): void {
    setTyped(text);
    // A secret also cancels the search for the text before it.
    find(isSecret(text) ? '' : text);
  }
  return (
    <Group gap="sm" mb="md" align="start">
      <TextInput
        ref={input}
        type="search"
        aria-label={t('orgs.search')}
        placeholder={t('orgs.search')}
        leftSection={<IconSearch size={16} stroke={1.6} aria-hidden />}
        rightSection={
          typed !== '' && <CloseButton size="sm" aria-label={t('orgs.clearSearch')} onClick={() => type('')} />
        }
        error={notice}
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
        className={classes.search}
      />
      <SegmentedControl
        aria-label={t('orgs.status')}
        value={search.status ?? 'all'}
        onChange={(status) => go({ status: status === 'all' ? undefined : status })}
        data={[
          { value: 'all', label: t('orgs.all') },
          { value: 'active', label: t('orgs.active') },
          { value: 'suspended', label: t('orgs.suspended') },
        ]}
      />
    </Group>
  );
}

type Doing = { readonly what: 'edit' | 'suspend' | 'delete'; readonly org: OrganizationRow };

function OrgList({ onCreate }: { readonly onCreate: () => void }) {
  const { t } = useTranslation('operator');
  const [{ q, status }, go] = useOrgsSearch();
  const filter: OrgFilter = {
    ...(q !== undefined && { q }),
    ...((status === 'active' || status === 'suspended') && { status }),
  };
  const list = useInfiniteQuery(orgsQuery(filter));
  const [doing, setDoing] = useState<Doing>();
  const formats = useFormats();
  const queryClient = useQueryClient();
  const nameOf = useApiNames();
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];

  async function resume(org: OrganizationRow, apiId?: string): Promise<void> {
    try {
      const bound = boundOf(await resumeOrg(org.id, apiId));
      const late = bound === undefined ? '' : ` ${t('late', { time: formats.dateTime(bound) })}`;
      const { name } = org;
      const done = apiId === undefined ? t('resume.done', { name }) : t('resume.doneApi', { name, api: nameOf(apiId) });
      sayDone(`${done}${late}`);
    } catch (error) {
      sayFault(describeError(error));
    }
    await queryClient.invalidateQueries({ queryKey: orgsQueryKey });
  }

  if (list.isPending) {
    return (
      <Paper>
        <SkeletonRows rows={6} height={64} />
      </Paper>
    );
  }
  if (list.data === undefined) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) {
    return Object.keys(filter).length > 0 ? (
      <EmptyState
        icon={IconSearchOff}
        title={t('orgs.nothing')}
        text={t('orgs.nothingText')}
        action={
          <Button variant="default" onClick={() => go({ q: undefined, status: undefined })}>
            {t('orgs.showAll')}
          </Button>
        }
      />
    ) : (
      <EmptyState
        icon={IconBuilding}
        title={t('orgs.none')}
        text={t('orgs.noneText')}
        action={<Button onClick={onCreate}>{t('orgs.create')}</Button>}
      />
    );
  }
  return (
    <>
      <Paper aria-busy={list.isPlaceholderData}>
        <Rows label={t('orgs.title')}>
          {rows.map((org) => (
            <OrgRow
              key={org.id}
              org={org}
              onDo={(what) => setDoing({ what, org })}
              onResume={(apiId) => void resume(org, apiId)}
            />
          ))}
        </Rows>
      </Paper>
      <MorePages list={list} label={t('more')} />
      {doing?.what === 'edit' && <OrgDialog opened org={doing.org} onClose={() => setDoing(undefined)} />}
      {doing?.what === 'delete' && <DeleteDialog org={doing.org} onClose={() => setDoing(undefined)} />}
      {doing?.what === 'suspend' && <SuspendDialog org={doing.org} onClose={() => setDoing(undefined)} />}
    </>
  );
}

interface OrgRowProps {
  readonly org: OrganizationRow;
  readonly onDo: (what: Doing['what']) => void;
  /** Resumes the organization or, if it is suspended for this API, for the API. */
  readonly onResume: (apiId?: string) => void;
}

function OrgRow({ org, onDo, onResume }: OrgRowProps) {
  const { t } = useTranslation('operator');
  const formats = useFormats();
  const kindName = useKindName();
  const nameOf = useApiNames();
  const isSuspended = org.status === 'suspended';
  return (
    <Row
      title={
        <>
          <AnchorLink to="/orgs/$org" params={{ org: org.id }} className={classes.name}>
            <Name>{org.name}</Name>
          </AnchorLink>
          {org.kinds.map((kind) => (
            <Badge key={kind} variant="default" size="sm" className={classes.badge}>
              {kindName(kind)}
            </Badge>
          ))}
          {org.tags.map((tag) => (
            <Badge key={tag} variant="light" color="gray" size="sm" className={classes.badge}>
              <Name>{tag}</Name>
            </Badge>
          ))}
          {isSuspended && (
            <Badge color="red" variant="light" size="sm" className={classes.badge}>
              {t('orgs.isSuspended')}
            </Badge>
          )}
          {org.suspendedApis.map((id) => (
            <Badge key={id} color="red" variant="light" size="sm" className={classes.badge}>
              {t('orgs.isSuspendedFor', { api: nameOf(id) })}
            </Badge>
          ))}
        </>
      }
      text={
        <Group gap={2} wrap="nowrap">
          <span className={classes.id}>
            <Ltr mono>{org.id}</Ltr>
          </span>
          <CopyButton text={org.id} label={t('orgs.copyId', { name: org.name })} />
          {org.externalId !== null && (
            <span className={classes.id}>
              <Ltr mono>{org.externalId}</Ltr>
            </span>
          )}
        </Group>
      }
      facts={[
        t('orgs.keys', { count: org.keys }),
        t('orgs.members', { count: org.members }),
        t('orgs.since', { date: formats.date(org.createdAt) }),
        ...Object.entries(org.grantedLimits).map(([api, limits]) => (
          <Ltr key={api} mono>
            {`${api}: ${limits.join(', ')}`}
          </Ltr>
        )),
      ]}
      actions={
        <RowMenu label={t('orgs.actions', { name: org.name })}>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onDo('edit')}>
            {t('edit.open')}
          </Menu.Item>
          {isSuspended ? (
            <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => onResume()}>
              {t('resume.open')}
            </Menu.Item>
          ) : (
            <Menu.Item
              color="red"
              leftSection={<IconPlayerPause size={16} aria-hidden />}
              onClick={() => onDo('suspend')}
            >
              {t('suspend.open')}
            </Menu.Item>
          )}
          {org.suspendedApis.map((id) => (
            <Menu.Item key={id} leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => onResume(id)}>
              {t('resume.openApi', { api: nameOf(id) })}
            </Menu.Item>
          ))}
          <Menu.DangerousItem leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onDo('delete')}>
            {t('delete.open')}
          </Menu.DangerousItem>
        </RowMenu>
      }
    />
  );
}
