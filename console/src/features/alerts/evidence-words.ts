// What a rule saw, in words.
import { useTranslation } from 'react-i18next';
import type { RuleId } from '../../entities/alerts/rules.ts';
import { useApiNames } from '../../entities/api-names.ts';
import { useAuditWords } from '../../entities/audit/audit-words.ts';
import { allReasons } from '../../entities/denials/all-reasons.ts';
import { useFormats } from '../../ui/formats.ts';
import type { Alert } from './alerts-api.ts';

type Evidence = Alert['evidence'];
type CountName = keyof Evidence['counts'];

/** What the words of each rule are. A rule without words has `none`. */
export const wordKinds: Readonly<Record<RuleId, 'reasons' | 'actions' | 'apis' | 'none'>> = {
  new_network: 'none',
  denied_more: 'reasons',
  volume_rise: 'none',
  dormant_key_used: 'none',
  live_key_at_test: 'none',
  ended_key_used: 'reasons',
  limit_hit_often: 'reasons',
  rotation_overdue: 'none',
  key_expires_soon: 'none',
  key_guessing: 'apis',
  sign_in_new_network: 'none',
  operator_action: 'actions',
};

export interface EvidenceWords {
  /** The numbers of the hour, and those that the rule compared with. */
  readonly numbers: readonly (readonly [name: string, number: string])[];
  readonly words: readonly string[];
}

export function useEvidenceWords(): (alert: Pick<Alert, 'evidence'>, rule: RuleId) => EvidenceWords {
  const { t } = useTranslation(['alerts', 'denials']);
  const formats = useFormats();
  const nameOf = useApiNames();
  const audit = useAuditWords();

  function say(word: string, rule: RuleId): string {
    switch (wordKinds[rule]) {
      case 'reasons': {
        const reason = allReasons.find((each) => each === word);
        return reason === undefined ? word : t(`denials:reasons.${reason}.title`);
      }
      case 'actions':
        return audit.action(word);
      case 'apis':
        return nameOf(word);
      case 'none':
        return word;
    }
  }

  return ({ evidence: { counts, baseline, words } }, rule) => {
    const show = (group: 'counts' | 'baseline') =>
      Object.entries(group === 'counts' ? counts : baseline).map(
        ([name, number]) => [t(`${group}.${name as CountName}`), formats.number(number)] as const,
      );
    return { numbers: [...show('counts'), ...show('baseline')], words: words.map((word) => say(word, rule)) };
  };
}
