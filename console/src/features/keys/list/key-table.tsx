// The list of keys as a table.
import { ActionIcon, Checkbox, type CheckboxProps, Table, Text, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconDots } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AllowedAddresses } from '../../../entities/keys/allowed-addresses.tsx';
import type { KeyRow } from '../../../entities/keys/api/list-keys.ts';
import { Expiry } from '../../../entities/keys/expiry.tsx';
import type { KeyAction } from '../../../entities/keys/key-action.ts';
import { KeyStatus } from '../../../entities/keys/key-status.tsx';
import { RotationDue } from '../../../entities/keys/rotation-due.tsx';
import { Sparkline } from '../../../entities/keys/sparkline.tsx';
import { useWords } from '../../../entities/keys/words.ts';
import { useApiScope, useOrgScope } from '../../../entities/scope.ts';
import { useFormats } from '../../../ui/formats.ts';
import { MenuItemLink } from '../../../ui/links.tsx';
import { Ltr, Name } from '../../../ui/ltr.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { Tooltip } from '../../../ui/tooltip.tsx';
import classes from './key-table.module.css';
import { type KeysSearch, orderOf, type Sort } from './list-search.ts';

export interface KeyTableProps {
  readonly rows: readonly KeyRow[];
  readonly chosen: ReadonlySet<string>;
  readonly onChosen: (chosen: ReadonlySet<string>) => void;
  readonly onAction: (action: KeyAction, key: KeyRow) => void;
}

interface SortedProps {
  readonly search: KeysSearch;
  readonly onSort: (sort: Sort, order: 'asc' | 'desc' | undefined) => void;
}

