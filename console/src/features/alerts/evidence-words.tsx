// What a rule saw beside numbers: reasons, actions, APIs, countries or routes. Few alerts have such words, so they are loaded late.
import { useTranslation } from 'react-i18next';
import type { RuleId } from '../../entities/alerts/rules.ts';
import { useApiNames } from '../../entities/api-names.ts';
import { useAuditWords } from '../../entities/audit/audit-words.ts';
import { allReasons } from '../../entities/denials/all-reasons.ts';
import { isolate } from '../../i18n/isolate.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { useFormats } from '../../ui/formats.ts';
import { wordKinds } from './word-kinds.ts';

export function EvidenceWords({ rule, words }: { readonly rule: RuleId; readonly words: readonly string[] }) {
  const { t } = useTranslation('denials');
  const formats = useFormats();
  const nameOf = useApiNames();
  const audit = useAuditWords();
  const language = useLanguage();

  function say(word: string): string {
    switch (wordKinds[rule]) {
      case 'reasons': {
        const reason = allReasons.find((each) => each === word);
        return reason === undefined ? word : t(`reasons.${reason}.title`);
      }
      case 'actions':
        return audit.action(word);
      case 'apis':
        return nameOf(word);
      case 'countries':
        return formats.country(word);
      case 'routes':
        return isolate(word, language);
      case 'none':
        return word;
    }
  }

  return <span>{formats.list(words.map(say))}</span>;
}
