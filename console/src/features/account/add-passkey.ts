// Makes a passkey on this device or in its password manager. The library is loaded on demand.
import { callAuth } from '../../api/client.ts';

/** `cancelled`: the browser or its user gave up. `known`: the device has a passkey already. */
export type PasskeyOutcome = 'added' | 'cancelled' | 'known';

/** Throws `ApiError`. */
export async function addPasskey(name: string): Promise<PasskeyOutcome> {
  const { startRegistration, WebAuthnError } = await import('@simplewebauthn/browser');
  type Options = Parameters<typeof startRegistration>[0]['optionsJSON'];
  const optionsJSON = await callAuth<Options>('GET', '/passkey/generate-register-options');
  let response: Awaited<ReturnType<typeof startRegistration>>;
  try {
    response = await startRegistration({ optionsJSON });
  } catch (error) {
    const isKnown = error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED';
    return isKnown ? 'known' : 'cancelled';
  }
  await callAuth('POST', '/passkey/verify-registration', { response, name });
  return 'added';
}

/** Why this browser can't make a passkey here. `undefined`: it can. */
export function passkeyFault(isOffered: boolean): 'insecure' | 'unsupported' | undefined {
  if (!isOffered || !window.isSecureContext) return 'insecure';
  return typeof window.PublicKeyCredential === 'function' ? undefined : 'unsupported';
}
