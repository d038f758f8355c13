import type { Clock } from '#kernel/clock.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Principal } from '#kernel/http/principal.ts';
import type { Exchange, Step } from './exchange.ts';
import type { Buckets } from './rate-limit/buckets.ts';
import { writeRateLimitHeaders } from './rate-limit/rate-limit-headers.ts';
import type { BucketCheck, RateLimitStore, Verdict } from './rate-limit/rate-limit-store.ts';

const NAMES: Record<string, string> = {
  credential: 'of this credential',
  organization: 'of the organisation',
  user: 'of this user',
  burst: 'per second of this credential',
  endpoint: 'of this endpoint',
  anonymous: 'without a valid credential',
  batch: 'of batch items',
  inbound: 'of this source',
  plan: "of your organisation's plan",
  plan_day: "of your organisation's plan",
};

/** What counts; one for all editions. */
export interface Counting {
  store: RateLimitStore;
  clock: Clock;
}

/** What counts, and the buckets of one edition. */
export interface Throttling extends Counting {
  buckets: Buckets;
}

/** Admits or refuses by sliding windows (ARC-17, RATE-01..14) and writes the X-RateLimit headers. */
export function throttle(throttling: Throttling): Step {
  const { buckets } = throttling;
  return (exchange) => {
    const { inboundSource, batchItems } = exchange.operation;
    if (inboundSource) return admit(throttling, exchange, () => buckets.inbound(inboundSource, exchange.ipAddress));
    return admit(throttling, exchange, (principal) => {
      if (!principal) return buckets.anonymous(exchange.ipAddress, exchange.operation.id);
      const own = buckets.of(principal);
      // What a batch costs is known once its body is read; one whose body is refused then has cost as much as one item.
      return batchItems ? own.batchChecksFor(exchange.operation.id, 1) : own.checksFor(exchange.operation.id);
    });
  };
}

/** Counts the items of a batch beyond the first (C-08); stands after the body was checked. */
export function throttleBatch(throttling: Throttling): Step {
  const { buckets } = throttling;
  return (exchange) => {
    const { batchItems, id } = exchange.operation;
    if (!batchItems || !exchange.principal) return;
    const further = batchItems(exchange.body as never) - 1;
    if (further <= 0) return;
    return admit(throttling, exchange, (principal) =>
      buckets
        .of(principal!)
        .batchChecksFor(id, further)
        .filter(({ name }) => name === 'batch'),
    );
  };
}

function admit(
  { store, clock }: Throttling,
  exchange: Exchange,
  checks: (principal: Principal | null) => readonly BucketCheck[],
): void | Promise<void> {
  const verdict = store.hit(checks(exchange.principal), clock.nowMs());
  if (verdict instanceof Promise) return verdict.then((settled) => apply(exchange, settled));
  apply(exchange, verdict);
}

function apply(exchange: Exchange, verdict: Verdict): void {
  exchange.verdict = verdict;
  writeRateLimitHeaders(exchange.headers as Record<string, string>, verdict);
  if (verdict.allowed) return;
  throw new DomainError(
    'rate_limited',
    `The limit of ${verdict.limit} requests ${NAMES[verdict.bucket] ?? ''} in ${verdict.windowSeconds} s is used up; repeat in ${verdict.retryAfterSeconds} s.`,
    { retryAfterSeconds: verdict.retryAfterSeconds },
  );
}
