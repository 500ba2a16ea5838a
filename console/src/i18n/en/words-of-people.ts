// The words of all other pages.
import account from './account.json' with { type: 'json' };
import audit from './audit.json' with { type: 'json' };
import auth from './auth.json' with { type: 'json' };
import members from './members.json' with { type: 'json' };
import notifications from './notifications.json' with { type: 'json' };
import operator from './operator.json' with { type: 'json' };
import overview from './overview.json' with { type: 'json' };
import server from './server.json' with { type: 'json' };
import settings from './settings.json' with { type: 'json' };
import webhooks from './webhooks.json' with { type: 'json' };

// biome-ignore lint/style/noDefaultExport: loaded by language, whichever it is
export default { account, audit, auth, members, notifications, operator, overview, server, settings, webhooks };
