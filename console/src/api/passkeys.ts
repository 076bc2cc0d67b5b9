/** Passkeys as the browser has them and as the API takes them: bytes are base64url without padding. */
import { api, body } from './client';

export function encode(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
}

/** Whether this browser can have passkeys here: it needs an encrypted page, or one of this machine. */
export const canPasskeys = (): boolean => typeof globalThis.PublicKeyCredential === 'function';

/** What happened at the authenticator is not told by browsers: the person gave up, or it took too long. */
export class NotConfirmed extends Error {
  constructor() {
    super('Nothing was confirmed. Try again, or use another way.');
  }
}

/** Has the browser make a passkey for who is signed in. */
export async function makePasskey(person: string): Promise<{ client_data: string; attestation: string }> {
  const wanted = await body(api.POST('/v1/factors/passkeys/begin', {}));
  const made = await confirmed(
    navigator.credentials.create({
      publicKey: {
        challenge: decode(wanted.challenge),
        rp: { id: wanted.site, name: 'Doorward' },
        user: { id: decode(wanted.user), name: person, displayName: person },
        pubKeyCredParams: wanted.algorithms.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: wanted.exclude.map((id) => ({ type: 'public-key', id: decode(id) })),
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        attestation: 'none',
      },
    }),
  );
  const response = made.response as AuthenticatorAttestationResponse;
  return { client_data: encode(response.clientDataJSON), attestation: encode(response.attestationObject) };
}

/** Signs in with a passkey that the person chooses. */
export async function signInWithPasskey() {
  const asked = await body(api.POST('/v1/login/passkey/begin', {}));
  const chosen = await confirmed(
    navigator.credentials.get({
      publicKey: { challenge: decode(asked.challenge), rpId: asked.site, userVerification: 'required' },
    }),
  );
  const response = chosen.response as AuthenticatorAssertionResponse;
  return body(
    api.POST('/v1/login/passkey', {
      body: {
        id: encode(chosen.rawId),
        client_data: encode(response.clientDataJSON),
        authenticator_data: encode(response.authenticatorData),
        signature: encode(response.signature),
      },
    }),
  );
}

async function confirmed(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const given = await asked.catch((thrown: unknown) => {
    if (thrown instanceof DOMException && thrown.name === 'InvalidStateError') throw new Error('This device has a passkey of yours already.');
    throw new NotConfirmed();
  });
  if (given === null) throw new NotConfirmed();
  return given as PublicKeyCredential;
}
