import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartupError } from '#kernel/startup-error.ts';
import { isLoopback, readConfiguration } from './config.ts';

test('GDPR-03 plain HTTP is for this machine alone, unless a declared proxy ends TLS in front of it', () => {
  for (const HOST of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) {
    assert.equal(readConfiguration({ HOST }).HOST, HOST);
  }
  for (const HOST of ['0.0.0.0', '::', '192.0.2.7', 'example.com', '1270.0.0.1', '127.0.0.1.example.com']) {
    assert.throws(() => readConfiguration({ HOST }), StartupError, HOST);
    assert.equal(readConfiguration({ HOST, TRUSTED_PROXIES: '192.0.2.1' }).HOST, HOST);
    assert.equal(readConfiguration({ HOST, TLS_CERT_FILE: 'c.pem', TLS_KEY_FILE: 'k.pem' }).HOST, HOST);
  }
});

test('half a certificate is refused with one sentence', () => {
  assert.throws(() => readConfiguration({ TLS_CERT_FILE: 'c.pem' }), /must be set together/);
  assert.throws(() => readConfiguration({ TLS_KEY_FILE: 'k.pem' }), /must be set together/);
});

test('only addresses of this machine are loopback', () => {
  assert.deepEqual(['127.0.0.1', '::1', 'localhost'].map(isLoopback), [true, true, true]);
  assert.deepEqual(['10.0.0.1', '', '128.0.0.1', 'localhost.example'].map(isLoopback), [false, false, false, false]);
});

test('C-43 the enabled currencies are ISO 4217 codes, each once, and USD is one of them', () => {
  assert.deepEqual(readConfiguration({ ENABLED_CURRENCIES: 'usd,chf, CHF' }).ENABLED_CURRENCIES, ['USD', 'CHF']);
  for (const wrong of ['EUR', 'USD,ABC', 'USD,', 'USD;EUR']) {
    assert.throws(() => readConfiguration({ ENABLED_CURRENCIES: wrong }), /ENABLED_CURRENCIES/);
  }
});
