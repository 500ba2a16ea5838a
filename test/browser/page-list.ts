// Every page of the console, so that a test that visits all of them misses no new one.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ids that the addresses of pages hold. */
export interface PageIds {
  readonly orgId: string;
  readonly keyId: string;
  /** A webhook of the organization, and one of the operator. */
  readonly webhookId: string;
  readonly operatorWebhookId: string;
  /** An alert about a key of the organization, and one about an address. */
  readonly alertId: string;
  readonly operatorAlertId: string;
}

export interface PageCase {
  /** As `findRoutes` names it. */
  readonly route: string;
  /** Its addresses: more than one for a page that looks different by what is chosen. */
  readonly paths: readonly string[];
  /** Default: the owner, signed in. */
  readonly visitor?: 'stranger';
}

export function listPages(ids: PageIds): readonly PageCase[] {
  const { orgId, keyId, webhookId, operatorWebhookId, alertId, operatorAlertId } = ids;
  const org = `/orgs/${orgId}`;
  const key = `${org}/keys/${keyId}`;
  const usage = `${org}/usage?api=classic`;
  return [
    { route: '/orgs/$org/overview', paths: [`${org}/overview`, `${org}/overview?api=classic`] },
    { route: '/operator/overview', paths: ['/operator/overview'] },
    {
      route: '/operator/usage',
      paths: ['/operator/usage', '/operator/usage?by=outcome&compare=true&range=month&zone=Asia/Riyadh'],
    },
    { route: '/orgs/$org/keys', paths: [`${org}/keys?api=classic`, `${org}/keys?api=classic&create=true`] },
    { route: '/orgs/$org/keys/$key', paths: [key, `${key}?do=edit`, `${key}?do=rotate`] },
    {
      route: '/orgs/$org/usage',
      paths: [
        usage,
        `${usage}&by=outcome&range=custom&from=2026-11-01T22:00&to=2026-11-07T06:00`,
        `${usage}&compare=true&top=10&rank=errors&outcome=limited&step=hour`,
      ],
    },
    { route: '/orgs/$org/denials', paths: [`${org}/denials?api=classic`] },
    { route: '/orgs/$org/alerts', paths: [`${org}/alerts`, `${org}/alerts?rule=new_network&state=open`] },
    { route: '/orgs/$org/alerts/$alert', paths: [`${org}/alerts/${alertId}`, `${org}/alerts/${alertId}?do=edit`] },
    { route: '/orgs/$org/audit', paths: [`${org}/audit`] },
    { route: '/orgs/$org/notifications', paths: [`${org}/notifications`] },
    { route: '/orgs/$org/members', paths: [`${org}/members`] },
    { route: '/orgs/$org/webhooks', paths: [`${org}/webhooks`] },
    { route: '/orgs/$org/webhooks/$webhook', paths: [`${org}/webhooks/${webhookId}`] },
    { route: '/orgs/$org/settings', paths: [`${org}/settings`] },
    { route: '/account', paths: ['/account'] },
    { route: '/operator/orgs', paths: ['/operator/orgs', '/operator/orgs?create=true'] },
    { route: '/operator/apis', paths: ['/operator/apis'] },
    { route: '/operator/nodes', paths: ['/operator/nodes'] },
    { route: '/operator/proxies', paths: ['/operator/proxies'] },
    { route: '/operator/mail', paths: ['/operator/mail'] },
    { route: '/operator/webhooks', paths: ['/operator/webhooks'] },
    { route: '/operator/webhooks/$webhook', paths: [`/operator/webhooks/${operatorWebhookId}`] },
    { route: '/operator/alerts', paths: ['/operator/alerts'] },
    { route: '/operator/alerts/$alert', paths: [`/operator/alerts/${operatorAlertId}`] },
    { route: '/operator/alert-rules', paths: ['/operator/alert-rules'] },
    { route: '/operator/denials', paths: ['/operator/denials'] },
    { route: '/sign-in', paths: ['/sign-in'], visitor: 'stranger' },
    { route: '/forgot-password', paths: ['/forgot-password'], visitor: 'stranger' },
    { route: '/reset-password', paths: ['/reset-password#token=abc', '/reset-password'], visitor: 'stranger' },
    { route: '/accept-invitation', paths: ['/accept-invitation#token=abc'], visitor: 'stranger' },
    { route: '/verify-email', paths: ['/verify-email#token=abc'], visitor: 'stranger' },
    // Its steps are in set-up.test.ts.
    { route: '/setup', paths: ['/setup'], visitor: 'stranger' },
  ];
}

const features = join(import.meta.dirname, '../../console/src/features');

/** The path of every route that a feature has. Throws if it can't read one. */
export function findRoutes(): readonly string[] {
  return globSync('*/routes.ts', { cwd: features }).flatMap((file) => {
    const source = readFileSync(join(features, file), 'utf8');
    const found = [...source.matchAll(/getParentRoute: \(\) => (\w+),\s+path: '([^']+)'/g)];
    if (found.length !== source.split('createRoute({').length - 1)
      throw new Error(`${file} has a route of another form`);
    return found.map(([, parent, path]) => (parent === 'orgRoute' ? `/orgs/$org${path}` : (path as string)));
  });
}
