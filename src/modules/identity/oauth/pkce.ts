import { hash } from 'node:crypto';
import { secretsEqual } from '#kernel/crypto/secrets.ts';

const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** Whether `challenge` can be an S256 challenge: 43 characters of base64url (RFC 7636 section 4.2). */
export function isChallenge(challenge: string): boolean {
  return CHALLENGE.test(challenge);
}

/** Whether the verifier is the one whose SHA-256 was announced (RFC 7636 section 4.6). `plain` is never accepted. */
export function verifierMatches(verifier: string, challenge: string): boolean {
  return VERIFIER.test(verifier) && secretsEqual(hash('sha256', verifier, 'base64url'), challenge);
}
