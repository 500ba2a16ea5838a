// The commands of the library. Like the HTTP API, they refuse unknown members.
import type { Actor } from '../domain/actor.ts';
import { addressChecks, environments } from '../domain/api-key.ts';
import { roles } from '../domain/role.ts';
import type { ImportRow } from './import/check-row.ts';
import type { ImportBatch, ImportKeys } from './import/import-keys.ts';
import type { KeyCommands, KeyUpdate, NewKey } from './keys/commands.ts';
import { invalidInput } from './management-error.ts';
import type { NewOrganization, OrganizationCommands, OrganizationUpdate } from './organizations.ts';
import type { CommandOptions, KeyFilter, OrganizationFilter, PageRequest } from './ports.ts';
import {
  callback,
  flag,
  listOf,
  nullable,
  objectOf,
  oneOf,
  type Read,
  recordOf,
  text,
  wholeNumber,
} from './strict-input.ts';
import type { NewTokenInput, TokenCommands } from './tokens.ts';

const texts = listOf(text);
const environment = oneOf(environments);

const annotations = { tags: texts, metadata: recordOf(nullable(text)), externalId: nullable(text) };

const keyFields = {
  name: text,
  addresses: texts,
  addressCheck: oneOf(addressChecks),
  referrers: texts,
  endpoints: texts,
  scopes: texts,
  rateLimits: texts,
  expiresAt: nullable(text),
  ...annotations,
};

type Revision = Pick<CommandOptions<never>, 'expectedRevision' | 'onHeld' | 'source'>;
const revision = { expectedRevision: wholeNumber, onHeld: callback, source: text };

const newKey = objectOf<NewKey>({ apiId: text, orgId: text, environment, template: text, ...keyFields }, [
  'apiId',
  'orgId',
]);
const keyUpdate = objectOf<KeyUpdate>({ ...keyFields, ...revision });
const changeOptions = objectOf<Revision>(revision);
const rotateOptions = objectOf<CommandOptions<never>>({ ...revision, alongside: callback });
const createOptions = objectOf<Pick<CommandOptions<never>, 'alongside' | 'onHeld'>>({
  alongside: callback,
  onHeld: callback,
});
const heldOptions = objectOf<Pick<CommandOptions<never>, 'onHeld'>>({ onHeld: callback });

const annotationFilter = {
  tag: text,
  metadata: objectOf<NonNullable<KeyFilter['metadata']>>({ name: text, value: text }, ['name', 'value']),
  externalId: text,
};
const keyFilter = objectOf<KeyFilter>({
  apiId: text,
  orgId: text,
  environment,
  status: oneOf(['active', 'disabled', 'expired', 'revoked']),
  isRevoked: flag,
  secretCreatedByMs: wholeNumber,
  search: text,
  ...annotationFilter,
});
const organizationFilter = objectOf<OrganizationFilter>({ search: text, ...annotationFilter });
const pageRequest = objectOf<PageRequest>(
  { limit: wholeNumber, cursor: text, offset: wholeNumber, maxBytes: wholeNumber },
  ['limit'],
);

const newOrganization = objectOf<NewOrganization>({ name: text, kind: text, kinds: texts, ...annotations }, ['name']);
const organizationUpdate = objectOf<OrganizationUpdate>({
  name: text,
  kind: text,
  kinds: texts,
  grantedLimits: recordOf(texts),
  ...annotations,
});

const importRow = objectOf<ImportRow>({
  ...keyFields,
  digest: text,
  algorithm: text,
  org: text,
  orgName: text,
  environment: text,
  createdAt: text,
  prefix: text,
  start: text,
  end: text,
});
const importBatch = objectOf<ImportBatch>(
  { apiId: text, rows: listOf(importRow), isDryRun: flag, stopsAtRefusal: flag },
  ['apiId', 'rows'],
);

const newToken = objectOf<NewTokenInput>(
  { name: text, may: text, apis: texts, orgId: text, isReadOnly: flag, expiresAt: nullable(text) },
  ['name', 'may'],
);

/** Checks an actor. Other members are allowed, because they give no permission. */
const actor: Read = (value, field) => {
  const given = (value ?? {}) as Partial<Record<string, unknown>>;
  oneOf(['operator', 'member', 'key'])(given.kind, `${field}.kind`);
  const kind = given.kind as Actor['kind'];
  text(given.via, `${field}.via`);
  nullable(text)(given.address, `${field}.address`);
  nullable(text)(given.requestId, `${field}.requestId`);
  if (kind === 'operator') return value;
  text(given.label, `${field}.label`);
  text(given.orgId, `${field}.orgId`);
  if (kind === 'member') {
    text(given.personId, `${field}.personId`);
    oneOf(roles)(given.role, `${field}.role`);
  } else {
    text(given.keyId, `${field}.keyId`);
    text(given.apiId, `${field}.apiId`);
    environment(given.environment, `${field}.environment`);
  }
  return value;
};

