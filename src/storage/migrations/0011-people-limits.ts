// Mailed invitations and used one-time codes, in the database so that all nodes count the same.
import type { Migration } from './migration.ts';

export const sqlitePeopleLimits: Migration = {
  number: 11,
  name: 'people-limits',
  statements: [
    `CREATE TABLE sent_invitations (
      id TEXT NOT NULL PRIMARY KEY,
      inviter TEXT NOT NULL,
      org_id TEXT NOT NULL,
      email TEXT NOT NULL,
      sent_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX sent_invitations_inviter ON sent_invitations (inviter, sent_at)',
    'CREATE INDEX sent_invitations_org ON sent_invitations (org_id, sent_at)',
    'CREATE INDEX sent_invitations_email ON sent_invitations (email, sent_at)',
    `CREATE TABLE used_codes (
      digest TEXT NOT NULL PRIMARY KEY,
      until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
};

export const postgresPeopleLimits: Migration = {
  number: 11,
  name: 'people-limits',
  statements: [
    `CREATE TABLE sent_invitations (
      id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
      inviter TEXT NOT NULL,
      org_id TEXT NOT NULL,
      email TEXT NOT NULL,
      sent_at BIGINT NOT NULL
    )`,
    'CREATE INDEX sent_invitations_inviter ON sent_invitations (inviter, sent_at)',
    'CREATE INDEX sent_invitations_org ON sent_invitations (org_id, sent_at)',
    'CREATE INDEX sent_invitations_email ON sent_invitations (email, sent_at)',
    `CREATE TABLE used_codes (
      digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
      until BIGINT NOT NULL
    )`,
  ],
};
