// What a person has to do about a denied request, with the correct call or the line of configuration.
import { Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../api/config.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { sampleCurl } from '../keys/sample-curl.ts';
import { useEnvironmentNames } from '../keys/words.ts';
import { useOrgScope } from '../scope.ts';
import type { AppliedKind, Fix, OrgDenial } from './denials-api.ts';
import { useReasonWords } from './reason-words.ts';

type AdviceKind = Exclude<Fix['kind'], AppliedKind>;

/** For a denial whose fix can't be applied with a click. */
export function FixAdvice({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('denials');
  const { config } = useOrgScope();
  const describe = useReasonWords();
  const kind = denial.fix.kind as AdviceKind;
  const api = config.apis.find(({ id }) => id === denial.api);
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {describe(denial).text}
      </Text>
      <Title order={2} size="h3">
        {t(`fix.${kind}.title`)}
      </Title>
      <AdviceText denial={denial} api={api} />
      <RightCall denial={denial} api={api} />
      {kind === 'trust_proxy' && denial.fix.params.address !== undefined && (
        <CodeBlock label={t('fix.configLine')} code={`public:\n  trustedProxies: ["${denial.fix.params.address}"]`} />
      )}
      <WhereToGo denial={denial} />
    </Stack>
  );
}

interface PartProps {
  readonly denial: OrgDenial;
  /** `undefined`: this console does not show the API. */
  readonly api: ConsoleApi | undefined;
}

function AdviceText({ denial, api }: PartProps) {
  const { t } = useTranslation('denials');
  const environmentName = useEnvironmentNames();
  const { kind, params } = denial.fix;
  const { address = '', scope = '' } = params;
  const environment = params.environment ?? denial.key?.environment ?? 'live';
  const text = () => {
    switch (kind as AdviceKind) {
      case 'trust_proxy':
        return t('fix.trust_proxy.text', { address });
      case 'address_not_supported':
        return t(
          `fix.address_not_supported.${params.mode === undefined || params.mode === 'cidr' ? 'text' : params.mode}`,
          {
            address,
          },
        );
      case 'ask_for_scope':
        return t('fix.ask_for_scope.text', { scope });
      case 'send_key':
        return t(isHeader(api) ? 'fix.send_key.text' : 'fix.send_key.places', namesOf(api));
      case 'send_key_once':
        return t(isHeader(api) ? 'fix.send_key_once.text' : 'fix.send_key_once.places', namesOf(api));
      case 'copy_key_again':
        return t('fix.copy_key_again.text', {
          prefix: api?.keyFormat.prefixes[environment] ?? '',
          length: api?.keyFormat.length ?? 0,
        });
      case 'use_environment':
        return api !== undefined && hasOwnHost(api)
          ? t('fix.use_environment.ownHost', { environment: environmentName(api, environment) })
          : t('fix.use_environment.sameHost');
      default:
        return t(`fix.${kind as PlainKind}.text`);
    }
  };
  return <Text size="sm">{text()}</Text>;
}

/** Whether the key has one place, and that is a header. */
function isHeader(api: ConsoleApi | undefined): boolean {
  return api === undefined || (api.scheme.kind !== 'query' && api.scheme.places.length === 1);
}

function namesOf(api: ConsoleApi | undefined) {
  return { header: api?.scheme.header ?? '', places: api?.scheme.places.join(', ') ?? '' };
}

/** The kinds whose text has no placeholder and no variant. */
type PlainKind = Exclude<
  AdviceKind,
  | 'trust_proxy'
  | 'address_not_supported'
  | 'ask_for_scope'
  | 'send_key'
  | 'send_key_once'
  | 'copy_key_again'
  | 'use_environment'
>;

function hasOwnHost(api: ConsoleApi): boolean {
  return api.baseUrls.live !== api.baseUrls.test;
}

const mendedByCall: readonly string[] = ['send_key', 'copy_key_again', 'send_key_once', 'use_environment'];

function RightCall({ denial, api }: PartProps) {
  const { t } = useTranslation('denials');
  const { kind, params } = denial.fix;
  if (api === undefined || !mendedByCall.includes(kind)) return null;
  const environment = params.environment ?? denial.key?.environment ?? 'live';
  const code = sampleCurl(api, environment);
  return code === undefined ? null : <CodeBlock label={t('fix.rightCall')} code={code} />;
}

const mendedAtKey: readonly string[] = ['edit_referrers', 'edit_endpoints', 'edit_scopes', 'slow_down', 'await_quota'];
const mendedAtList: readonly string[] = ['use_known_key', 'create_replacement'];

function WhereToGo({ denial: { fix, key } }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation('denials');
  const { org } = useOrgScope();
  if (mendedAtKey.includes(fix.kind) && key !== null) {
    return (
      <AnchorLink to="/orgs/$org/keys/$key" params={{ org: org.id, key: key.id }} size="sm">
        {t('fix.openKey')}
      </AnchorLink>
    );
  }
  if (!mendedAtList.includes(fix.kind)) return null;
  return (
    <AnchorLink to="/orgs/$org/keys" params={{ org: org.id }} size="sm">
      {t('fix.allKeys')}
    </AnchorLink>
  );
}
