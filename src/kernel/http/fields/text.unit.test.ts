import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cursor, longText, optional, secretText, sku, slug, text } from '#kernel/http/fields.ts';
import { accepted, refusal, refusalCode } from '#test/support/read-field.ts';

test('VAL-12 text is trimmed of leading and trailing whitespace, inner whitespace stays', () => {
  assert.equal(accepted(text(), '  Ada  Lovelace \t\n'), 'Ada  Lovelace');
  assert.equal(accepted(text(), '\u00a0\ufeffAda\u3000'), 'Ada');
});

test('VAL-12 secrets and message bodies are exempt from trimming (C-50)', () => {
  assert.equal(accepted(secretText(), ' pass word '), ' pass word ');
  assert.equal(accepted(secretText(), '   '), '   ');
  assert.equal(accepted(longText(), '  Hello\r\n\tworld\r\n'), '  Hello\n\tworld\n');
});

test('VAL-13 empty and blank text is null: an error where required, absent where optional', () => {
  assert.equal(refusalCode(text(), ''), 'required');
  assert.equal(refusalCode(text(), ' \t '), 'required');
  assert.equal(refusalCode(secretText(), ''), 'required');
  assert.equal(accepted(optional(text()), '  '), undefined);
});

test('text counts characters, not UTF-16 units, after trimming and composing', () => {
  assert.equal(accepted(text({ max: 3 }), '😀😀😀'), '😀😀😀');
  assert.equal(refusalCode(text({ max: 3 }), '😀😀😀😀'), 'too_long');
  assert.equal(accepted(text({ max: 255 }), ` ${'a'.repeat(255)} `), 'a'.repeat(255));
  assert.deepEqual(refusal(text({ max: 255 }), 'a'.repeat(256)), {
    field: 'field',
    code: 'too_long',
    message: 'Send at most 255 characters.',
  });
  assert.equal(accepted(text({ max: 1 }), 'e\u0301'), '\u00e9');
  assert.equal(accepted(text({ max: 1 }), '\u1112\u1161\u11ab'), '한');
  assert.equal(refusalCode(text({ max: 5 }), 'é'.repeat(5_000_000)), 'too_long');
  assert.equal(refusalCode(text({ min: 2 }), ' a '), 'too_short');
});

test('text refuses NUL, control characters and unpaired surrogates', () => {
  for (const bad of ['a\u0000b', 'a\u001bb', 'a\u007fb', 'a\u0085b', 'a\nb', 'a\tb', 'a\ud800b', 'a\udc00']) {
    assert.equal(refusalCode(text(), bad), 'forbidden_characters', JSON.stringify(bad));
  }
  for (const bad of ['a\u0000b', 'a\u001bb', 'a\u000bb', '\ud83d']) {
    assert.equal(refusalCode(text({ multiline: true }), bad), 'forbidden_characters', JSON.stringify(bad));
    assert.equal(refusalCode(longText(), bad), 'forbidden_characters', JSON.stringify(bad));
  }
  assert.equal(refusalCode(secretText(), 'a\u0000'), 'forbidden_characters');
  assert.equal(accepted(text({ multiline: true }), 'a\r\nb\rc\td'), 'a\nb\nc\td');
});

test('text refuses other JSON types', () => {
  for (const bad of [1, true, {}, ['a']]) assert.equal(refusalCode(text(), bad), 'type');
});

test('text with a pattern says what to send instead', () => {
  const code = text({ pattern: '^[A-Z]{3}$', patternMessage: 'Send three capital letters.' });
  assert.equal(accepted(code, ' ABC '), 'ABC');
  assert.deepEqual(refusal(code, 'abc'), { field: 'field', code: 'format', message: 'Send three capital letters.' });
});

test('slug, sku and cursor keep to their forms', () => {
  assert.equal(accepted(slug(), ' Spring-Sale '), 'spring-sale');
  for (const bad of ['-a', 'a-', 'a--b', 'a b', 'ä', 'a_b']) assert.equal(refusalCode(slug(), bad), 'format', bad);
  assert.equal(refusalCode(slug(), 'a'.repeat(64)), 'too_long');
  assert.equal(accepted(sku(), ' TShirt/Red#1 '), 'TShirt/Red#1');
  assert.equal(refusalCode(sku(), 'a b'), 'format');
  assert.equal(refusalCode(sku(), 'a'.repeat(65)), 'too_long');
  assert.equal(accepted(cursor(), 'eyJpZCI6MX0'), 'eyJpZCI6MX0');
  assert.equal(refusalCode(cursor(), 'a b'), 'format');
  assert.equal(refusalCode(cursor(), 'a'.repeat(1025)), 'format');
});

test('VAL-12 VAL-13 any text comes out trimmed, composed, in bounds and without control characters, or is refused', () => {
  const field = optional(text({ max: 20 }));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (sent) => {
      let value: unknown;
      try {
        value = accepted(field, sent);
      } catch {
        const isBad = !sent.isWellFormed() || /\p{Cc}/u.test(sent.trim());
        assert.ok(isBad || [...sent.trim().normalize('NFC')].length > 20, JSON.stringify(sent));
        return;
      }
      if (value === undefined) return assert.equal(sent.trim(), '');
      assert.equal(value, sent.trim().normalize('NFC'));
      assert.equal(accepted(field, value), value);
    }),
    { numRuns: 300 },
  );
});
