import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { manualClock } from '#kernel/clock.ts';
import { createBlindIndex } from './blind-index.ts';
import { openKeyring } from './keyring.ts';
import { partKeyring } from './part-keyring.ts';
import { createSealing } from './sealing.ts';

const newKey = () => randomBytes(32).toString('base64');
const [first, second, indexKey] = [newKey(), newKey(), newKey()];
const keyring = openKeyring({ masterKeys: `1:${first}`, indexKey });
const rotated = openKeyring({ masterKeys: `1:${first},2:${second}`, indexKey });
const clock = manualClock();

test('PCI-04 the keys of a part open what that part sealed, and nothing of another or of the whole', () => {
  const vault = createSealing(partKeyring(keyring, 'vault'), clock);
  const sealed = vault.sealForOrganization('org_a', 'secret', 'here');
  const reopened = createSealing(partKeyring(keyring, 'vault'), clock);
  assert.equal(reopened.openForOrganization('org_a', sealed, 'here'), 'secret');
  for (const other of [keyring, partKeyring(keyring, 'other'), partKeyring(rotated, 'other')]) {
    const sealing = createSealing(other, clock);
    assert.throws(() => sealing.openForOrganization('org_a', sealed, 'here'), { name: 'SealError' });
  }
});

test('PCI-07 the keys of a part rotate with the master keys: old values read, new ones are under the new key', () => {
  const before = createSealing(partKeyring(keyring, 'vault'), clock);
  const after = createSealing(partKeyring(rotated, 'vault'), clock);
  const old = before.sealForOrganization('org_a', 'secret', 'here');
  assert.equal(after.openForOrganization('org_a', old, 'here'), 'secret');
  assert.equal(after.isOutdated(old), true);
  assert.equal(after.isOutdated(after.sealForOrganization('org_a', 'secret', 'here')), false);
});

test('PCI-03 the keyed hash of a part stays the same after a rotation, and is no hash of another part', () => {
  const fingerprint = (ring: typeof keyring) => createBlindIndex(ring)('org_a', 'number', '4242').toString('hex');
  assert.equal(fingerprint(partKeyring(keyring, 'vault')), fingerprint(partKeyring(rotated, 'vault')));
  assert.notEqual(fingerprint(partKeyring(keyring, 'vault')), fingerprint(keyring));
});
