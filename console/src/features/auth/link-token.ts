// The token in the fragment of a link from a mail or from the terminal: it never reaches a server's log, and leaves the address bar at once.
import { useState } from 'react';

/** `undefined`: the link has none. */
export function useLinkToken(): string | undefined {
  const [token] = useState(takeToken);
  return token;
}

/** Read once for each page load: React may ask twice, and by then it is gone from the address. */
let taken: { readonly path: string; readonly token: string } | undefined;

function takeToken(): string | undefined {
  const { hash, pathname, search } = location;
  const token = new URLSearchParams(hash.slice(1)).get('token');
  if (token !== null && token !== '') {
    taken = { path: pathname, token };
    history.replaceState(history.state, '', pathname + search);
  }
  return taken?.path === pathname ? taken.token : undefined;
}
