import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { isSigned, SIGNATURE_TOLERANCE_MS, signatureOf } from './signature.ts';

const SECONDS = 1_768_467_600;
const at = (offsetMs = 0, secrets = ['s3cret']) => ({ secrets, nowMs: SECONDS * 1_000 + offsetMs });

test('G-38 a signature is HMAC-SHA256 over time and body, and holds for these alone', () => {
  const header = signatureOf('s3cret', SECONDS, '{"a":1}');
  const mac = createHmac('sha256', 's3cret').update(`${SECONDS}.{"a":1}`).digest('hex');
  assert.equal(header, `t=${SECONDS},mac=${mac}`);
  assert.equal(isSigned(header, '{"a":1}', at()), true);
  assert.equal(isSigned(header, '{"a": 1}', at()), false, 'another body');
  assert.equal(isSigned(header.replace(String(SECONDS), String(SECONDS + 1)), '{"a":1}', at()), false, 'another time');
  assert.equal(isSigned(header, '{"a":1}', at(0, ['other'])), false, 'another secret');
  assert.equal(isSigned(header, '{"a":1}', at(0, ['new', 's3cret'])), true, 'the secret before a rotation');
  for (const broken of [undefined, '', mac, `mac=${mac}`, `${header} `, header.toUpperCase(), `t=,mac=${mac}`]) {
    assert.equal(isSigned(broken, '{"a":1}', at()), false, String(broken));
  }
});

test('G-38 a signature is worth nothing five minutes away from its time, either way', () => {
  const header = signatureOf('s3cret', SECONDS, 'x');
  for (const sign of [1, -1]) {
    assert.equal(isSigned(header, 'x', at(sign * SIGNATURE_TOLERANCE_MS)), true);
    assert.equal(isSigned(header, 'x', at(sign * (SIGNATURE_TOLERANCE_MS + 1))), false);
  }
});
