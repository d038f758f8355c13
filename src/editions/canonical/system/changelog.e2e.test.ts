import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type TestApp, testApp } from '#test/support/app.ts';
import { feedOf, releasesOf } from './changelog.ts';

let app: TestApp;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

test('V1-131 V1-135 the changelog can be subscribed to: every release with all its changes', async () => {
  const { status, headers, body } = await app.request('GET', '/changelog.atom');
  assert.deepEqual([status, headers['content-type']], [200, 'application/atom+xml; charset=utf-8']);
  const markdown = readFileSync(new URL('../../../../CHANGELOG.md', import.meta.url), 'utf8');
  assert.equal(body.match(/<entry>/g)?.length, markdown.match(/^## /gm)?.length);
  assert.equal(body.match(/&lt;li&gt;/g)?.length, markdown.match(/^- /gm)?.length);
  for (const recent of ['limits by plan', 'organisations']) assert.ok(body.includes(recent), recent);
});

test('the feed is well-formed whatever a change says, and a released version keeps its day', () => {
  const releases = releasesOf('# C\n\n## 1.0.0 — 2026-01-15\n\n- A <b> & "c"\n  goes on\n- Second\n', 'now');
  assert.deepEqual(releases, [
    { title: '1.0.0 — 2026-01-15', updated: '2026-01-15T00:00:00Z', changes: ['A <b> & "c" goes on', 'Second'] },
  ]);
  const feed = feedOf(releases, 'https://a.example');
  assert.ok(feed.includes('&lt;li&gt;A &amp;lt;b&amp;gt; &amp;amp; &amp;quot;c&amp;quot; goes on&lt;/li&gt;'));
  assert.doesNotMatch(feed, /<b>/);
});
