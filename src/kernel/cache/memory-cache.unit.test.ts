import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../clock.ts';
import type { CacheSubject } from './cache.ts';
import { COMPRESSED_ABOVE_BYTES } from './compression.ts';
import { type CacheOptions, HIT_RATE_WINDOW, MemoryCache, STANDARD_CACHE } from './memory-cache.ts';

const start = new Date('2026-01-01T00:00:00Z');

function cacheWith(options: Partial<CacheOptions> = {}) {
  const clock = manualClock(start);
  const cache = new MemoryCache(clock, { ...STANDARD_CACHE, ...options });
  const put = (subject: CacheSubject, text: string, ttlMs?: number) =>
    cache.put(subject, cache.version(subject), { text, etag: `"${text.slice(0, 8)}"` }, ttlMs);
  return { clock, cache, put };
}

function product(id: string, partition = 'org_a|true', view = 'products.get'): CacheSubject {
  return { service: 'catalog', resource: 'product', id, partition, view };
}

test('CCH-02 an answer is fresh for 300 s unless told, and then is not', () => {
  const { clock, cache, put } = cacheWith();
  put(product('prd_1'), 'one');
  clock.advance(299_999);
  assert.deepEqual(cache.get(product('prd_1')), { text: 'one', etag: '"one"' });
  clock.advance(1);
  assert.equal(cache.get(product('prd_1'))?.refresh, true);
});

test('CCH-04 past its time an answer is given on while one reader alone is asked to make the next', () => {
  const { clock, cache, put } = cacheWith();
  const subject = product('prd_1');
  put(subject, 'old');
  clock.advance(300_000);
  const asked = Array.from({ length: 5 }, () => cache.get(subject));
  assert.deepEqual(
    asked.map((hit) => [hit?.text, hit?.refresh ?? false]),
    [
      ['old', true],
      ['old', false],
      ['old', false],
      ['old', false],
      ['old', false],
    ],
  );
  cache.abandonRefresh(subject);
  assert.equal(cache.get(subject)?.refresh, true, 'the next reader tries again');
  put(subject, 'new');
  assert.deepEqual(cache.get(subject), { text: 'new', etag: '"new"' });
  clock.advance(600_000);
  assert.equal(cache.get(subject), undefined, 'nobody is shown what is older than twice its time');
});

test('CCH-07 CCH-08 a key is service, resource, id and a version that grows with each write', () => {
  const { cache, put } = cacheWith();
  const subject = product('prd_1');
  const versions: number[] = [];
  for (let write = 0; write < 3; write++) {
    versions.push(cache.version(subject));
    put(subject, `text ${write}`);
    assert.deepEqual(cache.keys('org_a|true'), [`catalog:product:prd_1:${versions[write]}`]);
    cache.invalidate(subject);
    assert.equal(cache.get(subject), undefined);
  }
  assert.ok(versions[0]! < versions[1]! && versions[1]! < versions[2]!, versions.join());
});

test('CCH-05 what was read before a write is never given after it, stored early or late, in any view and tenant', () => {
  const { cache, put } = cacheWith();
  const views = [product('prd_1'), product('prd_1', 'org_a|true', 'v2 products.get'), product('prd_1', '*|true')];
  const late = cache.version(views[0]!);
  for (const view of views) put(view, 'before');
  cache.invalidate(views[0]!);
  for (const view of views) assert.equal(cache.get(view), undefined);
  cache.put(views[0]!, late, { text: 'before', etag: '"1"' });
  assert.equal(cache.get(views[0]!), undefined, 'a reader that was slower than the writer stores nothing');
  put(views[0]!, 'after');
  assert.equal(cache.get(views[0]!)?.text, 'after');
});

