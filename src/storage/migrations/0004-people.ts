// Persons and their credentials in better-auth's own tables, memberships and invitations in ours.
import type { Migration } from './migration.ts';

/**
 * The `auth_…` tables are as better-auth's own migration would create them. So they are not STRICT: better-auth keeps
 * instants as ISO 8601 text in columns of type `date`. A test compares them with better-auth's schema.
 */
export const people: Migration = {
  number: 4,
  name: 'people',
  statements: [
    `CREATE TABLE auth_user (
      id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      email TEXT NOT NULL UNIQUE,
      "emailVerified" INTEGER NOT NULL,
      image TEXT,
      "createdAt" DATE NOT NULL,
      "updatedAt" DATE NOT NULL,
      "twoFactorEnabled" INTEGER
    )`,
    `CREATE TABLE auth_session (
      id TEXT NOT NULL PRIMARY KEY,
      "expiresAt" DATE NOT NULL,
      token TEXT NOT NULL UNIQUE,
      "createdAt" DATE NOT NULL,
      "updatedAt" DATE NOT NULL,
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
      "accessTokenExpiresAt" DATE,
      "refreshTokenExpiresAt" DATE,
      scope TEXT,
      password TEXT,
      "createdAt" DATE NOT NULL,
      "updatedAt" DATE NOT NULL
    )`,
    `CREATE TABLE auth_verification (
      id TEXT NOT NULL PRIMARY KEY,
      identifier TEXT NOT NULL,
      value TEXT NOT NULL,
      "expiresAt" DATE NOT NULL,
      "createdAt" DATE NOT NULL,
      "updatedAt" DATE NOT NULL
    )`,
    `CREATE TABLE auth_two_factor (
      id TEXT NOT NULL PRIMARY KEY,
      secret TEXT NOT NULL,
      "backupCodes" TEXT NOT NULL,
      "userId" TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      verified INTEGER,
      "failedVerificationCount" INTEGER,
      "lockedUntil" DATE
    )`,
    `CREATE TABLE auth_passkey (
      id TEXT NOT NULL PRIMARY KEY,
      name TEXT,
      "publicKey" TEXT NOT NULL,
      "userId" TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      "credentialID" TEXT NOT NULL,
      counter INTEGER NOT NULL,
      "deviceType" TEXT NOT NULL,
      "backedUp" INTEGER NOT NULL,
      transports TEXT,
      "createdAt" DATE,
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
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE members (
      seq INTEGER PRIMARY KEY,
      org_id TEXT NOT NULL REFERENCES organizations (id),
      person_id TEXT NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
      role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
      created_at INTEGER NOT NULL,
      UNIQUE (org_id, person_id)
    ) STRICT`,
    'CREATE INDEX members_of_person ON members (person_id, seq)',
    `CREATE TABLE invitations (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      org_id TEXT NOT NULL REFERENCES organizations (id),
      email TEXT NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
      token_digest TEXT NOT NULL UNIQUE CHECK (length(token_digest) = 64),
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      UNIQUE (org_id, email)
    ) STRICT`,
    // The organization that a session acts in. A session without a row acts in its person's first one.
    `CREATE TABLE session_orgs (
      session_id TEXT NOT NULL PRIMARY KEY REFERENCES auth_session (id) ON DELETE CASCADE,
      org_id TEXT NOT NULL REFERENCES organizations (id)
    ) STRICT, WITHOUT ROWID`,
  ],
};
