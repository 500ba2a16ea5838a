// Signs in with a passkey. The library is loaded on demand.
import i18next from 'i18next';
import { callAuth } from '../../api/client.ts';
import { ApiError } from '../../api/problem.ts';

/**
 * Resolves when the person is signed in. Throws `ApiError`: `passkey_not_used` when the browser or its user gave up.
 */
export async function signInWithPasskey(): Promise<void> {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  type Options = Parameters<typeof startAuthentication>[0]['optionsJSON'];
  const optionsJSON = await callAuth<Options>('GET', '/passkey/generate-authenticate-options');
  const response = await startAuthentication({ optionsJSON }).catch(() => {
    throw notUsed();
  });
  await callAuth('POST', '/passkey/verify-authentication', { response });
}

function notUsed(): ApiError {
  const detail = i18next.t('auth:signIn.passkeyFailed');
  return new ApiError('passkey_not_used', 0, undefined, {
    type: '',
    title: detail,
    status: 0,
    detail,
    code: 'credentials_wrong',
  });
}
