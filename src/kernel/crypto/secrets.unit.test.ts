import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBlindIndex } from './blind-index.ts';
import { openKeyring } from './keyring.ts';
import { hashSecret, isWellFormedSecret, maskSecret, newSecret, secretsEqual } from './secrets.ts';

const newKey = () => randomBytes(32).toString('base64');

test('a new secret is its prefix, 32 bytes of randomness in base62 and a checksum', () => {
  const secrets = Array.from({ length: 200 }, () => newSecret('tcs_live'));
  assert.equal(new Set(secrets).size, 200);
  for (const secret of secrets) assert.match(secret, /^tcs_live_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/);
  assert.match(newSecret('whsec', 16), /^whsec_[0-9A-Za-z]{22}[0-9A-Za-z]{6}$/);
  // Every character of the alphabet appears and none is favoured: 8,600 draws, 139 expected each.
  const counts = new Map<string, number>();
  for (const character of secrets.map((secret) => secret.slice(9, -6)).join('')) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  assert.equal(counts.size, 62);
  for (const count of counts.values()) assert.ok(count > 60 && count < 230);
});

test('a secret with one wrong character fails its checksum', () => {
  const secret = newSecret('tcs_live');
  assert.equal(isWellFormedSecret(secret), true);
  for (let index = 0; index < secret.length; index += 1) {
    const other = secret[index] === 'x' ? 'y' : 'x';
    assert.equal(isWellFormedSecret(secret.slice(0, index) + other + secret.slice(index + 1)), false, `at ${index}`);
  }
  for (const text of ['', 'abcdef', `${secret}0`, secret.slice(1), ` ${secret}`, `${secret}\n`]) {
    assert.equal(isWellFormedSecret(text), false);
  }
});

test('a stored secret is its SHA-256, and equality holds only for equal secrets', () => {
  const secret = newSecret('key');
  assert.deepEqual(hashSecret(secret), createHash('sha256').update(secret).digest());
  assert.equal(secretsEqual(hashSecret(secret), hashSecret(secret)), true);
  fc.assert(
    fc.property(fc.string(), fc.string(), (left, right) => {
      assert.equal(secretsEqual(left, right), Buffer.from(left).equals(Buffer.from(right)));
      assert.equal(secretsEqual(left, left), true);
    }),
  );
});

test('a masked secret shows its prefix and last four characters, a short one nothing', () => {
  const secret = newSecret('tcs_live');
  assert.equal(maskSecret(secret), `tcs_live_…${secret.slice(-4)}`);
  assert.equal(maskSecret('key_abcdefgh'), 'key_…');
  assert.equal(maskSecret('password'), '…');
});

test('a blind index is equal for equal values of one field of one organisation only, and survives rotations', () => {
  const [one, two, index] = [newKey(), newKey(), newKey()];
  const blindIndex = createBlindIndex(openKeyring({ masterKeys: `1:${one}`, indexKey: index }));
  const found = blindIndex('org_a', 'users.email', 'ada@example.com');
  assert.equal(found.length, 16);
  const rotated = createBlindIndex(openKeyring({ masterKeys: `1:${one},2:${two}`, indexKey: index }));
  assert.deepEqual(rotated('org_a', 'users.email', 'ada@example.com'), found);
  assert.notDeepEqual(blindIndex('org_b', 'users.email', 'ada@example.com'), found);
  assert.notDeepEqual(blindIndex('org_a', 'users.phone', 'ada@example.com'), found);
  assert.notDeepEqual(blindIndex('org_a', 'users.email', 'bob@example.com'), found);
  const foreign = createBlindIndex(openKeyring({ masterKeys: `1:${one}`, indexKey: newKey() }));
  assert.notDeepEqual(foreign('org_a', 'users.email', 'ada@example.com'), found);
});