export function KeyTable(props: KeyTableProps & SortedProps) {
  const { rows, chosen, onChosen, onAction, search, onSort } = props;
  const { t } = useTranslation('keys');
  const { api, canEdit } = useApiScope();
  const words = useWords();
  const { fields } = api;
  const selectable = rows.filter(isRevocable);
  const isAllChosen = selectable.length > 0 && selectable.every(({ id }) => chosen.has(id));
  const head = (sort: Sort, label: string, className = '') => (
    <SortHead sort={sort} label={label} search={search} onSort={onSort} className={className} />
  );
  return (
    <Table.ScrollContainer minWidth={fields.addresses.offered ? 900 : 720} type="native" className={classes.container}>
      <Table
        horizontalSpacing="sm"
        fz="md"
        className={classes.table}
        data-expiring={fields.expiry.offered || undefined}
        aria-label={words.navLabel ?? t('list.title')}
      >
        <Table.Thead>
          <Table.Tr>
            {canEdit && (
              <Table.Th className={classes.narrow}>
                <ChooseBox
                  label={t('list.chooseAll')}
                  checked={isAllChosen}
                  indeterminate={chosen.size > 0 && !isAllChosen}
                  disabled={selectable.length === 0}
                  onChange={() => onChosen(new Set(isAllChosen ? [] : selectable.map(({ id }) => id)))}
                />
              </Table.Th>
            )}
            {head('name', words.nameLabel ?? t('columns.name'))}
            {fields.addresses.offered && <Table.Th>{words.addressesLabel ?? t('columns.addresses')}</Table.Th>}
            {head('last_used', t('columns.lastUsed'))}
            {head('created', t('columns.created'), classes.created)}
            {fields.expiry.offered && head('expires', t('columns.expires'))}
            <Table.Th>{t('columns.use')}</Table.Th>
            <Table.Th>{t('columns.status')}</Table.Th>
            <Table.Th className={classes.narrow}>
              <span className={classes.hidden}>{t('columns.actions')}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((key) => (
            <Table.Tr key={key.id} data-key={key.id} data-chosen={chosen.has(key.id) || undefined}>
              {canEdit && (
                <Table.Td className={classes.narrow}>
                  <ChooseBox
                    label={t('list.choose', { name: key.name || key.masked })}
                    checked={chosen.has(key.id)}
                    disabled={!isRevocable(key)}
                    onChange={() => onChosen(toggled(chosen, key.id))}
                  />
                </Table.Td>
              )}
              <Table.Td className={classes.name}>
                <KeyLink shown={key} />
              </Table.Td>
              {fields.addresses.offered && (
                <Table.Td className={classes.oneLine}>
                  <AllowedAddresses addresses={key.addresses} emptyMeans={fields.addresses.emptyMeans} isOneLine />
                </Table.Td>
              )}
              <Table.Td className={classes.oneLine}>
                <LastUse apiKey={key} />
              </Table.Td>
              <Table.Td className={classes.created}>
                <Created at={key.createdAt} />
              </Table.Td>
              {fields.expiry.offered && (
                <Table.Td>
                  <Expiry at={key.expiresAt} />
                </Table.Td>
              )}
              <Table.Td>
                <Sparkline {...key.daily} />
              </Table.Td>
              <Table.Td>
                <KeyStatus status={key.status} actions={api.actions} />
                <RotationDue apiKey={key} />
              </Table.Td>
              <Table.Td className={classes.narrow}>
                <RowMenu apiKey={key} onAction={onAction} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface ChooseBoxProps extends Pick<CheckboxProps, 'checked' | 'indeterminate' | 'disabled' | 'onChange' | 'size'> {
  readonly label: string;
}

export function ChooseBox({ label, size = 'xs', ...props }: ChooseBoxProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the box is inside
    <label className={classes.choose}>
      <Checkbox size={size} aria-label={label} {...props} />
    </label>
  );
}

function SortHead({
  sort,
  label,
  search,
  onSort,
  className,
}: SortedProps & { readonly sort: Sort; readonly label: string; readonly className: string }) {
  const isSorted = (search.sort ?? 'created') === sort;
  const order = orderOf(isSorted ? search : { sort });
  const Arrow = order === 'asc' ? IconArrowUp : IconArrowDown;
  const ariaSort = order === 'asc' ? 'ascending' : 'descending';
  return (
    <Table.Th className={className} aria-sort={isSorted ? ariaSort : 'none'}>
      <UnstyledButton
        className={classes.sort}
        data-sorted={isSorted || undefined}
        onClick={() => onSort(sort, isSorted ? (order === 'asc' ? 'desc' : 'asc') : undefined)}
      >
        {label}
        <Arrow size={14} stroke={2} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}

/** Links the name to the key's page. The masked secret is below it. */
export function KeyLink({ shown }: { readonly shown: KeyRow }) {
  const { t } = useTranslation('keys');
  const { org } = useOrgScope();
  return (
    <>
      <Link
        to="/orgs/$org/keys/$key"
        params={{ org: org.id, key: shown.id }}
        className={classes.link}
        title={shown.name}
      >
        {shown.name === '' ? (
          <Text component="span" c="dimmed">
            {t('list.unnamed')}
          </Text>
        ) : (
          <Name>{shown.name}</Name>
        )}
      </Link>
      <Text size="sm" c="dimmed" component="div" className={classes.masked}>
        <Ltr mono>{shown.masked}</Ltr>
      </Text>
      {shown.tags.length > 0 && (
        <Text size="sm" c="dimmed" component="div" className={classes.masked} title={shown.tags.join(', ')}>
          {shown.tags.map((tag) => (
            <span key={tag} className={classes.tag}>
              <Name>{tag}</Name>
            </span>
          ))}
        </Text>
      )}
      {shown.overlaps.map((overlap) => (
        <Text key={overlap.secretId} size="sm" c="var(--sandbox-text)" component="div">
          <Ltr mono>{overlap.masked}</Ltr>{' '}
          {overlap.endsAt !== null && (
            <>
              {t('list.ends')} <RelativeTime at={overlap.endsAt} />
            </>
          )}
        </Text>
      ))}
    </>
  );
}

export function LastUse({ apiKey }: { readonly apiKey: KeyRow }) {
  const { t } = useTranslation('keys');
  return (
    <>
      <Text component="div" {...(apiKey.lastUsedAt === null && { c: 'dimmed' })}>
        <RelativeTime at={apiKey.lastUsedAt} never={t('list.unused')} />
      </Text>
      {apiKey.lastUsedAddress !== null && (
        <Text size="sm" c="dimmed" component="div">
          <Ltr mono>{apiKey.lastUsedAddress}</Ltr>
        </Text>
      )}
    </>
  );
}

function Created({ at }: { readonly at: string }) {
  const formats = useFormats();
  return (
    <Tooltip label={formats.dateTime(at)}>
      <time dateTime={at} className={classes.date}>
        {formats.date(at)}
      </time>
    </Tooltip>
  );
}

interface RowMenuProps {
  readonly apiKey: KeyRow;
  readonly onAction: (action: KeyAction, key: KeyRow) => void;
}

export function RowMenu({ apiKey, onAction }: RowMenuProps) {
  const { t } = useTranslation('keys');
  const { org, api, canEdit } = useApiScope();
  const words = useWords();
  const { actions } = api;
  const isEditable = canEdit && (apiKey.status === 'active' || apiKey.status === 'disabled');
  return (
    <Menu width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('menu.of', { name: apiKey.name || apiKey.masked })}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <MenuItemLink to="/orgs/$org/keys/$key" params={{ org: org.id, key: apiKey.id }}>
          {t('menu.open')}
        </MenuItemLink>
        {isEditable && <Menu.Item onClick={() => onAction('edit', apiKey)}>{t('menu.edit')}</Menu.Item>}
        {isEditable && apiKey.status === 'active' && actions.rotate && (
          <Menu.Item onClick={() => onAction('rotate', apiKey)}>{t('menu.rotate')}</Menu.Item>
        )}
        {isEditable && actions.disable && (
          <Menu.Item onClick={() => onAction(apiKey.status === 'disabled' ? 'enable' : 'disable', apiKey)}>
            {apiKey.status === 'disabled' ? t('menu.enable') : t('menu.disable')}
          </Menu.Item>
        )}
        {canEdit && isRevocable(apiKey) && (
          <>
            <Menu.Divider />
            <Menu.DangerousItem onClick={() => onAction('revoke', apiKey)}>
              {words.revoke ?? t(`menu.${actions.revokeWord}`)}…
            </Menu.DangerousItem>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function isRevocable({ status }: KeyRow): boolean {
  return status !== 'revoked';
}

/** Returns a new set, with or without the id. */
export function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
