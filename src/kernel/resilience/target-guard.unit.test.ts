import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { OutgoingError } from './outgoing-error.ts';
import { createTargetGuard, isPublicAddress, type ResolvedAddress } from './target-guard.ts';

function isRefusal(error: unknown): boolean {
  return error instanceof OutgoingError && error.reason === 'refused_target';
}

test('G-23 private, loopback, link-local, multicast, shared, mapped and metadata addresses are not public', () => {
  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'not an address',
    '',
  ]) {
    assert.equal(isPublicAddress(address), false, address);
  }
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '192.0.3.1',
    '100.128.0.1',
    '2606:4700::1111',
    '64:ff9b::808:808',
  ]) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

test('G-23 a URL with a forbidden scheme, address, notation or credentials is refused', () => {
  const guard = createTargetGuard();
  for (const url of [
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'not a url',
    '',
    'https://user:secret@example.com/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://134744072/',
    'https://8.8.2056/',
    'https://１２７.0.0.1/',
    'https://8。8。8。8/',
    'https:\\\\8.8.2056/',
  ]) {
    assert.throws(() => guard.checkUrl(url), isRefusal, url);
  }
  for (const url of [
    'https://example.com/hook?x=1',
    'https://8.8.8.8:8443/hook',
    'HTTPS://8.8.4.4',
    'https://[2606:4700::1111]/',
  ]) {
    assert.ok(guard.checkUrl(url).hostname.length > 0, url);
  }
});

test('G-23 listed hosts, addresses and ranges may be private and plain http, and only these', () => {
  const guard = createTargetGuard({ allowedPrivateHosts: ['127.0.0.1', ' Hooks.Internal ', '10.1.0.0/16', '::1'] });
  for (const url of ['http://127.0.0.1:9000/', 'http://hooks.internal/', 'https://10.1.255.1/', 'http://[::1]:80/']) {
    assert.ok(guard.checkUrl(url), url);
  }
  for (const url of ['https://127.0.0.2/', 'http://localhost/', 'https://10.2.0.1/', 'http://8.8.8.8/']) {
    assert.throws(() => guard.checkUrl(url), isRefusal, url);
  }
});

function lookupOf(addresses: string[], allowedPrivateHosts: string[] = []) {
  const resolved = addresses.map((address): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
  const { lookup } = createTargetGuard({ allowedPrivateHosts, resolve: async () => resolved });
  return promisify(lookup) as unknown as (name: string, options: object) => Promise<unknown>;
}

test('G-23 a name with any private address among its addresses is refused at look-up', async () => {
  await assert.rejects(lookupOf(['10.0.0.1'])('a.example', {}), isRefusal);
  await assert.rejects(lookupOf(['8.8.8.8', '127.0.0.1'])('a.example', { all: true }), isRefusal);
  await assert.rejects(lookupOf(['2606:4700::1111', '::ffff:7f00:1'])('a.example', {}), isRefusal);
  await assert.rejects(lookupOf([])('a.example', {}), { code: 'ENOTFOUND' });
  assert.equal(await lookupOf(['8.8.8.8'])('a.example', {}), '8.8.8.8');
  assert.deepEqual(await lookupOf(['8.8.8.8'])('a.example', { all: true }), [{ address: '8.8.8.8', family: 4 }]);
});

test('G-23 a listed name may lead anywhere; a listed range only to its own addresses', async () => {
  assert.equal(await lookupOf(['10.0.0.1'], ['a.example'])('A.example', {}), '10.0.0.1');
  await assert.rejects(lookupOf(['10.0.0.1'], ['b.example'])('a.example', {}), isRefusal);
  assert.equal(await lookupOf(['10.0.0.1'], ['10.0.0.0/8'])('a.example', {}), '10.0.0.1');
  await assert.rejects(lookupOf(['192.168.0.1'], ['10.0.0.0/8'])('a.example', {}), isRefusal);
});
