// Takes the token from the fragment of a link, and removes it from the address bar. No server log ever has it.
import { useState } from 'react';

/** `undefined`: the link has no token. */
export function useLinkToken(): string | undefined {
  const [token] = useState(takeToken);
  return token;
}

/** Read once for each page load. React may call twice, and the address has no token by then. */
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
