// The tables, as queries see them. Every `…_at`, `…_until` and `hour` is in epoch milliseconds. JSON is stored as text.
import type { Generated } from 'kysely';

/** How many uses a row counts. `count` is all of them, the others are parts of it. */
export interface UseNumbers {
  count: number;
  billed: Generated<number>;
  status_1xx: Generated<number>;
  status_2xx: Generated<number>;
  status_3xx: Generated<number>;
  status_4xx: Generated<number>;
  status_5xx: Generated<number>;
  status_none: Generated<number>;
  /** Units beyond one for each request; negative where a request has less than one. 0 in rows of an older Miftah. */
  extra_weight: Generated<number>;
  /** The same of the billed requests. */
  billed_extra_weight: Generated<number>;
}

/**
 * How many requests took up to so many milliseconds, and more than the column before. Those of unknown duration are in
 * none.
 */
export interface ResponseTimes {
  ms_1: Generated<number>;
  ms_2: Generated<number>;
  ms_5: Generated<number>;
  ms_10: Generated<number>;
  ms_20: Generated<number>;
  ms_50: Generated<number>;
  ms_100: Generated<number>;
  ms_200: Generated<number>;
  ms_500: Generated<number>;
  ms_1000: Generated<number>;
  ms_2000: Generated<number>;
  ms_5000: Generated<number>;
  ms_10000: Generated<number>;
  ms_more: Generated<number>;
}

