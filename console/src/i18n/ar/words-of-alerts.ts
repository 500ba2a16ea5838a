// The words of unusual activity.
import alerts from './alerts.json' with { type: 'json' };

// biome-ignore lint/style/noDefaultExport: loaded by language, whichever it is
export default { alerts };