interface Parameter {
  readonly name: string;
  readonly read: Read;
  readonly isOptional: boolean;
}

const required = (name: string, read: Read): Parameter => ({ name, read, isOptional: false });
const optional = (name: string, read: Read): Parameter => ({ name, read, isOptional: true });

const actorParameter = required('actor', actor);
const id = required('id', text);

/** `command`, after a check of every argument. A failed check rejects, so that callers see all mistakes in one way. */
function strict<Arguments extends readonly unknown[], Result>(
  command: (...given: Arguments) => Promise<Result>,
  ...parameters: { readonly [At in keyof Required<Arguments>]: Parameter }
): (...given: Arguments) => Promise<Result> {
  const list: readonly Parameter[] = parameters;
  return async (...given) => {
    if (given.length > list.length)
      throw invalidInput('arguments', `are too many: this command takes at most ${list.length}`);
    const read = list.map(({ name, read, isOptional }, at) => {
      if (given[at] === undefined && isOptional) return undefined;
      return read(given[at], name);
    });
    return command(...(read as unknown as Arguments));
  };
}

/**
 * The commands on keys for callers without types, such as JavaScript. An unknown member, or one of the wrong type, is
 * `invalid_input` with a suggestion. Lists are copied. Each call costs a few microseconds.
 */
export function strictKeyCommands(commands: KeyCommands): KeyCommands {
  const options = optional('options', changeOptions);
  return {
    createKey: strict(
      commands.createKey,
      actorParameter,
      required('input', newKey),
      optional('options', createOptions),
    ),
    getKey: strict(commands.getKey, actorParameter, id),
    findBySecret: strict(commands.findBySecret, actorParameter, required('digest', text)),
    listKeys: strict(commands.listKeys, actorParameter, required('filter', keyFilter), required('page', pageRequest)),
    countKeys: strict(commands.countKeys, actorParameter, required('filter', keyFilter)),
    updateKey: strict(commands.updateKey, actorParameter, id, required('input', keyUpdate)),
    rotateKey: strict(
      commands.rotateKey,
      actorParameter,
      id,
      optional('overlap', text),
      optional('options', rotateOptions),
    ),
    listSecrets: strict(commands.listSecrets, actorParameter, id),
    listAddresses: strict(commands.listAddresses, actorParameter, id, required('days', wholeNumber)),
    endSecret: strict(
      commands.endSecret,
      actorParameter,
      id,
      required('secretId', text),
      required('end', text),
      options,
    ),
    disableKey: strict(commands.disableKey, actorParameter, id, options),
    enableKey: strict(commands.enableKey, actorParameter, id, options),
    transferKey: strict(commands.transferKey, actorParameter, id, required('toOrgId', text), options),
    revokeKey: strict(commands.revokeKey, actorParameter, id, options),
  };
}

/** The same for the commands on organizations. */
export function strictOrganizationCommands(commands: OrganizationCommands): OrganizationCommands {
  const options = optional('options', heldOptions);
  return {
    createOrganization: strict(
      commands.createOrganization,
      actorParameter,
      required('input', newOrganization),
      optional('options', createOptions),
    ),
    getOrganization: strict(commands.getOrganization, actorParameter, id),
    listOrganizations: strict(
      commands.listOrganizations,
      actorParameter,
      required('page', pageRequest),
      optional('filter', organizationFilter),
    ),
    updateOrganization: strict(
      commands.updateOrganization,
      actorParameter,
      id,
      required('input', organizationUpdate),
      options,
    ),
    suspendOrganization: strict(commands.suspendOrganization, actorParameter, id, options),
    resumeOrganization: strict(commands.resumeOrganization, actorParameter, id, options),
    suspendForApi: strict(commands.suspendForApi, actorParameter, id, required('apiId', text), options),
    resumeForApi: strict(commands.resumeForApi, actorParameter, id, required('apiId', text), options),
    deleteOrganization: strict(commands.deleteOrganization, actorParameter, id, options),
  };
}

/** The same for imports. A malformed row refuses the whole batch, as the HTTP API does. */
export function strictImportKeys(importKeys: ImportKeys): ImportKeys {
  return strict(importKeys, actorParameter, required('input', importBatch), optional('onHeld', callback));
}

/** The same for tokens: a bound with a wrong name must not be left out. */
export function strictTokenCommands(commands: TokenCommands): TokenCommands {
  return {
    createToken: strict(
      commands.createToken,
      actorParameter,
      required('input', newToken),
      optional('options', createOptions),
    ),
    listTokens: strict(commands.listTokens, actorParameter, required('page', pageRequest)),
    rotateToken: strict(
      commands.rotateToken,
      actorParameter,
      id,
      optional('overlap', text),
      optional('options', createOptions),
    ),
    revokeToken: strict(commands.revokeToken, actorParameter, id, optional('options', heldOptions)),
  };
}
