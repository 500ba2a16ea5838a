// The words of mails about notifications: one notification, or the summary of a day.
import { type RuleId, ruleIds } from '../domain/alert.ts';
import type { NotificationKind, NotifiedType } from '../domain/notification.ts';
import { kindOfEvent } from '../domain/notification.ts';
import type { Role } from '../domain/role.ts';
import type { Letter, MailLanguage } from './letter.ts';
import { instant, isolated, quoted, roleNames } from './letters.ts';
import type { DueMail, Notification } from './notification-ports.ts';

/** Where the links of a mail lead. */
export interface NotificationLinks {
  /** The origin of the reader's console. */
  readonly origin: string;
  readonly unsubscribe: (kinds: readonly NotificationKind[]) => string;
}

interface NotificationWords {
  /** Constant, as every subject of a mail. */
  readonly subjects: Readonly<Record<NotifiedType, string>>;
  readonly kinds: Readonly<Record<NotificationKind, string>>;
  /** One sentence about what happened, which ends with a full stop. */
  sentence(notification: Notification): string;
  readonly when: string;
  readonly open: string;
  readonly digest: string;
  inOrganization(name: string): string;
  more(count: number): string;
  whyAtOnce(role: Role, organization: string): string;
  readonly whyDaily: string;
  stop(kind: string): string;
}

/** In mails, what a person typed is quoted. */
function quotedOr(name: string | null, other: string): string {
  return name === null ? other : quoted(name);
}

const english: NotificationWords = {
  subjects: {
    'key.created': 'A key was created',
    'key.rotated': 'A key was rotated',
    'key.disabled': 'A key was disabled',
    'key.enabled': 'A key was enabled',
    'key.transferred': 'A key went to another organization',
    'key.revoked': 'A key was revoked',
    'key.expiring': 'A key expires soon',
    'key.expired': 'A key has expired',
    'organization.suspended': 'Your organization was suspended',
    'organization.resumed': 'Your organization was resumed',
    'member.added': 'A member was added',
    'member.role_changed': 'A member got another role',
    'member.removed': 'A member was removed',
    'webhook.disabled': 'A webhook was disabled',
    'alert.raised': 'Unusual activity',
  },
  kinds: {
    key_expiry: 'keys that expire',
    key_change: 'changes of keys',
    organization_status: 'suspensions',
    member_change: 'members',
    webhook_disabled: 'disabled webhooks',
    alert: 'unusual activity',
  },
  sentence({ type, subject, detail, author }) {
    const by = { member: ` by ${quotedOr(author.name, 'a former member')}`, operator: ' by the operator' };
    const actor = author.kind === 'key' ? ' by another key' : author.kind === 'system' ? '' : by[author.kind];
    const key = `The key ${quotedOr(subject.name, 'with the id')} (${isolated(subject.masked ?? subject.id)})`;
    const person = quotedOr(subject.name, 'A former member');
    const role = detail.role === undefined ? '' : ` as ${roleNames.en[detail.role as Role] ?? detail.role}`;
    const at = detail.expiresAt === undefined ? '' : `: ${instant('en', Date.parse(detail.expiresAt))}`;
    switch (type) {
      case 'key.created':
        return `${key} was created${actor}.`;
      case 'key.rotated':
        return `${key} got a new secret${actor}.`;
      case 'key.disabled':
        return `${key} was disabled${actor}.`;
      case 'key.enabled':
        return `${key} was enabled${actor}.`;
      case 'key.transferred':
        return `${key} went to another organization${actor}.`;
      case 'key.revoked':
        return `${key} was revoked${actor}.`;
      case 'key.expiring':
        return `${key} expires soon${at}.`;
      case 'key.expired':
        return `${key} has expired${at}.`;
      case 'organization.suspended':
        return `The organization ${quotedOr(subject.name, '')} was suspended${actor}, as a whole or for one API.`;
      case 'organization.resumed':
        return `The organization ${quotedOr(subject.name, '')} was resumed${actor}, as a whole or for one API.`;
      case 'member.added':
        return `${person} became a member${role}.`;
      case 'member.role_changed':
        return `${person} now belongs to the organization${role}. The change was made${actor}.`;
      case 'member.removed':
        return `${person} was removed or left.`;
      case 'webhook.disabled': {
        const cause =
          detail.because === 'gone'
            ? 'Its server answered that it wants no more (status 410).'
            : 'Every attempt to deliver an event failed for three days.';
        const webhook = `The webhook ${quotedOr(subject.name, isolated(subject.id))}`;
        return `${webhook} gets no more events. ${cause} Repair the server, then ask your operator to enable it.`;
      }
      case 'alert.raised':
        return `A rule found unusual activity: ${findingIn('en', detail.because)}.`;
      default:
        return type satisfies never;
    }
  },
  when: 'When',
  open: 'Open in the console',
  digest: 'Your daily summary',
  inOrganization: (name) => `In the organization ${quoted(name)}:`,
  more: (count) => `And ${count} more. The console lists all of them.`,
  whyAtOnce: (role, organization) =>
    `You get this mail as ${roleNames.en[role]} of ${quoted(organization)}. Your account page has all settings.`,
  whyDaily: 'You get this summary once a day, if something happened. Your account page has all settings.',
  stop: (kind) => `Get no more mails about ${kind}`,
};

