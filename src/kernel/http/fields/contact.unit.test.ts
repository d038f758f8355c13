import assert from 'node:assert/strict';
import { test } from 'node:test';
import parseAddresses from 'email-addresses';
import fc from 'fast-check';
import { email, ipRange, phone, url } from '#kernel/http/fields.ts';
import { accepted, refusalCode } from '#test/support/read-field.ts';

test('VAL-01 e-mail addresses of RFC 5322 pass; the domain is lower-cased, the local part kept', () => {
  assert.equal(accepted(email(), ' Ada.Lovelace+news@Example.COM '), 'Ada.Lovelace+news@example.com');
  for (const good of [
    "o'hara@example.com",
    "!#$%&'*+/=?^_`{|}~-@example.com",
    '"a b"@example.com',
    '"a\\"b"@example.com',
    'ü@bücher.de',
  ]) {
    assert.equal(accepted(email(), good), good);
  }
});

test('VAL-01 everything that is not a bare address is refused', () => {
  const bad = [
    'plain',
    '@example.com',
    'a@',
    'a@localhost',
    'a..b@example.com',
    '.a@example.com',
    'a.@example.com',
    'a@example..com',
    'a@.example.com',
    'a@example.com.',
    'a b@example.com',
    'a@b@example.com',
    'Foo <a@example.com>',
    '<a@example.com>',
    'a@[127.0.0.1]',
    'a(comment)@example.com',
    'a@example.com, b@example.com',
    'group: a@example.com;',
    '""@example.com',
    '"  "@example.com',
    '"a"b"@example.com',
    'a@exam\u200bple.com',
    'a@exam ple.com',
  ];
  for (const value of bad) assert.equal(refusalCode(email(), value), 'format', value);
  assert.equal(refusalCode(email(), 'a\r\nBcc: b@example.com'), 'forbidden_characters');
  assert.equal(refusalCode(email(), 7), 'type');
});

test('VAL-01 the length limits of RFC 5321 hold (C-46)', () => {
  const domain = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.com`;
  const longest = `${'a'.repeat(64)}@${'d'.repeat(3)}${domain}`.slice(0, 254);
  assert.equal(accepted(email(), longest), longest);
  assert.equal(refusalCode(email(), `${'a'.repeat(65)}@example.com`), 'too_long');
  assert.equal(refusalCode(email(), `${'ü'.repeat(33)}@example.com`), 'too_long');
  assert.equal(refusalCode(email(), `a@${'d.'.repeat(126)}com`), 'too_long');
});

test('VAL-01 the grammar agrees with an independent RFC 5322 parser', () => {
  const unit = fc.constantFrom(...'ab.@"\\ -_+()<>[],;:!1ü');
  const part = fc.string({ unit, minLength: 1, maxLength: 6 });
  const candidates = fc.oneof(
    fc.tuple(part, part, part).map(([local, domain, top]) => `${local}@${domain}.${top}`),
    fc.tuple(part, part).map(([local, domain]) => `"${local}"@${domain}.co`),
    fc.emailAddress(),
  );
  fc.assert(
    fc.property(candidates, (candidate) => {
      const sent = candidate.trim();
      const parsed = parseAddresses({ input: sent, rfc6532: true, rejectTLD: true })?.addresses[0];
      const isBare =
        parsed?.type === 'mailbox' &&
        parsed.parts.name === null &&
        parsed.parts.comments.length === 0 &&
        `${parsed.parts.local.tokens}@${parsed.parts.domain.tokens}` === sent &&
        parsed.local !== '' &&
        !parsed.domain.startsWith('[') &&
        // Quoted words between dots are obsolete (RFC 5322, obs-local-part); that parser still takes them.
        /^(?:[^"]+|"(?:[^"\\]|\\.)*")$/.test(parsed.parts.local.tokens);
      if (isBare) assert.equal(String(accepted(email(), sent)).toLowerCase(), sent.toLowerCase());
      else assert.equal(refusalCode(email(), sent), 'format', sent);
    }),
    { numRuns: 400 },
  );
});

test('VAL-02 phone numbers are E.164', () => {
  assert.equal(accepted(phone(), '+1234567890'), '+1234567890');
  assert.equal(accepted(phone(), ' +491234567890123 '), '+491234567890123');
  for (const bad of [
    '0123',
    '+0123456',
    '+12345abc',
    '1234567890',
    '+1 234 567',
    '+',
    '+1',
    '+1234567890123456',
    '００１２',
  ]) {
    assert.equal(refusalCode(phone(), bad), 'format', bad);
  }
  assert.equal(refusalCode(phone(), 1_234_567_890), 'type');
});

test('url takes absolute http and https URLs without credentials, as they were sent', () => {
  assert.equal(accepted(url(), ' https://example.com '), 'https://example.com');
  assert.equal(accepted(url(), 'http://example.com:8080/a?b=c'), 'http://example.com:8080/a?b=c');
  const bad = [
    'example.com',
    '/path',
    'ftp://example.com',
    'javascript:alert(1)',
    'https:example.com',
    'https://',
    'https://user@example.com',
    'https://user:secret@example.com',
    'https://exa mple.com',
    'https:\\\\example.com',
    'https://example.com:99999',
  ];
  for (const value of bad) assert.equal(refusalCode(url(), value), 'format', value);
  assert.equal(refusalCode(url(), `https://example.com/${'a'.repeat(2048)}`), 'too_long');
});

test('url can ask for https, with or without an exception for the machine itself', () => {
  assert.equal(refusalCode(url({ https: true }), 'http://example.com'), 'format');
  assert.equal(refusalCode(url({ https: true }), 'http://localhost:3000'), 'format');
  const development = url({ https: true, loopbackHttp: true });
  for (const good of [
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:80/cb',
    'https://example.com/',
  ]) {
    assert.equal(accepted(development, good), good);
  }
  assert.equal(refusalCode(development, 'http://localhost.example.com'), 'format');
});

test('ipRange takes addresses and CIDR ranges', () => {
  for (const good of ['203.0.113.7', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::1', '10.0.0.1/32', 'fe80::/128']) {
    assert.equal(accepted(ipRange(), good), good);
  }
  assert.equal(accepted(ipRange(), '2001:DB8::/32'), '2001:db8::/32');
  for (const bad of [
    '10.0.0.0/33',
    '10.0.0',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/08',
    '::/129',
    'fe80::1%eth0',
    'host',
    '10.0.0.0/-1',
    '010.0.0.1',
  ]) {
    assert.equal(refusalCode(ipRange(), bad), 'format', bad);
  }
});
