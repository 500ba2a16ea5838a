// The schema after step 6. PostgreSQL begins here: only SQLite took the earlier steps.
import type { Migration } from './migration.ts';

/**
 * The same schema as SQLite's steps make, in PostgreSQL's own terms: identity columns, booleans and instants of
 * better-auth's tables, triggers. Text is compared byte by byte, whatever the locale of the database: the audit log is
 * searched by ranges of actions, and lists must not depend on the machine.
 */
export const postgresBaseline: Migration = {
  number: 6,
  name: 'postgres-baseline',
  statements: [
    `CREATE TABLE organizations (
      seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id <> ''),
      name TEXT NOT NULL,
      kind TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
      created_at BIGINT NOT NULL
    )`,
    'CREATE INDEX organizations_by_name ON organizations (name)',
    `CREATE TABLE api_keys (
      seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id <> ''),
      api_id TEXT NOT NULL CHECK (api_id <> ''),
      org_id TEXT NOT NULL REFERENCES organizations (id),
      environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
      name TEXT NOT NULL,
      hint_prefix TEXT NOT NULL,
      hint_start TEXT NOT NULL,
      hint_end TEXT NOT NULL,
      restrictions TEXT NOT NULL,
      rate_limits TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      expires_at BIGINT,
      revoked_at BIGINT,
      revision BIGINT NOT NULL CHECK (revision >= 1),
      disabled_at BIGINT
    )`,
    'CREATE INDEX api_keys_of_api_and_org ON api_keys (api_id, org_id, seq)',
    'CREATE INDEX api_keys_of_org ON api_keys (org_id, seq)',
    'CREATE INDEX api_keys_of_api ON api_keys (api_id, seq)',
    `CREATE TABLE secrets (
      digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
      key_seq BIGINT NOT NULL REFERENCES api_keys (seq),
      prefix TEXT NOT NULL,
      start TEXT NOT NULL CHECK (length(start) <= 4),
      "end" TEXT NOT NULL CHECK (length("end") <= 4),
      created_at BIGINT NOT NULL,
      ends_at BIGINT,
      use_count BIGINT NOT NULL DEFAULT 0,
      last_used_at BIGINT,
      last_used_address TEXT
    )`,
    'CREATE INDEX secrets_of_key ON secrets (key_seq)',
    `CREATE TABLE key_last_used (
      key_seq BIGINT PRIMARY KEY,
      at BIGINT NOT NULL,
      address TEXT
    )`,
    `CREATE TABLE key_usage_hourly (
      org_seq BIGINT NOT NULL,
      key_seq BIGINT NOT NULL,
      hour BIGINT NOT NULL,
      outcome TEXT NOT NULL,
      count BIGINT NOT NULL,
      PRIMARY KEY (org_seq, key_seq, hour, outcome)
    )`,
    `CREATE TABLE usage_hourly (
      hour BIGINT NOT NULL,
      org_seq BIGINT NOT NULL,
      api_id TEXT NOT NULL,
      environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
      outcome TEXT NOT NULL,
      count BIGINT NOT NULL,
      PRIMARY KEY (hour, org_seq, api_id, environment, outcome)
    )`,
    'CREATE INDEX usage_of_org ON usage_hourly (org_seq, hour)',
    `CREATE TABLE denials (
      seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      hour BIGINT NOT NULL,
      api_id TEXT NOT NULL,
      org_id TEXT NOT NULL,
      key_id TEXT NOT NULL,
      reason TEXT NOT NULL,
      client_address TEXT NOT NULL,
      count BIGINT NOT NULL,
      first_at BIGINT NOT NULL,
      last_at BIGINT NOT NULL,
      method TEXT NOT NULL,
      path TEXT NOT NULL CHECK (length(path) <= 200),
      UNIQUE (hour, api_id, org_id, key_id, reason, client_address)
    )`,
    'CREATE INDEX denials_by_time ON denials (last_at, seq)',
    'CREATE INDEX denials_of_org ON denials (org_id, last_at, seq)',
    'CREATE INDEX denials_of_key ON denials (key_id, last_at, seq)',
    `CREATE TABLE audit_log (
      seq BIGINT PRIMARY KEY,
      at BIGINT NOT NULL,
      actor_kind TEXT NOT NULL,
      actor_id TEXT,
      actor_label TEXT NOT NULL,
      via TEXT NOT NULL,
      address TEXT,
      request_id TEXT,
      action TEXT NOT NULL,
      target_kind TEXT NOT NULL,
      target_id TEXT NOT NULL,
      org_id TEXT,
      before TEXT,
      after TEXT,
      previous_hash TEXT NOT NULL,
      hash TEXT NOT NULL
    )`,
    'CREATE INDEX audit_of_org ON audit_log (org_id, seq)',
    'CREATE INDEX audit_of_target ON audit_log (target_id, seq)',
    `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$`,
    `CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
    `CREATE TABLE auth_user (
      id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      email TEXT NOT NULL UNIQUE,
      "emailVerified" BOOLEAN NOT NULL,
      image TEXT,
      "createdAt" TIMESTAMPTZ NOT NULL,
      "updatedAt" TIMESTAMPTZ NOT NULL,
      "twoFactorEnabled" BOOLEAN
    )`,
    `CREATE TABLE auth_session (
      id TEXT NOT NULL PRIMARY KEY,
      "expiresAt" TIMESTAMPTZ NOT NULL,
      token TEXT NOT NULL UNIQUE,
      "createdAt" TIMESTAMPTZ NOT NULL,
      "updatedAt" TIMESTAMPTZ NOT NULL,
      "ipAddress" TEXT,
      "userAgent" TEXT,
      "userId" TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE
    )`,
    `CREATE TABLE auth_account (
      id TEXT NOT NULL PRIMARY KEY,
      "accountId" TEXT NOT NULL,
      "providerId" TEXT NOT NULL,
      "userId" TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      "accessToken" TEXT,
      "refreshToken" TEXT,
      "idToken" TEXT,
      "accessTokenExpiresAt" TIMESTAMPTZ,
      "refreshTokenExpiresAt" TIMESTAMPTZ,
      scope TEXT,
      password TEXT,
      "createdAt" TIMESTAMPTZ NOT NULL,
      "updatedAt" TIMESTAMPTZ NOT NULL
    )`,
    `CREATE TABLE auth_verification (
      id TEXT NOT NULL PRIMARY KEY,
      identifier TEXT NOT NULL,
      value TEXT NOT NULL,
      "expiresAt" TIMESTAMPTZ NOT NULL,
      "createdAt" TIMESTAMPTZ NOT NULL,
      "updatedAt" TIMESTAMPTZ NOT NULL
    )`,
    `CREATE TABLE auth_two_factor (
      id TEXT NOT NULL PRIMARY KEY,
      secret TEXT NOT NULL,
      "backupCodes" TEXT NOT NULL,
      "userId" TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      verified BOOLEAN,
      "failedVerificationCount" INTEGER,
      "lockedUntil" TIMESTAMPTZ
    )`,
    `CREATE TABLE auth_passkey (
      id TEXT NOT NULL PRIMARY KEY,
      name TEXT,
      "publicKey" TEXT NOT NULL,
      "userId" TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      "credentialID" TEXT NOT NULL,
      counter INTEGER NOT NULL,
      "deviceType" TEXT NOT NULL,
      "backedUp" BOOLEAN NOT NULL,
      transports TEXT,
      "createdAt" TIMESTAMPTZ,
      aaguid TEXT
    )`,
    'CREATE INDEX "auth_session_userId_idx" ON auth_session ("userId")',
    'CREATE INDEX "auth_account_userId_idx" ON auth_account ("userId")',
    'CREATE INDEX auth_verification_identifier_idx ON auth_verification (identifier)',
    'CREATE INDEX auth_two_factor_secret_idx ON auth_two_factor (secret)',
    'CREATE INDEX "auth_two_factor_userId_idx" ON auth_two_factor ("userId")',
    'CREATE INDEX "auth_passkey_userId_idx" ON auth_passkey ("userId")',
    'CREATE INDEX "auth_passkey_credentialID_idx" ON auth_passkey ("credentialID")',
    `CREATE TABLE operators (
      person_id TEXT NOT NULL PRIMARY KEY REFERENCES auth_user (id) ON DELETE CASCADE,
      created_at BIGINT NOT NULL
    )`,
    `CREATE TABLE members (
      seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      org_id TEXT NOT NULL REFERENCES organizations (id),
      person_id TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
      created_at BIGINT NOT NULL,
      UNIQUE (org_id, person_id)
    )`,
    'CREATE INDEX members_of_person ON members (person_id, seq)',
    `CREATE TABLE invitations (
      seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      org_id TEXT NOT NULL REFERENCES organizations (id),
      email TEXT NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
      token_digest TEXT NOT NULL UNIQUE CHECK (length(token_digest) = 64),
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      UNIQUE (org_id, email)
    )`,
    `CREATE TABLE session_orgs (
      session_id TEXT NOT NULL PRIMARY KEY REFERENCES auth_session (id) ON DELETE CASCADE,
      org_id TEXT NOT NULL REFERENCES organizations (id)
    )`,
    `CREATE TABLE kept_replies (
      name TEXT NOT NULL PRIMARY KEY CHECK (length(name) = 64),
      fingerprint TEXT NOT NULL,
      sealed TEXT,
      sealed_until BIGINT NOT NULL,
      kept_until BIGINT NOT NULL
    )`,
    'CREATE INDEX kept_replies_by_end ON kept_replies (kept_until)',
    'CREATE INDEX kept_replies_by_seal ON kept_replies (sealed_until) WHERE sealed IS NOT NULL',
  ].map((statement) => statement.replaceAll(/ TEXT\b/g, ' TEXT COLLATE "C"')),
};