const arabic: NotificationWords = {
  subjects: {
    'key.created': 'أُنشئ مفتاح',
    'key.rotated': 'جرى تدوير مفتاح',
    'key.disabled': 'عُطّل مفتاح',
    'key.enabled': 'فُعّل مفتاح',
    'key.transferred': 'نُقل مفتاح إلى مؤسسة أخرى',
    'key.revoked': 'أُبطل مفتاح',
    'key.expiring': 'مفتاح تنتهي صلاحيته قريبًا',
    'key.expired': 'انتهت صلاحية مفتاح',
    'organization.suspended': 'عُلّقت مؤسستك',
    'organization.resumed': 'استُؤنف عمل مؤسستك',
    'member.added': 'أُضيف عضو',
    'member.role_changed': 'تغيّر دور عضو',
    'member.removed': 'أُزيل عضو',
    'webhook.disabled': 'عُطّل webhook',
    'alert.raised': 'نشاط غير معتاد',
  },
  kinds: {
    key_expiry: 'انتهاء صلاحية المفاتيح',
    key_change: 'تغييرات المفاتيح',
    organization_status: 'تعليق المؤسسة',
    member_change: 'الأعضاء',
    webhook_disabled: 'تعطّل webhooks',
    alert: 'النشاط غير المعتاد',
  },
  sentence({ type, subject, detail, author }) {
    const by = { member: quotedOr(author.name, 'عضو سابق'), operator: 'المشغّل', key: 'مفتاح آخر', system: undefined };
    const actor = by[author.kind];
    const line = actor === undefined ? '' : `\nبواسطة: ${actor}`;
    const name = subject.name === null ? '' : `${quoted(subject.name)} `;
    const key = `المفتاح ${name}(${isolated(subject.masked ?? subject.id)})`;
    const person = quotedOr(subject.name, 'عضو سابق');
    const role = detail.role === undefined ? '' : (roleNames.ar[detail.role as Role] ?? detail.role);
    const at = detail.expiresAt === undefined ? '' : `: ${instant('ar', Date.parse(detail.expiresAt))}`;
    switch (type) {
      case 'key.created':
        return `أُنشئ ${key}.${line}`;
      case 'key.rotated':
        return `صدر سر جديد: ${key}.${line}`;
      case 'key.disabled':
        return `عُطّل ${key}.${line}`;
      case 'key.enabled':
        return `فُعّل ${key}.${line}`;
      case 'key.transferred':
        return `نُقل إلى مؤسسة أخرى ${key}.${line}`;
      case 'key.revoked':
        return `أُبطل ${key}.${line}`;
      case 'key.expiring':
        return `تنتهي قريبًا صلاحية ${key}${at}.`;
      case 'key.expired':
        return `انتهت صلاحية ${key}${at}.`;
      case 'organization.suspended':
        return `عُلّقت المؤسسة ${quotedOr(subject.name, '')}، كليًا أو لواجهة API واحدة.${line}`;
      case 'organization.resumed':
        return `استُؤنف عمل المؤسسة ${quotedOr(subject.name, '')}، كليًا أو لواجهة API واحدة.${line}`;
      case 'member.added':
        return `أصبح ${person} عضوًا${role === '' ? '' : ` بدور ${role}`}.`;
      case 'member.role_changed':
        return `أصبح دور ${person}: ${role}.${line}`;
      case 'member.removed':
        return `لم يعد ${person} عضوًا.`;
      case 'webhook.disabled': {
        const cause =
          detail.because === 'gone'
            ? 'ردّ خادمه بأنه لا يريد المزيد (الحالة 410).'
            : 'فشلت كل محاولات تسليم أحد الأحداث طوال ثلاثة أيام.';
        const webhook = `لم يعد webhook ‏${quotedOr(subject.name, isolated(subject.id))} يتلقى الأحداث.`;
        return `${webhook} ${cause} أصلح الخادم، ثم اطلب من المشغّل تفعيله.`;
      }
      case 'alert.raised':
        return `رُصد نشاط غير معتاد: ${findingIn('ar', detail.because)}.`;
      default:
        return type satisfies never;
    }
  },
  when: 'الوقت',
  open: 'الفتح في لوحة التحكم',
  digest: 'ملخّصك اليومي',
  inOrganization: (name) => `في المؤسسة ${quoted(name)}:`,
  more: (count) => `وغيرها: ${count}. تعرضها كلها لوحة التحكم.`,
  whyAtOnce: (role, organization) =>
    `تصلك هذه الرسالة لأن دورك في ${quoted(organization)} هو ${roleNames.ar[role]}. تجد الإعدادات كلها في صفحة حسابك.`,
  whyDaily: 'يصلك هذا الملخّص مرة في اليوم إن حدث شيء. تجد الإعدادات كلها في صفحة حسابك.',
  stop: (kind) => `إيقاف الرسائل عن: ${kind}`,
};