test('CCH-05 a write is not forgotten however many objects were asked for since', () => {
  const { cache, put } = cacheWith();
  const [kept, read] = [product('prd_kept'), product('prd_read')];
  put(kept, 'before');
  const late = cache.version(read);
  cache.invalidate(read);
  for (let index = 0; index < 120_000; index++) cache.version(product(`prd_${index}`));
  cache.put(read, late, { text: 'before', etag: '"1"' });
  assert.equal(cache.get(read), undefined);
  cache.invalidate(kept);
  assert.equal(cache.get(kept), undefined);
});

test('CCH-10 CCH-11 a text above 1 MB is kept as LZ4 and read as it was; one of 1 MB is kept as it is', () => {
  const { cache, put } = cacheWith();
  const small = 'ä'.repeat(COMPRESSED_ABOVE_BYTES / 2);
  put(product('prd_small'), small);
  const plain = cache.statistics().bytes;
  assert.ok(plain >= COMPRESSED_ABOVE_BYTES);
  const large = JSON.stringify(Array.from({ length: 60_000 }, (_, index) => ({ name: 'Größe 日本 🙂', index })));
  assert.ok(Buffer.byteLength(large) > COMPRESSED_ABOVE_BYTES);
  put(product('prd_large'), large);
  assert.ok(cache.statistics().bytes - plain < Buffer.byteLength(large) / 2);
  assert.equal(cache.get(product('prd_large'))?.text, large);
  assert.equal(cache.get(product('prd_small'))?.text, small);
});

test("CCH-13 a tenant's quota is its own: the greedy one drops its oldest, the others keep all", () => {
  const { cache, put } = cacheWith({ partitionBytesMax: 10_000 });
  const text = 'x'.repeat(1_000);
  put(product('prd_modest', 'org_b|true'), text);
  for (let index = 0; index < 50; index++) put(product(`prd_${index}`), text);
  assert.equal(cache.get(product('prd_modest', 'org_b|true'))?.text, text);
  const kept = Array.from({ length: 50 }, (_, index) => index).filter((index) => cache.get(product(`prd_${index}`)));
  assert.deepEqual(kept, [42, 43, 44, 45, 46, 47, 48, 49]);
  assert.equal(cache.get(product('prd_49', 'org_b|true')), undefined, 'nothing is shared');
  put(product('prd_huge', 'org_b|true'), 'y'.repeat(20_000));
  assert.equal(cache.get(product('prd_huge', 'org_b|true')), undefined);
});

test('CCH-13 when all bytes are used up a tenant makes room of its own, never of another', () => {
  const { cache, put } = cacheWith({ partitionBytesMax: 10_000, bytesMax: 12_000 });
  const text = 'x'.repeat(1_000);
  for (let index = 0; index < 8; index++) put(product(`prd_${index}`), text);
  for (let index = 0; index < 8; index++) put(product(`prd_${index}`, 'org_b|true'), text);
  for (let index = 0; index < 8; index++) assert.ok(cache.get(product(`prd_${index}`)), `prd_${index}`);
  assert.equal(cache.keys('org_b|true').length, 2);
  assert.ok(cache.statistics().bytes <= 12_000);
});

test('CCH-09 hits are counted for each resource, and a rate below 95 % is told', () => {
  const low: [string, number][] = [];
  const { cache, put } = cacheWith({ onLowHitRate: (resource, ratio) => low.push([resource, ratio]) });
  put(product('prd_1'), 'one');
  for (let index = 0; index < HIT_RATE_WINDOW; index++) cache.get(product(index % 10 === 0 ? 'prd_none' : 'prd_1'));
  assert.deepEqual(low, [['catalog:product', 0.9]]);
  for (let index = 0; index < HIT_RATE_WINDOW; index++) cache.get(product(index % 50 === 0 ? 'prd_none' : 'prd_1'));
  assert.equal(low.length, 1, '98 % of the next ones are fine');
  const [resource] = cache.statistics().resources;
  assert.deepEqual(resource, { name: 'catalog:product', hits: 18_800, stale: 0, misses: 1_200 });
});
