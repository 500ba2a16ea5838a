// The store of notifications: what each person is notified of, what they chose, and the mails that wait.
import type { AuditActor } from '../domain/audit-record.ts';
import type { ChosenTimings, NotificationDetail, NotifiedType } from '../domain/notification.ts';
import type { Role } from '../domain/role.ts';
import type { MailLanguage } from './letter.ts';

/** A notification of one person, with the names as they are now. Instants are epoch milliseconds. */
export interface Notification {
  /** `ntf_` and 22 letters and digits. */
  readonly id: string;
  readonly org: { readonly id: string; readonly name: string };
  readonly type: NotifiedType;
  readonly atMs: number;
  /** `null`: unread. */
  readonly readAtMs: number | null;
  /** `name` is `null` for what is gone, or belongs to another organization now. `masked`: of a key. */
  readonly subject: { readonly id: string; readonly name: string | null; readonly masked: string | null };
  readonly detail: NotificationDetail;
  /** Who did it. `name`: of a member who still has an account. */
  readonly author: { readonly kind: AuditActor['kind']; readonly name: string | null };
}

/** What a person chose, or used last. `null`: nothing yet. */
export interface PersonSettings {
  readonly language: MailLanguage | null;
  /** The origin of the console of the last sign-in. */
  readonly consoleOrigin: string | null;
  /** The IANA name. */
  readonly timeZone: string | null;
  /** From 0 to 23. */
  readonly digestHour: number | null;
  readonly timings: ChosenTimings;
}

/** What to change. A member that is absent stays. */
export interface PersonSettingsChange extends Partial<Omit<PersonSettings, 'timings'>> {
  readonly timings?: ChosenTimings;
}

/** A mail that is due: one notification, or the daily summary of several. */
export interface DueMail {
  /** Names the mail for `settle`. */
  readonly key: {
    readonly personId: string;
    readonly dueAtMs: number;
    /** The only notification. `null`: a summary of all that are due at that instant. */
    readonly id: string | null;
  };
  /** Attempts that failed before. */
  readonly attempts: number;
  readonly email: string;
  readonly settings: Pick<PersonSettings, 'language' | 'consoleOrigin'>;
  /** Oldest first, of organizations that the person belongs to. A long summary has the first ones only. */
  readonly notifications: readonly (Notification & { readonly role: Role })[];
  /** How many notifications the mail is about, with those that are left out. */
  readonly count: number;
}

/** `sent`: the mail server has it. A number: the next attempt is due then. `failed`: there is none. */
export type MailOutcome = 'sent' | 'failed' | { readonly nextAtMs: number };

export interface NotificationStore {
  /** Newest first. Rejects with `cursor_invalid`. */
  listNotifications(
    whose: { readonly orgId: string; readonly personId: string },
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly items: readonly Notification[]; readonly nextCursor: string | null }>;
  countUnread(whose: { readonly orgId: string; readonly personId: string }): Promise<number>;
  /** Marks the person's own notifications with these ids, or all up to the one of `upTo`. Others stay. */
  markRead(
    whose: { readonly orgId: string; readonly personId: string },
    which: { readonly ids: readonly string[] } | { readonly upTo: string },
    nowMs: number,
  ): Promise<void>;
  /** Of a person who does not exist: nothing is chosen. */
  findPersonSettings(personId: string): Promise<PersonSettings>;
  /** Does nothing for a person who does not exist. */
  changePersonSettings(personId: string, change: PersonSettingsChange): Promise<void>;
  /** The mails that are due, the longest due first. */
  listDueMails(nowMs: number, limit: number): Promise<readonly DueMail[]>;
  /** Notes the end of an attempt. `false`, and nothing changes: another node has noted one meanwhile. */
  settleMail(mail: Pick<DueMail, 'key' | 'attempts'>, nowMs: number, outcome: MailOutcome): Promise<boolean>;
  /** Removes some notifications from before `beforeMs`, also those whose mail waits. `true`: there may be more. */
  removeNotifications(beforeMs: number): Promise<boolean>;
  /** How many notifications wait for their mail, and since when the oldest is due. `null`: none is due. */
  describeWaitingMails(nowMs: number): Promise<{ readonly count: number; readonly oldestDueMs: number | null }>;
}
