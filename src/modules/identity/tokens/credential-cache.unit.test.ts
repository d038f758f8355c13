import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '#kernel/http/principal.ts';
import { createCredentialCache, type KnownCredential } from './credential-cache.ts';

function credential(...dependsOn: string[]): KnownCredential {
  return { principal: {} as Principal, allowedAddresses: null, provenAtMs: 0, dependsOn };
}

test('USR-21 dropping an id forgets every credential that depends on it and no other', () => {
  const cache = createCredentialCache(10);
  cache.set('a', credential('grt_1', 'usr_1'), cache.epoch());
  cache.set('b', credential('grt_2', 'usr_1'), cache.epoch());
  cache.set('c', credential('grt_3', 'usr_2'), cache.epoch());
  cache.dropByIds(['usr_1', 'usr_unknown']);
  assert.deepEqual([cache.get('a'), cache.get('b')], [undefined, undefined]);
  assert.ok(cache.get('c'));
  assert.equal(cache.size(), 1);
});

test('AUTH-12 a proof that is older than a revocation is not kept', () => {
  const cache = createCredentialCache(10);
  const epoch = cache.epoch();
  // The proof was read from the database, then the grant was revoked, then the proof arrives.
  cache.dropByIds(['grt_1']);
  cache.set('a', credential('grt_1'), epoch);
  assert.equal(cache.get('a'), undefined);
});

test('the cache is bounded: the oldest credential makes room, and its index with it', () => {
  const cache = createCredentialCache(2);
  for (const token of ['a', 'b', 'c']) cache.set(token, credential('cli_1', `grt_${token}`), cache.epoch());
  assert.equal(cache.size(), 2);
  assert.equal(cache.get('a'), undefined);
  cache.dropByIds(['cli_1']);
  assert.equal(cache.size(), 0);
});

test('a credential that is proven again replaces itself', () => {
  const cache = createCredentialCache(2);
  cache.set('a', credential('grt_1'), cache.epoch());
  const again = credential('grt_2');
  cache.set('a', again, cache.epoch());
  assert.equal(cache.get('a'), again);
  cache.dropByIds(['grt_1']);
  assert.equal(cache.get('a'), again);
});
