import { headerOf, type Step } from './exchange.ts';

const EXPOSED =
  'X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Window, Retry-After, ETag, Location, Idempotent-Replayed, Deprecation, Sunset, Link';
const ACCEPTED =
  'Authorization, X-API-Key, Content-Type, Idempotency-Key, X-Idempotency-Key, If-Match, If-None-Match, X-Request-Id, X-Organization-Id, traceparent';

/** Lets pages of the configured origins call the API (ARC-19); answers their preflight questions. */
export function cors(origins: readonly string[]): Step {
  const allowed = new Set(origins);
  return (exchange) => {
    const origin = headerOf(exchange, 'origin');
    if (!origin || allowed.size === 0) return;
    exchange.headers.vary = 'Origin';
    if (!allowed.has('*') && !allowed.has(origin)) return;
    exchange.headers['access-control-allow-origin'] = origin;
    exchange.headers['access-control-expose-headers'] = EXPOSED;
    if (exchange.request.raw.method !== 'OPTIONS') return;
    exchange.headers['access-control-allow-methods'] = 'GET, POST, PUT, PATCH, DELETE';
    exchange.headers['access-control-allow-headers'] = ACCEPTED;
    exchange.headers['access-control-max-age'] = '600';
    exchange.answer = { status: 204 };
  };
}
