// The words of all mails, in each language.
import type { Role } from '../domain/role.ts';
import type { Letter, MailLanguage } from './letter.ts';
import type { PersonalAction } from './personal-audit.ts';
import { quoteForMail } from './quote-for-mail.ts';

/** A change of an account that its person hears of. */
export type NoticedAction = Exclude<PersonalAction, 'person.signed_in'>;

/** An invitation, as its mail and its page tell it. */
export interface InvitationFacts {
  /** The name of the person who invites. `undefined`: the operator. */
  readonly inviter: string | undefined;
  readonly organization: string;
  readonly role: Role;
  readonly expiresAtMs: number;
}

export interface Letters {
  invitation(facts: InvitationFacts, product: string, url: string): Letter;
  passwordReset(url: string): Letter;
  emailVerification(url: string): Letter;
  test(): Letter;
  notice(action: NoticedAction, atMs: number, address: string | null): Letter;
  /** `by`: the operator, or the person from an address. */
  deletion(by: 'operator' | { readonly address: string | null }, atMs: number): Letter;
}

export const roleNames: Readonly<Record<MailLanguage, Readonly<Record<Role, string>>>> = {
  en: { owner: 'owner', admin: 'admin', developer: 'developer', viewer: 'viewer' },
  ar: { owner: 'مالك', admin: 'مدير', developer: 'مطوّر', viewer: 'مُطّلع' },
};

const english: Letters = {
  invitation: ({ inviter, organization, role, expiresAtMs }, product, url) => ({
    subject: 'You are invited to an organization',
    before: [
      `${inviter === undefined ? 'The operator' : quoted(inviter)} invites you to the organization ` +
        `${quoted(organization)} as ${roleNames.en[role]}, in the console of ${product}.`,
      `To accept, open this link. It works once, until ${instant('en', expiresAtMs)}:`,
    ],
    link: { label: 'Accept the invitation', url },
    after: ['If you did not expect it, ignore this mail.'],
  }),
  passwordReset: (url) => ({
    subject: 'Set a new password',
    before: ['To set a new password, open this link within one hour:'],
    link: { label: 'Set a new password', url },
    after: ['If you did not request it, ignore this mail.'],
  }),
  emailVerification: (url) => ({
    subject: 'Confirm your e-mail address',
    before: ['To confirm your e-mail address, open this link within one hour:'],
    link: { label: 'Confirm the address', url },
    after: [],
  }),
  test: () => ({
    subject: 'Test mail',
    before: ['You requested this test mail in the console. Invitations and password links are sent the same way.'],
    after: [],
  }),
  notice(action, atMs, address) {
    const { subject, what } = englishNotices[action];
    const where = address === null ? '' : `\nFrom: ${address}`;
    return {
      subject,
      before: [what, `When: ${instant('en', atMs)}${where}`],
      after: [
        'If this was not you, reset your password on the sign-in page at once. ' +
          'Then check your sessions, authenticator app and passkeys, and tell your operator.',
        'Mails about the security of your account can’t be unsubscribed.',
      ],
    };
  },
  deletion: (by, atMs) => ({
    subject: 'Your account was deleted',
    before: [
      `${by === 'operator' ? 'The operator deleted your account.' : 'Your account was deleted at your request.'} ` +
        'All your sessions have ended. Your name and your e-mail address are erased.',
      `When: ${instant('en', atMs)}${by === 'operator' || by.address === null ? '' : `\nFrom: ${by.address}`}`,
    ],
    after: [
      'Keys that you created belong to their organization and still work.',
      by === 'operator'
        ? 'If you have questions, ask your operator. This is the last mail about this account.'
        : 'If you did not request it, tell your operator. This is the last mail about this account.',
    ],
  }),
};

const arabic: Letters = {
  invitation: ({ inviter, organization, role, expiresAtMs }, product, url) => ({
    subject: 'دعوة إلى مؤسسة',
    before: [
      `${inviter === undefined ? 'يدعوك المشغّل' : `وصلتك دعوة من ${quoted(inviter)}`} إلى مؤسسة ` +
        `${quoted(organization)} بدور ${roleNames.ar[role]}، في لوحة تحكم ${product}.`,
      `لقبول الدعوة افتح هذا الرابط. يعمل مرة واحدة حتى ${instant('ar', expiresAtMs)}:`,
    ],
    link: { label: 'قبول الدعوة', url },
    after: ['إن لم تكن تتوقع هذه الدعوة فتجاهل هذه الرسالة.'],
  }),
  passwordReset: (url) => ({
    subject: 'تعيين كلمة مرور جديدة',
    before: ['لتعيين كلمة مرور جديدة، افتح هذا الرابط خلال ساعة:'],
    link: { label: 'تعيين كلمة مرور جديدة', url },
    after: ['إن لم تطلب ذلك فتجاهل هذه الرسالة.'],
  }),
  emailVerification: (url) => ({
    subject: 'تأكيد عنوان بريدك الإلكتروني',
    before: ['لتأكيد عنوان بريدك الإلكتروني، افتح هذا الرابط خلال ساعة:'],
    link: { label: 'تأكيد العنوان', url },
    after: [],
  }),
  test: () => ({
    subject: 'رسالة تجريبية',
    before: ['طلبت هذه الرسالة التجريبية في لوحة التحكم. تُرسَل الدعوات وروابط كلمات المرور بالطريقة نفسها.'],
    after: [],
  }),
  notice(action, atMs, address) {
    const { subject, what } = arabicNotices[action];
    const where = address === null ? '' : `\nمن العنوان: ${isolated(address)}`;
    return {
      subject,
      before: [what, `الوقت: ${instant('ar', atMs)}${where}`],
      after: [
        'إن لم تفعل ذلك بنفسك فأعد تعيين كلمة المرور فورًا من صفحة تسجيل الدخول، ' +
          'ثم راجع جلساتك وتطبيق المصادقة ومفاتيح المرور، وأبلغ المشغّل.',
        'لا يمكن إلغاء الاشتراك في رسائل أمان الحساب.',
      ],
    };
  },
  deletion: (by, atMs) => ({
    subject: 'حُذف حسابك',
    before: [
      `${by === 'operator' ? 'حذف المشغّل حسابك.' : 'حُذف حسابك بطلب منك.'} ` +
        'انتهت جميع جلساتك، ومُحي اسمك وعنوان بريدك الإلكتروني.',
      `الوقت: ${instant('ar', atMs)}${by === 'operator' || by.address === null ? '' : `\nمن العنوان: ${isolated(by.address)}`}`,
    ],
    after: [
      'المفاتيح التي أنشأتها تخص مؤسستها، وتبقى عاملة.',
      by === 'operator'
        ? 'إن كان لديك سؤال فاسأل المشغّل. هذه آخر رسالة عن هذا الحساب.'
        : 'إن لم تطلب ذلك فأبلغ المشغّل. هذه آخر رسالة عن هذا الحساب.',
    ],
  }),
};

