// The top bar: organization, API, environment, search, language, colours, account.
import { Badge, Burger, Button, Group, Kbd, SegmentedControl, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconFlask, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useMatches, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../api/client.ts';
import { sessionQuery } from '../api/session.ts';
import { useScope } from '../entities/scope.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Name } from '../ui/ltr.tsx';
import { Menu } from '../ui/menu.tsx';
import { AccountMenu } from './account-menu.tsx';
import { Bell } from './bell.tsx';
import { LanguageSwitch, ThemeSwitch } from './language-switch.tsx';
import { paletteKeys } from './shortcuts.ts';
import classes from './top-bar.module.css';

interface TopBarProps {
  readonly isNavigationOpen: boolean;
  readonly onNavigation: () => void;
  readonly onPalette: () => void;
  readonly onShortcuts: () => void;
}

export function TopBar({ isNavigationOpen, onNavigation, onPalette, onShortcuts }: TopBarProps) {
  const { t } = useTranslation();
  const { environment, org } = useScope();
  const isScoped = useMatches({ select: (matches) => matches.at(-1)?.staticData.isScoped === true });
  return (
    <header className={classes.bar} data-sandbox={(isScoped && environment === 'test') || undefined}>
      <Burger
        className={classes.burger}
        size="sm"
        opened={isNavigationOpen}
        onClick={onNavigation}
        aria-label={isNavigationOpen ? t('shell.closeNavigation') : t('shell.openNavigation')}
      />
      <div className={classes.scope}>
        <OrgSwitcher />
        {isScoped && <ApiSwitcher />}
      </div>
      {isScoped && <EnvironmentSwitch />}
      <Group gap={4} wrap="nowrap" className={classes.end}>
        <UnstyledButton className={classes.search} onClick={onPalette}>
          <IconSearch size={16} stroke={1.8} aria-hidden />
          <span className={classes.searchText}>{t('shell.search')}</span>
          <Kbd size="xs" className={classes.searchText} dir="ltr">
            {paletteKeys.join(' ')}
          </Kbd>
        </UnstyledButton>
        <span className={classes.wide}>
          <LanguageSwitch />
        </span>
        <span className={classes.wide}>
          <ThemeSwitch />
        </span>
        {org !== undefined && <Bell org={org.id} />}
        <AccountMenu onShortcuts={onShortcuts} />
      </Group>
    </header>
  );
}

/** Makes the organization the active one of the session, and opens it. */
export function useOpenOrg(): (org: string) => Promise<void> {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return async (org) => {
    queryClient.setQueryData(sessionQuery.queryKey, await unwrap(api.POST('/api/session/org', { body: { org } })));
    await navigate({ to: '/orgs/$org', params: { org } });
  };
}

function OrgSwitcher() {
  const { t } = useTranslation();
  const { org, session } = useScope();
  const openOrg = useOpenOrg();
  const { memberships } = session;
  if (org === undefined) return null;
  const suspended = org.status === 'suspended' && (
    <Badge color="red" variant="light" size="sm">
      {t('shell.suspended')}
    </Badge>
  );
  if (memberships.length < 2) {
    return (
      <span className={classes.only}>
        <Name>{org.name}</Name>
        {suspended}
      </span>
    );
  }
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className={classes.switcher}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={`${t('shell.switchOrganization')}: ${org.name}`}
        >
          <Name>{org.name}</Name>
          {suspended}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('shell.organization')}</Menu.Label>
        {memberships.map(({ org: each, role }) => (
          <Menu.Item
            key={each.id}
            onClick={() => void openOrg(each.id)}
            aria-current={each.id === org.id || undefined}
            rightSection={each.id === org.id && <IconCheck size={16} aria-hidden />}
          >
            <Name>{each.name}</Name>
            <Text size="xs" c="dimmed">
              {t(`roles.${role}`)}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ApiSwitcher() {
  const { t } = useTranslation();
  const { api: shown, config, environment } = useScope();
  const navigate = useNavigate();
  const language = useLanguage();
  if (shown === undefined || config.apis.length < 2) return null;
  return (
    <>
      <span className={classes.slash} aria-hidden>
        /
      </span>
      <Menu position="bottom-start" width={220}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            className={classes.switcher}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            aria-label={`${t('shell.switchApi')}: ${shown.name[language]}`}
          >
            <Name>{shown.name[language]}</Name>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('shell.api')}</Menu.Label>
          {config.apis.map(({ id, name, environments }) => (
            <Menu.Item
              key={id}
              aria-current={id === shown.id || undefined}
              rightSection={id === shown.id && <IconCheck size={16} aria-hidden />}
              onClick={() =>
                void navigate({
                  to: '.',
                  // The filters belong to the other API.
                  search: {
                    api: id,
                    env: environment === 'test' && environments.includes('test') ? 'test' : undefined,
                  },
                })
              }
            >
              <Name>{name[language]}</Name>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function EnvironmentSwitch() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { api: shown, environment } = useScope();
  const { api: chosenApi } = useSearch({ strict: false });
  const navigate = useNavigate();
  if (shown === undefined || shown.environments.length < 2) return null;
  const words = shown.words[language];
  return (
    <div className={classes.environment}>
      <SegmentedControl
        size="xs"
        aria-label={t('shell.environment')}
        value={environment}
        onChange={(chosen) =>
          void navigate({
            to: '.',
            search: { ...(chosenApi && { api: chosenApi }), env: chosen === 'test' ? 'test' : undefined },
          })
        }
        data={[
          { value: 'live', label: words.live ?? t('shell.live') },
          { value: 'test', label: words.test ?? t('shell.sandbox') },
        ]}
      />
      {environment === 'test' && (
        <span className={classes.note}>
          <IconFlask size={15} stroke={1.8} aria-hidden />
          <span>{t('shell.sandboxNote')}</span>
        </span>
      )}
    </div>
  );
}
