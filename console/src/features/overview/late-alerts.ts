// The row of open alerts, with its words, where there are some.
import { lazyPart } from '../../ui/lazy-part.ts';

export const LateAlerts = lazyPart(() => import('./open-alerts.tsx'), 'OpenAlerts', ['alerts']);
