import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyCurrency,
  COUNTRIES,
  country,
  currency,
  enumOf,
  id,
  optional,
  stripInternalKeywords,
} from '#kernel/http/fields.ts';
import { newId } from '#kernel/ids.ts';
import { CURRENCIES } from '#kernel/money.ts';
import { accepted, refusal, refusalCode } from '#test/support/read-field.ts';

const role = enumOf(['admin', 'member']);

test('VAL-16 enum input is read in any case', () => {
  for (const sent of ['ADMIN', 'Admin', 'admin', ' aDmIn ']) assert.equal(accepted(role, sent), 'admin');
});

test('VAL-17 enums come out in lower case, and cannot be declared otherwise', () => {
  assert.equal(accepted(role, 'MEMBER'), 'member');
  assert.throws(() => enumOf(['Admin']), /lower case/);
});

test('VAL-16 an unknown enum value is refused with the allowed ones', () => {
  assert.deepEqual(refusal(role, 'owner'), {
    field: 'field',
    code: 'not_allowed',
    message: 'Send one of: admin, member.',
  });
  for (const bad of ['constructor', '__proto__', 'toString']) assert.equal(refusalCode(role, bad), 'not_allowed');
  assert.equal(refusalCode(role, 1), 'type');
  assert.equal(refusalCode(role, ' '), 'required');
  assert.equal(accepted(optional(role), ''), undefined);
});

test('enum aliases are read as what they mean (C-45)', () => {
  const status = enumOf(['open', 'canceled'], { aliases: { cancelled: 'canceled' } });
  assert.equal(accepted(status, 'Cancelled'), 'canceled');
  assert.equal(accepted(status, 'canceled'), 'canceled');
  assert.deepEqual(stripInternalKeywords(status).enum, ['open', 'canceled']);
});

test('currency is one of the six enabled codes, in any case, kept in upper case (C-43, C-44)', () => {
  assert.equal(accepted(currency(), 'usd'), 'USD');
  assert.equal(accepted(currency(), ' Jpy '), 'JPY');
  for (const bad of ['CHF', 'XXX', 'dollar', 'toString'])
    assert.equal(refusalCode(currency(), bad), 'not_allowed', bad);
});

test('any currency is an active one of ISO 4217 with its digits; metals, funds without a unit and withdrawn ones are refused', () => {
  for (const [code, digits] of [
    ['CHF', 2],
    ['KRW', 0],
    ['KWD', 3],
    ['CLF', 4],
  ] as const) {
    assert.equal(accepted(anyCurrency(), code.toLowerCase()), code);
    assert.equal(CURRENCIES[code], digits);
  }
  for (const bad of ['XXX', 'XTS', 'XAU', 'XDR', 'DEM', 'HRK', 'ANG', 'franc', 'toString'])
    assert.equal(refusalCode(anyCurrency(), bad), 'not_allowed', bad);
  const names = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' });
  // Funds and codes younger than the runtime's own data have no name there.
  const unnamed = Object.keys(CURRENCIES).filter((code) => !names.of(code));
  assert.deepEqual(
    unnamed.filter((code) => code !== 'XAD'),
    [],
  );
  assert.equal(Object.keys(CURRENCIES).length, 165);
});

test('country is an assigned ISO 3166-1 alpha-2 code, kept in upper case (C-44)', () => {
  assert.equal(COUNTRIES.length, 249);
  assert.equal(new Set(COUNTRIES).size, 249);
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  for (const code of COUNTRIES) assert.ok(names.of(code), code);
  assert.equal(accepted(country(), 'de'), 'DE');
  for (const bad of ['UK', 'XX', 'EU', 'USA', 'ZZ']) assert.equal(refusalCode(country(), bad), 'not_allowed', bad);
});

test('id takes the TypeIDs of its prefix and names the prefix when it refuses', () => {
  const order = newId('ord');
  assert.equal(accepted(id('ord'), order), order);
  assert.equal(accepted(id('ord'), ` ${order} `), order);
  assert.deepEqual(refusal(id('ord'), newId('cus')), {
    field: 'field',
    code: 'format',
    message: 'Send the id of an order: ord_ and 26 characters.',
  });
  for (const bad of ['ord_1', order.toUpperCase(), `${order}x`, 'ord_8zzzzzzzzzzzzzzzzzzzzzzzzz']) {
    assert.equal(refusalCode(id('ord'), bad, 'path'), 'format', bad);
  }
  assert.equal(refusalCode(id('ord'), 5), 'type');
  assert.equal(refusalCode(id('ord'), ''), 'required');
});
