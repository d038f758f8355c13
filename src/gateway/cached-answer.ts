import { createHash } from 'node:crypto';
import type { Cache, CacheEntry, CacheSubject } from '#kernel/cache/cache.ts';
import type { Answer } from '#kernel/http/operation.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';
import { requestOf } from './handle.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Answers a declared GET from the cache, after the request was authorised and counted (C-107, CCH-01). Every edition
 * has texts of its own for an object, which go stale by the same events. An answer past its time is given once more
 * while one background reading makes the next (CCH-04).
 */
export function answerFromCache(cache: Cache, edition = ''): Step {
  return (exchange) => {
    if (!exchange.operation.cached) return;
    const subject = subjectOf(exchange, edition);
    if (!subject) return;
    const entry = cache.get(subject);
    if (!entry) {
      exchange.cache = { subject, version: cache.version(subject) };
      return;
    }
    exchange.answer = withEtag(exchange, entry.etag, entry.text);
    if (entry.refresh) void refresh(cache, exchange, subject);
  };
}

/**
 * What the request asks about; null for lists over all organisations, which no tenant's events make stale, and for answers
 * of a shape of their own, which the events of other objects make stale. Other parameters of one object are for the
 * operation to refuse.
 */
function subjectOf({ operation, tenant, params, request }: Exchange, edition: string): CacheSubject | null {
  if (!tenant || tenant.orgId === '*') return null;
  const { service, resource, list } = operation.cached!;
  // As the operation will read them: in the URL a name can be spelled in many ways, such as `%65xpand`.
  const asked = request.query as Record<string, unknown>;
  if (asked.expand !== undefined || asked.fields !== undefined) return null;
  const partition = `${tenant.orgId}|${tenant.livemode}`;
  const view = edition + operation.id;
  if (!list) {
    const isPlain = Object.keys(asked).length === 0;
    return isPlain ? { service, resource, id: (params as { id: string }).id, view, partition } : null;
  }
  const url = request.raw.url!;
  const query = url.indexOf('?');
  return { service, resource, id: partition, view: query < 0 ? view : view + url.slice(query), partition };
}

/** Reads the answer again, as the request would have. It answers nobody, so a failure only leaves it to the next reader. */
async function refresh(cache: Cache, exchange: Exchange, subject: CacheSubject): Promise<void> {
  const version = cache.version(subject);
  try {
    // It passed its check when the answer was first made.
    exchange.query = exchange.operation.readQuery?.(exchange.request.query, 'query').value ?? {};
    const answer = await exchange.operation.handle(requestOf(exchange) as never);
    cache.put(subject, version, entryOf(answer));
  } catch {
    cache.abandonRefresh(subject);
  }
}

/** Gives the answer its ETag (G-16), keeps it when the operation says so, and answers 304 to who has it already. */
export function finishAnswer(cache: Cache): (exchange: Exchange, answer: Answer) => Answer {
  return (exchange, answer) => {
    if (exchange.context?.idempotency?.replayed) exchange.headers['idempotent-replayed'] = 'true';
    if (answer.version === undefined && !exchange.cache) return answer;
    if (exchange.operation.method !== 'GET' || answer.status !== 200) {
      if (answer.version !== undefined) exchange.headers.etag = `"${answer.version}"`;
      return answer;
    }
    const entry = entryOf(answer);
    if (exchange.cache) cache.put(exchange.cache.subject, exchange.cache.version, entry);
    return withEtag(exchange, entry.etag, entry.text);
  };
}

/** An object has its version as ETag; a list has no version, so its text speaks for itself. */
function entryOf({ body, version }: Answer): CacheEntry {
  const text = JSON.stringify(body);
  const tag = version ?? createHash('sha1').update(text).digest('base64url').slice(0, 16);
  return { text, etag: `"${tag}"` };
}

function withEtag(exchange: Exchange, etag: string, text: string): Answer {
  exchange.headers.etag = etag;
  exchange.headers['cache-control'] = 'private, no-cache';
  const known = headerOf(exchange, 'if-none-match');
  if (known && (known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag))) {
    return { status: 304 };
  }
  return { status: 200, raw: { bytes: text, contentType: JSON_TYPE } };
}
