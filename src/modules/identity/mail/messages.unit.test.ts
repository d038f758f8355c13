import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailMessages } from './messages.ts';

test('G-07 the subject of an invitation stays one that is sent, however long the name of the organisation is', () => {
  const { invitation } = mailMessages(() => 'https://id.example');
  for (const name of ['Acme', 'x'.repeat(255), `${'x'.repeat(198)}😀😀`]) {
    const { subject, text } = invitation('ada@example.com', 'Ada', name, 'token');
    assert.ok(subject.length <= 255 && subject.isWellFormed(), subject);
    assert.ok(text.includes(name));
  }
});
