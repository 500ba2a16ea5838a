// The palette finds pages and organizations by typing. It is loaded when it is first opened.
import '@mantine/spotlight/styles.layer.css';
import { createSpotlight, Spotlight, type SpotlightActionGroupData, useSpotlight } from '@mantine/spotlight';
import { IconBuilding, IconSearch, IconUserCircle } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../entities/scope.ts';
import { useDialogFocus } from '../ui/dialog-focus.tsx';
import { useSecretNotice } from '../ui/use-secret-notice.ts';
import { useOpenOrg } from './top-bar.tsx';
import { type NavLine, useNav } from './use-nav.ts';

const [store, { open }] = createSpotlight();

/** Opens each time `calls` grows. */
export function Palette({ calls }: { readonly calls: number }) {
  const { t } = useTranslation();
  const scope = useScope();
  const lines = useNav(scope);
  const navigate = useNavigate();
  const openOrg = useOpenOrg();
  const { notice, isSecret } = useSecretNotice();

  useDialogFocus(useSpotlight(store).opened);
  useEffect(() => {
    if (calls > 0) open();
  }, [calls]);

  const toAction = ({ label, icon: LineIcon, target }: NavLine) => ({
    id: target.to,
    label,
    leftSection: <LineIcon size={18} stroke={1.6} aria-hidden />,
    onClick: () =>
      void (target.section === 'operator'
        ? navigate({ to: target.to })
        : navigate({ to: target.to, params: { org: target.org } })),
  });
  const account = {
    id: '/account',
    label: t('shell.yourAccount'),
    leftSection: <IconUserCircle size={18} stroke={1.6} aria-hidden />,
    onClick: () => void navigate({ to: '/account' }),
  };
  const { organization = [], operator = [] } = Object.groupBy(lines, ({ target }) => target.section);
  const pages: SpotlightActionGroupData[] = [
    { group: t('palette.goTo'), actions: [...organization.map(toAction), account] },
    { group: t('shell.operator'), actions: operator.map(toAction) },
  ];
  const organizations: SpotlightActionGroupData = {
    group: t('palette.organizations'),
    actions: scope.session.memberships
      .filter(({ org }) => org.id !== scope.org?.id)
      .map(({ org }) => ({
        id: org.id,
        label: org.name,
        leftSection: <IconBuilding size={18} stroke={1.6} aria-hidden />,
        onClick: () => void openOrg(org.id),
      })),
  };

  return (
    <Spotlight
      actions={[...pages, organizations].filter((group) => group.actions.length > 0)}
      store={store}
      shortcut={null}
      returnFocus={false}
      nothingFound={notice ?? t('palette.empty')}
      onQueryChange={isSecret}
      highlightQuery
      // The dialog has no visible title.
      attributes={{ content: { 'aria-label': t('shortcuts.palette') } }}
      centered={false}
      yOffset="12vh"
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      scrollable
      searchProps={{
        placeholder: t('palette.placeholder'),
        'aria-label': t('palette.placeholder'),
        leftSection: <IconSearch size={18} stroke={1.6} aria-hidden />,
      }}
    />
  );
}
