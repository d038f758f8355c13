import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpFacts } from '#kernel/http/operation.ts';
import { newSessionCookie, newSignInCookie, sessionCookie, signInCookie } from './cookies.ts';

const ISSUERS = ['https://id.example', 'http://127.0.0.1:3000'];

function sent(...setCookies: string[]): HttpFacts {
  const pairs = setCookies.map((each) => each.split(';')[0]!.split('=') as [string, string]);
  return { cookies: Object.fromEntries(pairs) } as HttpFacts;
}

test('AUTH-09 the cookies that were set are read again', () => {
  for (const issuer of ISSUERS) {
    const facts = sent(newSessionCookie(issuer, 'secret'), newSignInCookie(issuer, 'nonce'));
    assert.deepEqual([sessionCookie(facts, issuer), signInCookie(facts, issuer)], ['secret', 'nonce']);
  }
});

test('AUTH-09 over https a cookie that a neighbouring host could have set is not taken', () => {
  const [secure, plain] = ISSUERS as [string, string];
  const planted = sent(newSessionCookie(plain, 'of the attacker'), newSignInCookie(plain, 'of the attacker'));
  assert.deepEqual([sessionCookie(planted, secure), signInCookie(planted, secure)], [undefined, undefined]);
});
