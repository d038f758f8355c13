import type { Cache } from '#kernel/cache/cache.ts';
import type { Answer } from '#kernel/http/operation.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Answers a declared GET from the cache, after the request was authorised and counted (C-107, CCH-01). Every edition
 * has texts of its own for an object, which go stale by the same events.
 */
export function answerFromCache(cache: Cache, edition = ''): Step {
  const suffix = edition && `|${edition}`;
  return (exchange) => {
    const { cached } = exchange.operation;
    const { tenant } = exchange;
    if (!cached || !tenant) return;
    const { id } = exchange.params as { id: string };
    const subject = { ...cached, id, partition: `${tenant.orgId}|${tenant.livemode}${suffix}` };
    const entry = cache.get(subject);
    if (entry) {
      exchange.answer = withEtag(exchange, entry.etag, entry.text);
      return;
    }
    exchange.cache = { subject, version: cache.version(subject) };
  };
}

/** Gives the answer its ETag (G-16), keeps it when the operation says so, and answers 304 to who has it already. */
export function finishAnswer(cache: Cache): (exchange: Exchange, answer: Answer) => Answer {
  return (exchange, answer) => {
    if (exchange.context?.idempotency?.replayed) exchange.headers['idempotent-replayed'] = 'true';
    if (answer.version === undefined) return answer;
    const etag = `"${answer.version}"`;
    if (exchange.operation.method !== 'GET' || answer.status !== 200) {
      exchange.headers.etag = etag;
      return answer;
    }
    const text = JSON.stringify(answer.body);
    if (exchange.cache) cache.put(exchange.cache.subject, exchange.cache.version, { text, etag });
    return withEtag(exchange, etag, text);
  };
}

function withEtag(exchange: Exchange, etag: string, text: string): Answer {
  exchange.headers.etag = etag;
  exchange.headers['cache-control'] = 'private, no-cache';
  const known = headerOf(exchange, 'if-none-match');
  if (
    known &&
    (known === '*' ||
      known
        .replaceAll('W/', '')
        .split(/\s*,\s*/)
        .includes(etag))
  )
    return { status: 304 };
  return { status: 200, raw: { bytes: text, contentType: JSON_TYPE } };
}
