// The words of an alert, loaded where there are some.
import { lazyPart } from '../../ui/lazy-part.ts';

export const LateWords = lazyPart(() => import('./evidence-words.tsx'), 'EvidenceWords', ['audit', 'denials']);