type NoticeWords = Readonly<Record<NoticedAction, { readonly subject: string; readonly what: string }>>;

const englishNotices: NoticeWords = {
  'person.password_changed': {
    subject: 'Your password was changed',
    what: 'The password of your account was changed. You are signed out of all other sessions.',
  },
  'person.password_reset': {
    subject: 'Your password was reset',
    what: 'The password of your account was reset with a link that we mailed to you. You are signed out of all sessions.',
  },
  'person.two_factor_enabled': {
    subject: 'Two-factor authentication was enabled',
    what: 'An authenticator app was added to your account. Signing in now requires a code.',
  },
  'person.two_factor_disabled': {
    subject: 'Two-factor authentication was disabled',
    what: 'The authenticator app was removed from your account. Signing in now requires only your password.',
  },
  'person.backup_codes_renewed': {
    subject: 'Your backup codes were replaced',
    what: 'New backup codes were created for your account. The old ones no longer work.',
  },
  'person.passkey_added': {
    subject: 'A passkey was added',
    what: 'A passkey was added to your account. Its device can sign in without your password.',
  },
  'person.passkey_removed': {
    subject: 'A passkey was removed',
    what: 'A passkey was removed from your account. Its device can no longer sign in with it.',
  },
};

const arabicNotices: NoticeWords = {
  'person.password_changed': {
    subject: 'تغيّرت كلمة مرورك',
    what: 'تغيّرت كلمة مرور حسابك، وسُجّل خروجك من جميع الجلسات الأخرى.',
  },
  'person.password_reset': {
    subject: 'أُعيد تعيين كلمة مرورك',
    what: 'أُعيد تعيين كلمة مرور حسابك برابط أرسلناه إليك بالبريد، وسُجّل خروجك من جميع الجلسات.',
  },
  'person.two_factor_enabled': {
    subject: 'فُعّل التحقق بخطوتين',
    what: 'أُضيف تطبيق مصادقة إلى حسابك، وأصبح تسجيل الدخول يتطلب رمزًا.',
  },
  'person.two_factor_disabled': {
    subject: 'عُطّل التحقق بخطوتين',
    what: 'أُزيل تطبيق المصادقة من حسابك، وأصبحت كلمة المرور وحدها تكفي لتسجيل الدخول.',
  },
  'person.backup_codes_renewed': {
    subject: 'استُبدلت رموزك الاحتياطية',
    what: 'أُنشئت رموز احتياطية جديدة لحسابك، ولم تعد القديمة تعمل.',
  },
  'person.passkey_added': {
    subject: 'أُضيف مفتاح مرور',
    what: 'أُضيف مفتاح مرور إلى حسابك، ويمكن لجهازه تسجيل الدخول دون كلمة المرور.',
  },
  'person.passkey_removed': {
    subject: 'أُزيل مفتاح مرور',
    what: 'أُزيل مفتاح مرور من حسابك، ولم يعد بإمكان جهازه تسجيل الدخول به.',
  },
};

/** An address in Arabic text: without the marks, `2001:db8::1` is shown from its end. */
export function isolated(address: string): string {
  return `\u2066${address}\u2069`;
}

/** A name in a text of either direction. */
export function quoted(name: string): string {
  return `\u2068${quoteForMail(name)}\u2069`;
}

/** The words of mails in each language. */
export const letters: Readonly<Record<MailLanguage, Letters>> = { en: english, ar: arabic };

const locales: Readonly<Record<MailLanguage, string>> = { en: 'en-GB', ar: 'ar-PS-u-nu-latn' };

/** `6 December 2026 at 09:30 UTC`, in the words of the language. */
export function instant(language: MailLanguage, atMs: number): string {
  return new Intl.DateTimeFormat(locales[language], {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
    .format(atMs)
    .concat(' UTC');
}
