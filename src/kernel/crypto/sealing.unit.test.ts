import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { MINUTE_MS, manualClock } from '#kernel/clock.ts';
import { openKeyring } from './keyring.ts';
import { createSealing, SealError, type SealFailure } from './sealing.ts';

const newKey = () => randomBytes(32).toString('base64');
const keyOne = newKey();
const keyTwo = newKey();
const indexKey = newKey();
const firstKeyring = openKeyring({ masterKeys: `1:${keyOne}`, indexKey });
const rotatedKeyring = openKeyring({ masterKeys: `1:${keyOne},2:${keyTwo}`, indexKey });
const clock = manualClock();
const sealing = createSealing(firstKeyring, clock);

const failsWith = (reason: SealFailure) => (error: unknown) => error instanceof SealError && error.reason === reason;

test('a sealed value opens to the same text with the same key and context', () => {
  const { key } = sealing.createSubjectKey('org_a', 'usr_a');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
      const sealed = sealing.seal(key, text, context);
      assert.equal(sealed[0], 1);
      assert.equal(sealed.length, 29 + Buffer.byteLength(text));
      assert.equal(sealing.open(key, sealed, context), text);
    }),
  );
});

test('the sealed bytes hold no plaintext and differ each time', () => {
  const { key } = sealing.createSubjectKey('org_a', 'usr_b');
  const first = sealing.seal(key, 'ada@example.com', 'users.email');
  const second = sealing.seal(key, 'ada@example.com', 'users.email');
  assert.equal(first.includes('ada@'), false);
  assert.notDeepEqual(first, second);
});

test('a change of any byte of a sealed value makes it unopenable', () => {
  const { key, wrappedKey } = sealing.createSubjectKey('org_a', 'usr_c');
  const values: [Buffer, (changed: Buffer) => unknown][] = [
    [sealing.seal(key, 'ada@example.com', 'here'), (changed) => sealing.open(key, changed, 'here')],
    [
      sealing.sealForOrganization('org_a', 'signing secret', 'here'),
      (changed) => sealing.openForOrganization('org_a', changed, 'here'),
    ],
    [sealing.sealForPlatform('private key', 'here'), (changed) => sealing.openForPlatform(changed, 'here')],
    [wrappedKey, (changed) => sealing.openSubjectKey('org_a', 'usr_c', changed)],
  ];
  for (const [sealed, open] of values) {
    for (let index = 0; index < sealed.length; index += 1) {
      for (const bit of [0x01, 0x80]) {
        const changed = Buffer.from(sealed);
        changed[index]! ^= bit;
        assert.throws(() => open(changed), SealError, `byte ${index}`);
      }
      assert.throws(() => open(Buffer.from(sealed.subarray(0, index))), SealError, `cut at ${index}`);
    }
    assert.doesNotThrow(() => open(sealed));
  }
});

test('a value moved to another place, person or organisation does not open', () => {
  const ada = sealing.createSubjectKey('org_a', 'usr_ada');
  const bob = sealing.createSubjectKey('org_a', 'usr_bob');
  const sealed = sealing.seal(ada.key, 'secret', 'users.email:usr_ada');
  assert.throws(() => sealing.open(ada.key, sealed, 'users.phone:usr_ada'), failsWith('not_authentic'));
  assert.throws(() => sealing.open(bob.key, sealed, 'users.email:usr_ada'), failsWith('not_authentic'));
  assert.throws(() => sealing.openSubjectKey('org_b', 'usr_ada', ada.wrappedKey), failsWith('not_authentic'));
  assert.throws(() => sealing.openSubjectKey('org_a', 'usr_bob', ada.wrappedKey), failsWith('not_authentic'));

  const secret = sealing.sealForOrganization('org_a', 'secret', 'webhook');
  assert.throws(() => sealing.openForOrganization('org_b', secret, 'webhook'), failsWith('not_authentic'));
  assert.throws(() => sealing.openForOrganization('', secret, 'webhook'), failsWith('not_authentic'));
  assert.throws(() => sealing.openForPlatform(secret, 'webhook'), failsWith('not_authentic'));
  assert.throws(() => sealing.open(ada.key, secret, 'webhook'), failsWith('unknown_format'));
});

