import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import type { Principal } from '#kernel/http/principal.ts';
import { anonymousChecksFor, bucketsFor, type CredentialBuckets, inboundChecksFor, type RateLimits } from './limits.ts';
import type { BucketCheck } from './rate-limit-store.ts';

/** Which buckets an edition counts a request in. */
export interface Buckets {
  of(principal: Principal): CredentialBuckets;
  /** Without a valid credential. */
  anonymous(ipAddress: string, operationId: string): readonly BucketCheck[];
  /** News of a provider. */
  inbound(source: string, ipAddress: string): readonly BucketCheck[];
}

/** By credential, organisation, user and second (C-01, C-02). */
export function bucketsByCredential(limits: RateLimits): Buckets {
  return {
    of: onceEach((principal) => bucketsFor(ownerOf(principal), limits)),
    anonymous: (ipAddress, operationId) => anonymousChecksFor(ipAddress, operationId, limits),
    inbound: (source, ipAddress) => inboundChecksFor(source, ipAddress, limits),
  };
}

/** What the plan of an organisation allows in an edition. */
export interface PlanLimits {
  perMinute: number;
  /** In any 24 hours. */
  perDay?: number;
}

/** By organisation alone, all its credentials together, as its plan says; in counters of this edition's own (C-03). */
export function bucketsByPlan(
  edition: string,
  limitsOf: (principal: Principal) => PlanLimits,
  limits: RateLimits,
): Buckets {
  return {
    of: onceEach((principal) => {
      const { perMinute, perDay } = limitsOf(principal);
      const { organizationId, credentialId } = ownerOf(principal);
      const key = (period: string) => `${edition}:${period}:${organizationId}`;
      const checks: BucketCheck[] = [{ key: key('minute'), name: 'plan', limit: perMinute, windowMs: MINUTE_MS }];
      if (perDay !== undefined) checks.push({ key: key('day'), name: 'plan_day', limit: perDay, windowMs: DAY_MS });
      return {
        checksFor: () => checks,
        batchChecksFor: (_operationId, items) => [
          {
            key: `${edition}:batch:${credentialId}`,
            name: 'batch',
            limit: limits.batchItemsPerMinute,
            windowMs: MINUTE_MS,
            cost: Math.max(1, items),
          },
        ],
      };
    }),
    anonymous: (ipAddress, operationId) => anonymousChecksFor(ipAddress, operationId, limits),
    inbound: (source, ipAddress) => inboundChecksFor(source, ipAddress, limits),
  };
}

function ownerOf({ credentialId, organizationId, actor }: Principal) {
  return { credentialId, organizationId: organizationId ?? 'platform', userId: actor.userId };
}

/** The buckets of a principal are made once and live as long as it does. */
function onceEach(make: (principal: Principal) => CredentialBuckets): (principal: Principal) => CredentialBuckets {
  const known = new WeakMap<Principal, CredentialBuckets>();
  return (principal) => {
    let buckets = known.get(principal);
    if (!buckets) {
      buckets = make(principal);
      known.set(principal, buckets);
    }
    return buckets;
  };
}
