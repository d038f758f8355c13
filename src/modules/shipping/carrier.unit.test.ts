import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARRIERS, trackingKey, trackingTemplate, trackingUrl } from './carrier.ts';

const refused = { kind: 'validation', details: [{ field: 'tracking_url_template' }] };
const isRefused = (carrier: (typeof CARRIERS)[number], template: string | null) => {
  assert.throws(
    () => trackingTemplate(carrier, template),
    (error: typeof refused) => error.kind === refused.kind && error.details[0]!.field === refused.details[0]!.field,
    String(template),
  );
};

test('SHP-06 the carriers are exactly ups, fedex, dhl, usps and custom', () => {
  assert.deepEqual(CARRIERS, ['ups', 'fedex', 'dhl', 'usps', 'custom']);
});

test('SHP-07 a custom carrier needs a template with a place for the number, and only it brings one', () => {
  isRefused('custom', null);
  isRefused('ups', 'https://ups.example/{tracking_number}');
  const good = 'https://carrier.example/t/{tracking_number}?lang=en';
  assert.equal(trackingTemplate('custom', good), good);
  const bad = [
    'https://carrier.example/t',
    'http://carrier.example/{tracking_number}',
    'javascript:alert({tracking_number})',
    'https://{tracking_number}.example/',
    'https://user:pass@carrier.example/{tracking_number}',
    'https://{tracking_number}',
    'https://carrier.example/a b/{tracking_number}',
  ];
  for (const template of bad) isRefused('custom', template);
});

test('the tracking URL holds the number and nothing that breaks out of its place', () => {
  for (const carrier of ['ups', 'fedex', 'dhl', 'usps'] as const) {
    const url = new URL(trackingUrl(trackingTemplate(carrier, null), '1Z 9/9&x=y')!);
    assert.equal(url.protocol, 'https:');
    assert.ok(url.href.includes('1Z%209%2F9%26x%3Dy'), url.href);
  }
});

test('tracking numbers are compared without case, blanks and hyphens', () => {
  assert.equal(trackingKey('1z 999-aa1'), trackingKey('1Z999AA1'));
  assert.notEqual(trackingKey('1Z999AA1'), trackingKey('1Z999AA2'));
});
