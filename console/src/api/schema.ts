// The session API's types, generated from /api/openapi.json by `npm run generate`.
export interface paths {
  '/api/setup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['setUp'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['getSession'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/session/org': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['switchOrganization'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/invitations/accept': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['acceptInvitation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/config': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['getConsoleConfig'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orgs/{org}/members': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['listMembers'];
    put?: never;
    post: operations['addMember'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orgs/{org}/members/{person}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    delete: operations['removeMember'];
    options?: never;
    head?: never;
    patch: operations['changeRole'];
    trace?: never;
  };
  '/api/orgs/{org}/invitations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['listInvitations'];
    put?: never;
    post: operations['invite'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orgs/{org}/invitations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    delete: operations['revokeInvitation'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orgs/{org}/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['listOrgKeys'];
    put?: never;
    post: operations['createOrgKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orgs/{org}/keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['getOrgKey'];
    put?: never;
    post?: never;
    delete: operations['revokeOrgKey'];
    options?: never;
    head?: never;
    patch: operations['updateOrgKey'];
    trace?: never;
  };
  '/api/orgs/{org}/keys/{id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['rotateOrgKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orgs/{org}/keys/{id}/disable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['disableOrgKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/orgs/{org}/keys/{id}/enable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['enableOrgKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Person: {
      id: string;
      name: string;
      email: string;
      emailVerified: boolean;
    };
    Organization: {
      /** @example org_4Wc1bXnE0kQxv9TzJr2s */
      id: string;
      name: string;
      /** @example dealer */
      kind: string;
      /** @enum {string} */
      status: 'active' | 'suspended';
      /**
       * Format: date-time
       * @example 2026-11-21T09:30:00.000Z
       */
      createdAt: string;
    };
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      /** @enum {string} */
      code:
        | 'bad_request'
        | 'unauthenticated'
        | 'origin_not_allowed'
        | 'method_not_allowed'
        | 'body_too_large'
        | 'idempotency_in_progress'
        | 'idempotency_reply_gone'
        | 'unsupported_media_type'
        | 'host_not_allowed'
        | 'idempotency_key_reused'
        | 'internal_error'
        | 'draining'
        | 'unavailable'
        | 'outcome_unknown'
        | 'invalid_input'
        | 'api_unknown'
        | 'import_not_configured'
        | 'not_found'
        | 'org_not_active'
        | 'org_kind_not_allowed'
        | 'org_kind_in_use'
        | 'rotation_not_supported'
        | 'key_limit_reached'
        | 'disabling_not_supported'
        | 'secret_in_force'
        | 'secret_ended'
        | 'not_permitted'
        | 'exceeds_own_rights'
        | 'key_not_active'
        | 'revision_mismatch'
        | 'credentials_wrong'
        | 'not_signed_in'
        | 'cross_site'
        | 'invitation_for_another'
        | 'set_up_token_wrong'
        | 'invitation_invalid'
        | 'already_member'
        | 'last_owner'
        | 'too_many_attempts'
        | 'backup_not_supported'
        | 'cursor_invalid'
        | 'conflict'
        | 'reference_missing'
        | 'record_corrupt'
        | 'storage_corrupt'
        | 'storage_busy'
        | 'storage_closed'
        | 'storage_failed'
        | 'storage_full'
        | 'storage_io'
        | 'storage_unreachable'
        | 'storage_unwritable'
        | 'transaction_timeout';
      /** @example addresses[1] */
      field?: string;
      errors?: {
        field: string;
        detail: string;
      }[];
    };
    SetUp: {
      token: string;
      email: string;
      name: string;
      password: string;
      organization: {
        name: string;
        kind?: string;
      };
    };
    Session: {
      person: components['schemas']['Person'] & {
        hasTwoFactor: boolean;
        isOperator: boolean;
      };
      memberships: {
        org: components['schemas']['Organization'];
        /** @enum {string} */
        role: 'owner' | 'admin' | 'developer' | 'viewer';
      }[];
      activeOrg: string | null;
      expiresAt: string;
    };
    ActiveOrganization: {
      org: string;
    };
    Acceptance: {
      token: string;
      name?: string;
      password?: string;
    };
    ConsoleConfig: {
      product: {
        en: string;
        ar: string;
      };
      locale: {
        /** @enum {string} */
        default: 'en' | 'ar';
        languages: ('en' | 'ar')[];
      };
      /** @description Nobody has an account yet: POST /api/setup */
      needsSetUp: boolean;
      /** @description false: mails go to a file of the server, not to people */
      mail: boolean;
      /** @description false: browsers offer none here, for want of TLS */
      passkeys: boolean;
      apis: components['schemas']['ConsoleApi'][];
    };
    ConsoleApi: {
      id: string;
      /** @description The vendor’s name */
      name: {
        en: string;
        ar: string;
      };
      profile: string;
      environments: ('live' | 'test')[];
      /** @description The origin of each environment that has a host */
      baseUrls: {
        live?: string;
        test?: string;
      };
      scheme: {
        /** @enum {string} */
        kind: 'header' | 'bearer' | 'basic';
        /** @example x-api-key */
        header: string;
        /**
         * @description The header’s value, with the key for `{key}`; `{base64(key:)}` is base64 of the key and a colon.
         * @example {key}
         */
        format: string;
        /**
         * @description What curl needs to send the key
         * @example -H "x-api-key: {key}"
         */
        curl: string;
      };
      keyFormat: {
        prefixes: {
          live?: string;
          test?: string;
        };
        length: number;
      };
      fields: {
        name: {
          min: number;
          max: number;
          required: boolean;
        };
        addresses: {
          offered: boolean;
          /** @enum {string|null} */
          mode: 'exact4' | 'exact46' | 'cidr' | null;
          required: boolean;
          /** @enum {string} */
          emptyMeans: 'deny' | 'allow';
          max: number;
          /** @enum {string} */
          separator: 'comma' | 'line';
        };
        expiry: {
          offered: boolean;
          defaultDays: number | null;
          /** @description null: a key may live for ever */
          maxDays: number | null;
        };
        scopes: {
          offered: boolean;
          max: number;
          /** @description Those that some endpoint requires */
          known: string[];
        };
        referrers: {
          offered: boolean;
          max: number;
        };
        endpoints: {
          offered: boolean;
          max: number;
        };
        rate: {
          /**
           * @example [
           *       "60/m"
           *     ]
           */
          default: string[];
        };
      };
      actions: {
        rotate: boolean;
        disable: boolean;
        /** @enum {string} */
        revokeWord: 'delete' | 'revoke';
      };
      /** @description The kind of organization that may have keys; null: any */
      orgKind: string | null;
      maxKeysPerOrg: number | null;
      words: {
        en: components['schemas']['ConsoleWords'];
        ar: components['schemas']['ConsoleWords'];
      };
      docs: string | null;
      sample: {
        /** @enum {string} */
        method: 'GET';
        path: string;
      };
    };
    ConsoleWords: {
      navLabel: string;
      createKey?: string;
      create?: string;
      nameLabel?: string;
      nameHint?: string;
      nameExample?: string;
      addressesLabel?: string;
      addressesHint?: string;
      addressesEmpty?: string;
      secretOnce?: string;
      schemeNote?: string;
      revoke?: string;
      revokeNote?: string;
      rotateNote?: string;
      audienceNote?: string;
      live?: string;
      test?: string;
    };
    Member: {
      person: components['schemas']['Person'];
      /** @enum {string} */
      role: 'owner' | 'admin' | 'developer' | 'viewer';
      since: string;
    };
    NewMember: {
      email: string;
      /** @enum {string} */
      role: 'owner' | 'admin' | 'developer' | 'viewer';
    };
    RoleChange: {
      /** @enum {string} */
      role: 'owner' | 'admin' | 'developer' | 'viewer';
    };
    Invitation: {
      id: string;
      email: string;
      /** @enum {string} */
      role: 'owner' | 'admin' | 'developer' | 'viewer';
      createdAt: string;
      expiresAt: string;
    };
    SentInvitation: components['schemas']['Invitation'] & {
      /** @description false: the mail could not be sent; invite again */
      mailed: boolean;
    };
    KeyWithSecret: components['schemas']['Key'] & {
      /** @description Shown this once, kept nowhere. */
      secret: string;
    };
    Key: {
      /** @example key_4Wc1bXnE0kQxv9TzJr2s */
      id: string;
      name: string;
      /** @example classic */
      api: string;
      org: string;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @example sk_live_1a2b…9f3c */
      masked: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      /**
       * @example [
       *       "203.0.113.7"
       *     ]
       */
      addresses: string[];
      referrers: string[];
      /**
       * @example [
       *       "GET /v1/users/*"
       *     ]
       */
      endpoints: string[];
      scopes: string[];
      /**
       * @example [
       *       "60/m"
       *     ]
       */
      rateLimits: string[];
      /**
       * Format: date-time
       * @example 2026-11-21T09:30:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T09:30:00.000Z
       */
      updatedAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T09:30:00.000Z
       */
      expiresAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T09:30:00.000Z
       */
      revokedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T09:30:00.000Z
       */
      disabledAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T09:30:00.000Z
       */
      lastUsedAt: string | null;
      lastUsedAddress: string | null;
      revision: number;
    };
    KeyUpdate: {
      name?: string;
      addresses?: string[];
      referrers?: string[];
      endpoints?: string[];
      scopes?: string[];
      rateLimits?: string[];
      expiresAt?: string | null;
    };
    Rotation: {
      /** @example 24h */
      overlap?: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  setUp: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SetUp'];
      };
    };
    responses: {
      /** @description The first person, who may sign in now */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            person: components['schemas']['Person'];
            org: components['schemas']['Organization'];
          };
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getSession: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Who is signed in */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  switchOrganization: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ActiveOrganization'];
      };
    };
    responses: {
      /** @description The session, acting in that organization */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  acceptInvitation: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Acceptance'];
      };
    };
    responses: {
      /** @description The new member; a new person signs in next */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            person: components['schemas']['Person'];
            org: components['schemas']['Organization'];
            /** @enum {string} */
            role: 'owner' | 'admin' | 'developer' | 'viewer';
          };
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getConsoleConfig: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What the console of this host is rendered from */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConsoleConfig'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listMembers: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description All members */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Member'][];
          };
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  addMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewMember'];
      };
    };
    responses: {
      /** @description The new member */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Member'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  removeMember: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        person: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No member any more; the keys of the organization stay */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {boolean} */
            done: true;
          };
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  changeRole: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        person: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RoleChange'];
      };
    };
    responses: {
      /** @description The member as it is now */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Member'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listInvitations: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Open invitations */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Invitation'][];
          };
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  invite: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewMember'];
      };
    };
    responses: {
      /** @description The invitation; its link is in the mail alone */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SentInvitation'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  revokeInvitation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The link is void */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {boolean} */
            done: true;
          };
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listOrgKeys: {
    parameters: {
      query?: {
        /** @description Only of this API */
        api?: string;
        /** @description Only of this environment */
        environment?: 'live' | 'test';
        /** @description Only in this state now */
        status?: 'active' | 'disabled' | 'expired' | 'revoked';
        /** @description A part of the name, the whole id, or the first or last 4 characters that a masked secret shows */
        search?: string;
        /** @description Items on the page */
        limit?: number;
        /** @description `nextCursor` of the page before; absent: from the start */
        cursor?: string;
      };
      header?: never;
      path: {
        org: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Keys, newest first */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Key'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createOrgKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          api: string;
          /** @enum {string} */
          environment?: 'live' | 'test';
          name?: string;
          addresses?: string[];
          referrers?: string[];
          endpoints?: string[];
          scopes?: string[];
          rateLimits?: string[];
          expiresAt?: string | null;
        };
      };
    };
    responses: {
      /** @description The new key with its secret */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyWithSecret'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getOrgKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The key as it is now */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  revokeOrgKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The key as it is now */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  updateOrgKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['KeyUpdate'];
      };
    };
    responses: {
      /** @description The key as it is now */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rotateOrgKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['Rotation'];
      };
    };
    responses: {
      /** @description The key with its new secret */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyWithSecret'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  disableOrgKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The key as it is now */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  enableOrgKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        org: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The key as it is now */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description A problem (RFC 9457); `code` tells which, `field` where. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
