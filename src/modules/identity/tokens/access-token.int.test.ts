import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type JWTPayload, SignJWT } from 'jose';
import { type IdentityUnderTest, ISSUER, identityUnderTest } from '../identity-under-test.ts';
import { type AccessTokenFacts, createTokenSigner, type TokenSigner } from './access-token.ts';
import { createSigningKeys, type SigningKey } from './signing-keys.ts';

let world: IdentityUnderTest;
let signer: TokenSigner;
let key: SigningKey;
before(async () => {
  world = await identityUnderTest();
  const keys = createSigningKeys(world.kit('identity'));
  signer = createTokenSigner(keys, world.clock, () => ISSUER);
  key = await keys.current();
});
after(() => world.close());

const FACTS: AccessTokenFacts = {
  subject: 'cli_1',
  clientId: 'cli_1',
  grantId: 'grt_1',
  tenant: { orgId: 'org_1', livemode: true },
  scopes: ['orders:read', 'orders:write'],
};

/** A token signed with our very key that says something else. */
async function signed(change: { header?: object; claims?: JWTPayload }): Promise<string> {
  const issuedAt = Math.floor(world.clock.nowMs() / 1_000);
  const claims = {
    iss: ISSUER,
    aud: ISSUER,
    sub: 'cli_1',
    client_id: 'cli_1',
    gid: 'grt_1',
    org_id: 'org_1',
    livemode: true,
    scope: 'orders:read',
    jti: 'jti',
    iat: issuedAt,
    exp: issuedAt + 3_600,
    ...change.claims,
  };
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(kept)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.id, ...change.header })
    .sign(key.privateKey);
}

test('AUTH-01 what is signed is what is verified', async () => {
  const verified = await signer.verifyAccessToken(await signer.signAccessToken(FACTS));
  const { tokenId, issuedAt, expiresAt, ...facts } = verified!;
  assert.deepEqual(facts, FACTS);
  assert.equal(expiresAt - issuedAt, 3_600);
  assert.ok(tokenId);
  assert.ok(await signer.verifyAccessToken(await signed({})));
});

test('AUTH-12 our own key under another type, issuer, audience or key id makes no access token', async () => {
  const wrong: Parameters<typeof signed>[0][] = [
    { header: { typ: 'JWT' } },
    { header: { typ: undefined } },
    { header: { kid: undefined } },
    { header: { kid: 'another' } },
    { claims: { iss: 'https://elsewhere.example' } },
    { claims: { aud: 'cli_1' } },
    { claims: { exp: Math.floor(world.clock.nowMs() / 1_000) } },
  ];
  for (const change of wrong) assert.equal(await signer.verifyAccessToken(await signed(change)), null);
});

test('AUTH-12 a token without one of its claims is none', async () => {
  for (const claim of ['exp', 'iat', 'jti', 'sub', 'client_id', 'org_id', 'gid', 'scope', 'aud', 'iss']) {
    assert.equal(await signer.verifyAccessToken(await signed({ claims: { [claim]: undefined } })), null, claim);
  }
});

test('AUTH-12 an ID token is no access token', async () => {
  const idToken = await signer.signIdToken({
    subject: 'usr_1',
    clientId: ISSUER,
    tenant: FACTS.tenant,
    nonce: null,
    authTime: 0,
    methods: ['pwd'],
    sessionId: 'ses_1',
  });
  assert.equal(await signer.verifyAccessToken(idToken), null);
});