/** What each rule of alerts found, in the words of the console. The rule of a newer version has its name. */
function findingIn(language: MailLanguage, rule = ''): string {
  const known = ruleIds.find((id) => id === rule);
  return known === undefined ? isolated(rule) : findings[language][known];
}

const findings: Readonly<Record<MailLanguage, Readonly<Record<RuleId, string>>>> = {
  en: {
    new_network: 'a key was used from a new network',
    new_country: 'a key was used from a new country',
    new_route: 'a key called a new route',
    denied_more: 'a key has many more denied requests',
    volume_rise: 'a key has many more requests',
    dormant_key_used: 'a dormant key was used again',
    live_key_at_test: 'a live key was sent to a test host',
    ended_key_used: 'an ended key is still sent',
    limit_hit_often: 'a key often hits its limit',
    rotation_overdue: 'a secret is older than it should be',
    key_expires_soon: 'a key in use expires soon',
    key_guessing: 'an address tries many unknown keys',
    sign_in_new_network: 'a person signed in from a new network',
    operator_action: 'an operator changed something far-reaching',
  },
  ar: {
    new_network: 'استُخدم مفتاح من شبكة جديدة',
    new_country: 'استُخدم مفتاح من دولة جديدة',
    new_route: 'استدعى مفتاح مسارًا جديدًا',
    denied_more: 'ازدادت الطلبات المرفوضة لمفتاح كثيرًا',
    volume_rise: 'ازدادت طلبات مفتاح كثيرًا',
    dormant_key_used: 'استُخدم مفتاح بعد طول خمول',
    live_key_at_test: 'أُرسل مفتاح إنتاج إلى مضيف اختبار',
    ended_key_used: 'لا يزال مفتاح منتهٍ يُرسل',
    limit_hit_often: 'يبلغ مفتاح حدّه مرارًا',
    rotation_overdue: 'سر أقدم مما ينبغي',
    key_expires_soon: 'مفتاح قيد الاستخدام تنتهي صلاحيته قريبًا',
    key_guessing: 'عنوان يجرّب مفاتيح كثيرة غير معروفة',
    sign_in_new_network: 'سجّل شخص دخوله من شبكة جديدة',
    operator_action: 'أجرى مشغّل تغييرًا بالغ الأثر',
  },
};

const wordsOf: Readonly<Record<MailLanguage, NotificationWords>> = { en: english, ar: arabic };

/** The name of a kind in a sentence: `changes of keys`. */
export function nameKind(language: MailLanguage, kind: NotificationKind): string {
  return wordsOf[language].kinds[kind];
}

/** The page of the console that shows what the notification is about. */
function pageOf({ type, org, subject }: Notification): string {
  const base = `/orgs/${encodeURIComponent(org.id)}`;
  switch (kindOfEvent[type]) {
    case 'key_expiry':
    case 'key_change':
      return subject.name === null ? `${base}/keys` : `${base}/keys/${encodeURIComponent(subject.id)}`;
    case 'organization_status':
      return `${base}/settings`;
    case 'member_change':
      return `${base}/members`;
    case 'webhook_disabled':
      return `${base}/audit`;
    case 'alert':
      return `${base}/alerts/${encodeURIComponent(subject.id)}`;
    default:
      return kindOfEvent[type] satisfies never;
  }
}

/** The kinds of the mail, each once: what its links end. */
export function kindsOf({ notifications }: Pick<DueMail, 'notifications'>): readonly NotificationKind[] {
  return [...new Set(notifications.map(({ type }) => kindOfEvent[type]))];
}

/** The letter of a mail that is due. It has one notification at least. */
export function writeNotifications(
  language: MailLanguage,
  mail: Pick<DueMail, 'key' | 'notifications' | 'count'>,
  { origin, unsubscribe }: NotificationLinks,
): Letter {
  const words = wordsOf[language];
  const { notifications, count } = mail;
  const links = kindsOf(mail).map((kind) => ({ label: words.stop(words.kinds[kind]), url: unsubscribe([kind]) }));
  const [first] = notifications;
  if (first === undefined) throw new TypeError('a mail without a notification');
  if (mail.key.id !== null) {
    return {
      subject: words.subjects[first.type],
      before: [words.sentence(first), `${words.when}: ${instant(language, first.atMs)}`],
      link: { label: words.open, url: `${origin}${pageOf(first)}` },
      after: [],
      footer: { text: words.whyAtOnce(first.role, first.org.name), links },
    };
  }
  const byOrg = Map.groupBy(notifications, ({ org }) => org.id);
  const before = [...byOrg.values()].flatMap((each) => [
    words.inOrganization(each[0]?.org.name ?? ''),
    ...each.map((one) => `${words.sentence(one)}\n${instant(language, one.atMs)}`),
  ]);
  const left = count - notifications.length;
  return {
    subject: words.digest,
    before: [...before, ...(left > 0 ? [words.more(left)] : [])],
    link: { label: words.open, url: `${origin}/orgs/${encodeURIComponent(first.org.id)}/notifications` },
    after: [],
    footer: { text: words.whyDaily, links },
  };
}
