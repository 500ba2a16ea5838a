// Takes the token from the fragment of a link, and removes it from the address bar. No server log ever has it.
import { useEffect, useState } from 'react';
import { forget, recall, remember } from './tab-memory.ts';

const memory = 'link';

/**
 * The token of this page's link, also after a reload, and also when a link is pasted into the open page: then only the
 * fragment changes. `undefined`: the link has no token.
 */
export function useLinkToken(): string | undefined {
  const [token, setToken] = useState(takeToken);
  useEffect(() => {
    const take = () => setToken(takeToken());
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, []);
  return token;
}

/** Keeps a token that was typed as one that came with the link. */
export function keepLinkToken(token: string): void {
  remember(memory, { path: location.pathname, token });
}

/** Call it when the token was used. */
export function forgetLinkToken(): void {
  forget(memory);
}

function takeToken(): string | undefined {
  const { hash, pathname, search } = location;
  const token = new URLSearchParams(hash.slice(1)).get('token');
  if (token !== null && token !== '') {
    keepLinkToken(token);
    history.replaceState(history.state, '', pathname + search);
  }
  const kept = recall(memory);
  return kept?.path === pathname ? kept.token : undefined;
}