/** The tables that queries use, by name. `src/storage/migrations/` creates them. */
export interface Database {
  organizations: {
    /** Order of creation. */
    seq: Generated<number>;
    id: string;
    name: string;
    /** One kind or several, with commas between them. */
    kind: string;
    status: 'active' | 'suspended';
    created_at: number;
    /** JSON: `RateLimit[]` by the id of the API. `null`: nothing is granted. */
    granted_limits: string | null;
    /** JSON: ids of APIs, sorted. `null`: it is suspended for none of its own. */
    suspended_apis: string | null;
    /** `,eu,billing,`: each tag between two commas. `null`: none. */
    tags: string | null;
    /** JSON: text by name, sorted. `null`: none. */
    metadata: string | null;
    external_id: string | null;
    /** Set: a tombstone, without name. Usage counts under its number, and no later organization gets that. */
    deleted_at: number | null;
  };
  api_keys: {
    /** Order of creation, which lists follow. Secrets and usage refer to the key by this number. */
    seq: Generated<number>;
    id: string;
    api_id: string;
    org_id: string;
    environment: 'live' | 'test';
    name: string;
    /** The hint of the newest secret. */
    hint_prefix: string;
    hint_start: string;
    hint_end: string;
    /** JSON of `Restrictions`. */
    restrictions: string;
    /** JSON of `RateLimit[]`. */
    rate_limits: string;
    /** JSON of `RateLimit[]`. `null`: this key has no grant of its own. */
    granted_limits: string | null;
    created_at: number;
    updated_at: number;
    expires_at: number | null;
    revoked_at: number | null;
    disabled_at: number | null;
    revision: number;
    /** `,eu,billing,`: each tag between two commas. `null`: none. */
    tags: string | null;
    /** JSON: text by name, sorted. `null`: none. */
    metadata: string | null;
    external_id: string | null;
    /** Set: a tombstone, without name, lists and hints. Its organization was deleted. No secret of it is found. */
    erased_at: number | null;
  };
  /**
   * A key has several during a rotation's overlap. Rows are never deleted, so that an ended secret differs from an
   * unknown one.
   */
  secrets: {
    digest: string;
    key_seq: number;
    prefix: string;
    start: string;
    end: string;
    created_at: number;
    ends_at: number | null;
    /** Requests that used this secret after a rotation had superseded it. */
    use_count: Generated<number>;
    last_used_at: number | null;
    last_used_address: string | null;
  };
  /** A table of its own, so that a flush rewrites a few bytes and not whole keys. */
  key_last_used: {
    key_seq: number;
    at: number;
    address: string | null;
  };
  /** Uses of each key, by organization. A key's API and environment never change, but its organization may. */
  key_usage_hourly: UseNumbers & {
    org_seq: number;
    key_seq: number;
    hour: number;
    outcome: string;
  };
  /**
   * The sums over all keys. Answers questions that name no key, at a cost that does not grow with the number of keys.
   */
  usage_hourly: UseNumbers &
    ResponseTimes & {
      hour: number;
      org_seq: number;
      api_id: string;
      environment: 'live' | 'test';
      outcome: string;
    };
  /** The endpoint patterns by which uses are counted. */
  usage_routes: {
    seq: Generated<number>;
    api_id: string;
    /** Whose key names the pattern. 0: the policy of the API does. */
    org_seq: number;
    /** Such as `GET /v1/users/*`. `other`: the sum of what was beyond the limit. */
    pattern: string;
    /** The newest hour with a use. A route without kept usage goes. */
    last_hour: number;
  };
  /** The part of `key_usage_hourly` that has a route. */
  key_routes_hourly: UseNumbers & {
    org_seq: number;
    key_seq: number;
    hour: number;
    route_seq: number;
    outcome: string;
  };
  /** The part of `usage_hourly` that has a route. */
  routes_hourly: UseNumbers &
    ResponseTimes & {
      hour: number;
      org_seq: number;
      api_id: string;
      environment: 'live' | 'test';
      route_seq: number;
      outcome: string;
    };
  /** Where the uses of each key came from. Uses from an unknown address are in no row. */
  key_addresses_hourly: {
    org_seq: number;
    key_seq: number;
    hour: number;
    /** An IPv4 address, or the /64 network of an IPv6 address. Empty: the sum of what was beyond the limit. */
    address: string;
    count: number;
    /** The part of `count` that was refused. */
    refused: number;
  };
  /** The runs whose usage batches are accepted. `sequence` is the last batch that was added. */
  usage_runs: {
    run: string;
    sequence: number;
    began_at: number;
  };
  /**
   * In `org_id`, `key_id` and `client_address`, an empty text means "none": they are in the unique key, where NULLs
   * differ.
   */
  denials: {
    seq: Generated<number>;
    hour: number;
    api_id: string;
    org_id: string;
    key_id: string;
    reason: string;
    /**
     * What the denied requests of this row have in common: the client's address, or a method and path where those
     * decide.
     */
    client_address: string;
    count: number;
    first_at: number;
    last_at: number;
    method: string;
    path: string;
    /**
     * The client's address. Empty: unknown. NULL in rows of an older Miftah, which kept the address in
     * `client_address`.
     */
    sample_address: string | null;
  };
  /**
   * Append-only: triggers refuse every update except the erasure of a sealed part, and every delete of an entry after
   * the anchor in `retention`. `before` and `after` are JSON.
   */
  audit_log: {
    seq: number;
    at: number;
    actor_kind: string;
    actor_id: string | null;
    actor_label: string;
    via: string;
    address: string | null;
    request_id: string | null;
    action: string;
    target_kind: string;
    target_id: string;
    org_id: string | null;
    before: string | null;
    after: string | null;
    previous_hash: string;
    hash: string;
    /**
     * The seal of `actor_label` and `address`. Of an erased part, the label is empty and the salt NULL, and
     * `…_erased_by` is the `seq` of the entry that says so. All three are NULL in rows of an older Miftah.
     */
    author_salt: string | null;
    author_digest: string | null;
    author_erased_by: number | null;
    /** The seal of `before` and `after`. */
    state_salt: string | null;
    state_digest: string | null;
    state_erased_by: number | null;
  };
  /**
   * The `auth_…` tables belong to better-auth. They list only the columns that our queries name. Instants are ISO 8601.
   */
  auth_user: {
    id: string;
    name: string;
    email: string;
    /** Written as 0 or 1, which PostgreSQL accepts for a boolean. PostgreSQL returns a boolean. */
    emailVerified: number | boolean;
    createdAt: string;
    updatedAt: string;
  };
  auth_account: {
    id: string;
    accountId: string;
    providerId: string;
    userId: string;
    password: string | null;
    createdAt: string;
    updatedAt: string;
  };
  auth_session: { id: string; userId: string; expiresAt: string; createdAt: string };
  auth_verification: { id: string; value: string; expiresAt: string };
  /** Persons who run the installation. */
  operators: { person_id: string; created_at: number };
  members: {
    seq: Generated<number>;
    org_id: string;
    person_id: string;
    role: 'owner' | 'admin' | 'developer' | 'viewer';
    created_at: number;
  };
  /** Open invitations, and those that expired less than a day ago. Accepted and revoked ones are in the audit log only. */
  invitations: {
    seq: Generated<number>;
    id: string;
    org_id: string;
    email: string;
    role: 'owner' | 'admin' | 'developer' | 'viewer';
    /** SHA-256 of the token, 64 hex characters. */
    token_digest: string;
    created_at: number;
    expires_at: number;
  };
  session_orgs: { session_id: string; org_id: string };
  /** One row for each mail of the last 8 days, also of invitations that are accepted, revoked or replaced. */
  sent_invitations: { id: string; inviter: string; org_id: string; email: string; sent_at: number };
  /** SHA-256 of each one-time code, kept until the code would have expired by itself. */
  used_codes: { digest: string; until: number };
  /** Replies to commands that may be sent again with the same idempotency key. */
  kept_replies: {
    name: string;
    fingerprint: string;
    /** Encrypted, in base64. NULL after `sealed_until`. */
    sealed: string | null;
    sealed_until: number;
    kept_until: number;
  };
  /** One row: what was removed from the database, and what is archived. */
  retention: {
    id: number;
    /** Usage of earlier hours was removed. 0: none was. */
    usage_from: number;
    /** Addresses of earlier hours were removed. 0: none were. */
    addresses_from: Generated<number>;
    /** The anchor: the last audit entry that was removed or will be. 0 and 64 zeros: none. */
    audit_seq: number;
    audit_hash: string;
    /** The last audit entry that an archive has. 0 and 64 zeros: none. */
    archived_seq: number;
    archived_hash: string;
    /** The node that prunes, until `pruner_until`. */
    pruner: string | null;
    pruner_until: number;
  };
  webhook_endpoints: {
    /** Order of creation. */
    seq: Generated<number>;
    id: string;
    /** NULL: it belongs to the operator and receives the events of all organizations. */
    org_id: string | null;
    name: string;
    url: string;
    /** JSON: types of events, sorted. NULL: all. */
    types: string | null;
    format: 'standard' | 'alertmanager';
    signature: 'hmac' | 'ed25519' | 'none';
    /** Encrypted, in base64. Empty: nothing is signed. */
    sealed_secret: string;
    /** The secret before the last rotation signs too, until `former_until`. */
    former_secret: string | null;
    former_until: number | null;
    disabled_at: number | null;
    disabled_because: 'request' | 'gone' | 'failing' | null;
    created_at: number;
  };
  /** The outbox. A row is written in the transaction of its change, if an endpoint wants it. */
  webhook_events: {
    seq: Generated<number>;
    /** The `webhook-id` of every attempt. */
    id: string;
    type: string;
    org_id: string | null;
    at: number;
    /** JSON: the `data` of the body. */
    data: string;
  };
  webhook_deliveries: {
    seq: Generated<number>;
    event_seq: number;
    endpoint_seq: number;
    status: 'waiting' | 'delivered' | 'failed';
    /** Grows with each replay. The answer to an attempt of an earlier round changes nothing. */
    round: number;
    /** Attempts of this round that have ended. */
    attempts: number;
    /** When the next attempt is due. NULL: none is. */
    next_at: number | null;
    last_at: number | null;
    /** The status of the last answer. NULL: there was none. */
    last_status: number | null;
    /** Why the last attempt failed. */
    last_error: string | null;
  };
  /** Every attempt of a delivery, in order. */
  webhook_attempts: {
    seq: Generated<number>;
    delivery_seq: number;
    began_at: number;
    ended_at: number;
    /** The status of the answer. NULL: there was none. */
    status: number | null;
    /** Why it failed. NULL: it did not. */
    error: string | null;
  };
  /** One row: the node that sends, and how far the searches for expiring and for unused keys are. */
  webhook_sender: {
    id: number;
    holder: string | null;
    held_until: number;
    /** Keys that expire up to this instant have their events. */
    scanned_to: number;
    /**
     * The search for unused keys covers what became unused after `unused_from`, up to `unused_to`. It has passed the
     * keys up to the number `unused_after`.
     */
    unused_from: number;
    unused_to: number;
    unused_after: number;
  };
  /** What a person chose, or used last. Absent or NULL: nothing yet. */
  person_settings: {
    person_id: string;
    language: string | null;
    /** The origin of the console of the last sign-in: the links of mails lead there. */
    console_origin: string | null;
    /** The IANA name. */
    time_zone: string | null;
    /** When daily summaries go, by the person's clock. */
    digest_hour: number | null;
  };
  /** When the mails of a kind go, for those who chose it. */
  notification_timings: { person_id: string; kind: string; timing: string };
  /** One row for each member that an event notifies, written in the transaction of the change. */
  notifications: {
    seq: Generated<number>;
    /** Its mail has it in the `Message-ID`. */
    id: string;
    org_id: string;
    person_id: string;
    /** The type of the event. */
    type: string;
    subject_id: string;
    /** JSON. */
    detail: string;
    author_kind: 'operator' | 'member' | 'key' | 'system';
    /** Of a member. NULL: not a member, or a person who was deleted. */
    author_id: string | null;
    at: number;
    read_at: number | null;
    timing: 'at_once' | 'daily' | 'never';
    /** When the mail is due. All that is due at one instant for one person is one summary. */
    due_at: number;
    /** When the next attempt is due. NULL: none is. */
    next_at: number | null;
    attempts: number;
    /** NULL: no mail was sent. */
    sent_at: number | null;
  };
  alerts: {
    /** Order of raising. */
    seq: Generated<number>;
    id: string;
    rule: string;
    subject_kind: string;
    subject: string;
    /** Empty: the rule has no parts. */
    variant: string;
    /** NULL: it concerns the operator only. */
    org_id: string | null;
    api_id: string | null;
    hour: number;
    last_hour: number;
    hours: number;
    raised_at: number;
    /** JSON of `Evidence`. */
    evidence: string;
    acknowledged_at: number | null;
  };
  /** The rules that an operator has set. Others have their defaults. */
  alert_rules: {
    rule: string;
    is_on: number;
    /** JSON: numbers by name. */
    settings: string;
  };
  alert_mutes: {
    rule: string;
    subject: string;
    org_id: string | null;
    until: number;
  };
  /** One row: the node that evaluates, and how far it is. */
  alert_evaluator: {
    id: number;
    holder: string | null;
    held_until: number;
    /** The start of the next hour to evaluate. 0: none was. */
    next_hour: number;
    /** The keys of that hour up to this number are done. */
    after_key: number;
    /** The audit entries up to this one are done. */
    audit_seq: number;
  };
  /** How far each destination of the audit log is. A destination that was never sent anything has no row. */
  audit_exports: {
    destination: string;
    /** The last record that it has confirmed. 0 and 64 zeros: none. */
    seq: number;
    hash: string;
    confirmed_at: number | null;
    /** The last failure. NULL: the last delivery succeeded. */
    failed_at: number | null;
    failure: string | null;
    /** Failures since the last success. */
    attempts: number;
    /** No node tries again before. */
    retry_at: number;
    /** The node that sends, until `sender_until`. */
    sender: string | null;
    sender_until: number;
  };
  /**
   * One row: the number of the newest change, and the open reload of the configuration. Only PostgreSQL has this table
   * and the next two.
   */
  history: {
    head: number;
    reload_id: string | null;
    /** JSON. NULL: no reload is open. */
    reload: string | null;
    /** When it was opened or replaced. */
    reload_at: Date | null;
  };
  /** What nodes must forget, kept while a node may still ask for it. Both are JSON arrays of text. */
  changes: {
    revision: number;
    digests: string;
    org_ids: string;
  };
  nodes: {
    node_id: string;
    node_name: string;
    number: number;
    acknowledged_epoch: string | null;
    acknowledged_revision: number | null;
    serve_cached_ms: number;
    /** The digest of the configuration that the node uses. NULL: it runs an older Miftah. */
    configuration: string | null;
    /** JSON: its answer to the open reload. */
    reload: string | null;
    seen_at: Generated<Date>;
  };
  schema_migrations: {
    number: number;
    name: string;
    applied_at: number;
  };
}