test('an error of opening carries neither plaintext nor key', () => {
  const { key } = sealing.createSubjectKey('org_a', 'usr_d');
  const sealed = sealing.seal(key, 'the plaintext', 'here');
  sealed[20]! ^= 1;
  assert.throws(
    () => sealing.open(key, sealed, 'here'),
    (error) => !inspect(error, { depth: 9, showHidden: true }).includes('plaintext'),
  );
  const bytes = key.secret.export();
  const shown = inspect([key, firstKeyring], { depth: 9, showHidden: true }) + JSON.stringify([key, firstKeyring]);
  for (const secret of [bytes.toString('hex'), bytes.toString('base64'), keyOne, indexKey]) {
    assert.equal(shown.includes(secret), false);
  }
});

test('after a rotation old values stay readable, new ones use the new master key and old keys can be rewrapped', () => {
  const { key, wrappedKey } = sealing.createSubjectKey('org_a', 'usr_e');
  const email = sealing.seal(key, 'ada@example.com', 'here');
  const secret = sealing.sealForOrganization('org_a', 'signing secret', 'here');
  const jwtKey = sealing.sealForPlatform('private key', 'here');

  const later = createSealing(rotatedKeyring, clock);
  assert.equal(later.open(later.openSubjectKey('org_a', 'usr_e', wrappedKey), email, 'here'), 'ada@example.com');
  assert.equal(later.openForOrganization('org_a', secret, 'here'), 'signing secret');
  assert.equal(later.openForPlatform(jwtKey, 'here'), 'private key');
  assert.deepEqual([wrappedKey, secret, jwtKey].map(later.isOutdated), [true, true, true]);

  const rewrapped = later.rewrap('org_a', 'usr_e', wrappedKey);
  assert.equal(later.isOutdated(rewrapped), false);
  assert.equal(later.rewrap('org_a', 'usr_e', rewrapped), rewrapped);
  const onlyNew = createSealing(openKeyring({ masterKeys: `2:${keyTwo}`, indexKey }), clock);
  assert.equal(onlyNew.open(onlyNew.openSubjectKey('org_a', 'usr_e', rewrapped), email, 'here'), 'ada@example.com');
  assert.throws(() => onlyNew.openSubjectKey('org_a', 'usr_e', wrappedKey), failsWith('unknown_master_key'));
  assert.throws(() => sealing.openForPlatform(later.sealForPlatform('x', 'y'), 'y'), failsWith('unknown_master_key'));
});

test('an opened subject key is reused for five minutes and dropped by forget', () => {
  const subject = createSealing(firstKeyring, clock);
  const { wrappedKey, key } = subject.createSubjectKey('org_a', 'usr_f');
  assert.equal(subject.openSubjectKey('org_a', 'usr_f', Buffer.from(wrappedKey)), key);
  clock.advance(5 * MINUTE_MS - 1);
  assert.equal(subject.openSubjectKey('org_a', 'usr_f', wrappedKey), key);
  clock.advance(1);
  const reopened = subject.openSubjectKey('org_a', 'usr_f', wrappedKey);
  assert.notEqual(reopened, key);
  subject.forget('usr_f');
  assert.notEqual(subject.openSubjectKey('org_a', 'usr_f', wrappedKey), reopened);
});

test('C-89 a key in memory answers only who still holds its wrapped form', () => {
  const { key } = sealing.createSubjectKey('org_a', 'usr_g');
  const again = sealing.createSubjectKey('org_a', 'usr_g');
  const sealed = sealing.seal(key, 'old life', 'here');
  assert.throws(() => sealing.open(again.key, sealed, 'here'), failsWith('not_authentic'));
  assert.throws(() => sealing.openSubjectKey('org_a', 'usr_g', Buffer.alloc(63)), failsWith('unknown_format'));
});

test('the memory of subject keys holds at most 10,000', () => {
  const bounded = createSealing(firstKeyring, manualClock());
  const first = bounded.createSubjectKey('org_a', 'usr_0');
  for (let index = 1; index < 10_000; index += 1) bounded.createSubjectKey('org_a', `usr_${index}`);
  assert.equal(bounded.openSubjectKey('org_a', 'usr_0', first.wrappedKey), first.key);
  bounded.createSubjectKey('org_a', 'usr_10000');
  assert.notEqual(bounded.openSubjectKey('org_a', 'usr_0', first.wrappedKey), first.key);
});
