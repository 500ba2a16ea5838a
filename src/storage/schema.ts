// The tables, as queries see them. Every `…_at` and `hour` is epoch milliseconds; JSON is text.
import type { Generated } from 'kysely';

export interface Database {
  organizations: {
    /** Order of creation. */
    seq: Generated<number>;
    id: string;
    name: string;
    kind: string;
    status: 'active' | 'suspended';
    created_at: number;
    /** JSON: `RateLimit[]` by the id of the API. `null`: nothing is granted. */
    granted_limits: string | null;
  };
  api_keys: {
    /** Order of creation, which lists follow, and the short name under which secrets refer to the key. */
    seq: Generated<number>;
    id: string;
    api_id: string;
    org_id: string;
    environment: 'live' | 'test';
    name: string;
    /** Of the secret made last. */
    hint_prefix: string;
    hint_start: string;
    hint_end: string;
    /** JSON of `Restrictions`. */
    restrictions: string;
    /** JSON of `RateLimit[]`. */
    rate_limits: string;
    /** JSON of `RateLimit[]`. `null`: nothing is granted to this key alone. */
    granted_limits: string | null;
    created_at: number;
    updated_at: number;
    expires_at: number | null;
    revoked_at: number | null;
    disabled_at: number | null;
    revision: number;
  };
  /** A key has several while a rotation's overlap lasts. Rows are never deleted: an ended secret is told from an unknown one. */
  secrets: {
    digest: string;
    key_seq: number;
    prefix: string;
    start: string;
    end: string;
    created_at: number;
    ends_at: number | null;
    /** Of requests that came with it after a rotation had superseded it. */
    use_count: Generated<number>;
    last_used_at: number | null;
    last_used_address: string | null;
  };
  /** Apart from `api_keys`, so that a flush rewrites a few bytes and not whole records. */
  key_last_used: {
    key_seq: number;
    at: number;
    address: string | null;
  };
  /** What each key did, and for which organization: a key's API and environment never change, its organization may. */
  key_usage_hourly: {
    org_seq: number;
    key_seq: number;
    hour: number;
    outcome: string;
    count: number;
  };
  /** The same added up over keys: answers what names no key, however many there are. */
  usage_hourly: {
    hour: number;
    org_seq: number;
    api_id: string;
    environment: 'live' | 'test';
    outcome: string;
    count: number;
  };
  /** Whose batches of usage are taken, and which was the last one that was added. */
  usage_runs: {
    run: string;
    sequence: number;
    began_at: number;
  };
  /** Empty text stands for "none" in `org_id`, `key_id` and `client_address`: they are part of the unique key, where NULLs differ. */
  denials: {
    seq: Generated<number>;
    hour: number;
    api_id: string;
    org_id: string;
    key_id: string;
    reason: string;
    /** What its refusals have alike: the client's address, or method and path where those decide. */
    client_address: string;
    count: number;
    first_at: number;
    last_at: number;
    method: string;
    path: string;
    /** The client's address; empty: unknown. NULL in rows of an older Miftah, which has it in `client_address`. */
    sample_address: string | null;
  };
  /** Append-only, which triggers see to. `before` and `after` are JSON. */
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
  };
  /** better-auth's, as are all `auth_…` tables; of those, only the columns that queries of ours name. Instants are ISO 8601. */
  auth_user: {
    id: string;
    name: string;
    email: string;
    /** 0 or 1, which PostgreSQL takes for its booleans; from there it comes back as one. */
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
  /** Who may do everything. */
  operators: { person_id: string; created_at: number };
  members: {
    seq: Generated<number>;
    org_id: string;
    person_id: string;
    role: 'owner' | 'admin' | 'developer' | 'viewer';
    created_at: number;
  };
  /** Open ones, and such as have expired: what was accepted or revoked is in the audit log alone. */
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
  /** SHA-256 of what may be used once, kept until it would have ended by itself. */
  used_codes: { digest: string; until: number };
  /** Replies to commands that may be sent again under the same idempotency key. */
  kept_replies: {
    name: string;
    fingerprint: string;
    /** Encrypted, base64; NULL when its time is over. */
    sealed: string | null;
    sealed_until: number;
    kept_until: number;
  };
  /** One row: the number of the newest change. PostgreSQL alone, as the two that follow. */
  history: {
    head: number;
  };
  /** What nodes must forget, for as long as one may still have to ask. Both are JSON arrays of text. */
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
    seen_at: Generated<Date>;
  };
  schema_migrations: {
    number: number;
    name: string;
    applied_at: number;
  };
}
