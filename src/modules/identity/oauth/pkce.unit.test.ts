import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isChallenge, verifierMatches } from './pkce.ts';

/** The example of RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

test('AUTH-09 the example of RFC 7636 matches and nothing near it does', () => {
  assert.equal(verifierMatches(VERIFIER, CHALLENGE), true);
  assert.equal(verifierMatches(`${VERIFIER}x`, CHALLENGE), false);
  assert.equal(verifierMatches(VERIFIER.toLowerCase(), CHALLENGE), false);
  assert.equal(verifierMatches(VERIFIER, `${CHALLENGE.slice(0, -1)}N`), false);
});

test('AUTH-09 a plain challenge (the verifier itself) never matches', () => {
  assert.equal(verifierMatches(VERIFIER, VERIFIER), false);
});

test('AUTH-09 a verifier has 43 to 128 unreserved characters', () => {
  for (const verifier of ['', 'a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)} `, `${'a'.repeat(42)}é`]) {
    assert.equal(verifierMatches(verifier, CHALLENGE), false);
  }
});

test('AUTH-09 a challenge is 43 characters of base64url', () => {
  assert.equal(isChallenge(CHALLENGE), true);
  for (const wrong of ['', CHALLENGE.slice(1), `${CHALLENGE}a`, `${CHALLENGE.slice(1)}=`, `${CHALLENGE.slice(1)}+`]) {
    assert.equal(isChallenge(wrong), false);
  }
});
