// The sidebar: the brand, the pages of the organization and of the operator, and links to help.
import { IconBook2, IconLifebuoy } from '@tabler/icons-react';
import { Link, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../api/config.ts';
import { useScope } from '../entities/scope.ts';
import { Brand } from './brand.tsx';
import classes from './sidebar.module.css';
import { type NavLine, useNav } from './use-nav.ts';

export function Sidebar() {
  return (
    <div className={classes.sidebar}>
      <Link to="/" className={classes.brand}>
        <Brand />
      </Link>
      <Navigation />
    </div>
  );
}

/** `onFollow`: called when the reader follows a link. A drawer closes then. */
export function Navigation({ onFollow }: { readonly onFollow?: () => void }) {
  const { t } = useTranslation();
  const scope = useScope();
  const lines = useNav(scope);
  const ofOrg = lines.filter(({ target }) => target.section === 'organization');
  const ofOperator = lines.filter(({ target }) => target.section === 'operator');
  return (
    <nav aria-label={t('shell.navigation')} className={classes.nav}>
      <Lines lines={ofOrg} {...(onFollow && { onFollow })} />
      {ofOperator.length > 0 && (
        <>
          <p className={classes.section}>{t('shell.operator')}</p>
          <Lines lines={ofOperator} {...(onFollow && { onFollow })} />
        </>
      )}
      {scope.org !== undefined && scope.api !== undefined && <Help api={scope.api} />}
    </nav>
  );
}

function Lines({ lines, onFollow }: { readonly lines: readonly NavLine[]; readonly onFollow?: () => void }) {
  return (
    <ul className={classes.lines}>
      {lines.map((line) => (
        <li key={line.target.to}>
          <LineLink line={line} {...(onFollow && { onFollow })} />
        </li>
      ))}
    </ul>
  );
}

/** The API's own documentation and support, if the configuration names them. */
function Help({ api }: { readonly api: ConsoleApi }) {
  const { t } = useTranslation();
  const links = [
    { url: api.docs, label: t('shell.docs'), icon: IconBook2 },
    { url: api.support, label: t('shell.support'), icon: IconLifebuoy },
  ].filter(({ url }) => url !== null);
  if (links.length === 0) return null;
  return (
    <>
      <p className={classes.section}>{t('shell.help')}</p>
      <ul className={classes.lines}>
        {links.map(({ url, label, icon: LineIcon }) => (
          <li key={label}>
            <a href={url as string} target="_blank" rel="noreferrer" className={classes.line}>
              <LineIcon size={18} stroke={1.6} aria-hidden />
              <span>{label}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function LineLink({ line, onFollow }: { readonly line: NavLine; readonly onFollow?: () => void }) {
  const { env, api } = useSearch({ strict: false });
  const { label, icon: LineIcon, target } = line;
  const parts = {
    activeOptions: { exact: false, includeSearch: false },
    activeProps: { 'aria-current': 'page' },
    className: classes.line,
    children: (
      <>
        <LineIcon size={18} stroke={1.6} aria-hidden />
        <span>{label}</span>
      </>
    ),
    ...(onFollow && { onClick: onFollow }),
  } as const;
  if (target.section === 'operator') return <Link to={target.to} {...parts} />;
  const search = { ...(env && { env }), ...(api && { api }) };
  return <Link to={target.to} params={{ org: target.org }} search={search} {...parts} />;
}
