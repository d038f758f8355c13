import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { clientNetwork } from './client-network.ts';
import type { BucketCheck } from './rate-limit-store.ts';

/** The limits of the canonical contract (C-01, C-02, C-06, C-08); editions bring their own buckets (C-03). */
export interface RateLimits {
  /** Requests of one API key or OAuth client over all endpoints. */
  readonly credentialPerMinute: number;
  /** Requests of all credentials and users of one organisation ("global"). */
  readonly organizationPerMinute: number;
  /** Requests with tokens bound to one user. */
  readonly userPerMinute: number;
  /** Requests of one credential within any second. */
  readonly burstPerSecond: number;
  /** Requests without a valid credential, by IPv4 address or IPv6 /64. */
  readonly anonymousPerMinute: number;
  /** News of one source (a payment processor, a carrier) from one network. */
  readonly inboundPerMinute: number;
  /** Items in batch requests of one credential. */
  readonly batchItemsPerMinute: number;
  /** By operation id: requests of one credential (or anonymous client) to that endpoint (RATE-08). */
  readonly endpointsPerMinute: Readonly<Record<string, number>>;
}

export const DEFAULT_RATE_LIMITS: RateLimits = {
  credentialPerMinute: 500,
  organizationPerMinute: 1_000,
  userPerMinute: 100,
  burstPerSecond: 50,
  anonymousPerMinute: 30,
  inboundPerMinute: 600,
  batchItemsPerMinute: 500,
  endpointsPerMinute: {},
};

export interface CredentialOwner {
  credentialId: string;
  organizationId: string;
  /** Given when the token is bound to a user. */
  userId?: string | undefined;
}

/** The buckets of one credential, made once and kept with it (beside its verified token): asking allocates nothing. */
export interface CredentialBuckets {
  /** Every bucket of an ordinary request. */
  checksFor(operationId: string): readonly BucketCheck[];
  /** The buckets of a batch: one per item in the batch bucket, and the request itself only in the burst bucket and in
   * a limit configured for this very endpoint (C-08). More items than `batchItemsPerMinute` are never admitted. */
  batchChecksFor(operationId: string, items: number): readonly BucketCheck[];
}

export function bucketsFor(owner: CredentialOwner, limits: RateLimits = DEFAULT_RATE_LIMITS): CredentialBuckets {
  const { credentialId } = owner;
  const burst = check('burst', credentialId, limits.burstPerSecond, SECOND_MS);
  const common = [
    check('credential', credentialId, limits.credentialPerMinute),
    check('organization', owner.organizationId, limits.organizationPerMinute),
    ...(owner.userId === undefined ? [] : [check('user', owner.userId, limits.userPerMinute)]),
    burst,
  ];
  const endpoints = new Map<string, { endpoint: BucketCheck; all: readonly BucketCheck[] }>();
  for (const [operationId, limit] of Object.entries(limits.endpointsPerMinute)) {
    const endpoint = check('endpoint', `${operationId}:${credentialId}`, limit);
    endpoints.set(operationId, { endpoint, all: [...common, endpoint] });
  }
  const batchKey = `batch:${credentialId}`;
  return {
    checksFor: (operationId) => endpoints.get(operationId)?.all ?? common,
    batchChecksFor(operationId, items) {
      const limit = limits.batchItemsPerMinute;
      // An empty batch will be refused as invalid, but asking is not free.
      const cost = Math.max(1, items);
      const batch: BucketCheck = { key: batchKey, name: 'batch', limit, windowMs: MINUTE_MS, cost };
      const endpoint = endpoints.get(operationId)?.endpoint;
      return endpoint === undefined ? [batch, burst] : [batch, burst, endpoint];
    },
  };
}

/** The buckets of a request without a valid credential: public routes and all 401 answers (C-06). */
export function anonymousChecksFor(
  ipAddress: string,
  operationId: string,
  limits: RateLimits = DEFAULT_RATE_LIMITS,
): readonly BucketCheck[] {
  const { network, wider } = clientNetwork(ipAddress);
  const anonymous = { ...check('anonymous', network, limits.anonymousPerMinute), overflowKey: wider };
  const endpointLimit = limits.endpointsPerMinute[operationId];
  if (endpointLimit === undefined) return [anonymous];
  const endpoint = check('endpoint', `${operationId}:${network}`, endpointLimit);
  return [anonymous, { ...endpoint, overflowKey: `${operationId}:${wider}` }];
}

/** The bucket of news that a provider sends: of each source and network its own, and no other (C-09). */
export function inboundChecksFor(source: string, ipAddress: string, limits: RateLimits): readonly BucketCheck[] {
  const { network, wider } = clientNetwork(ipAddress);
  const inbound = check('inbound', `${source}:${network}`, limits.inboundPerMinute);
  return [{ ...inbound, overflowKey: `${source}:${wider}` }];
}

function check(name: BucketCheck['name'], id: string, limit: number, windowMs = MINUTE_MS): BucketCheck {
  return { key: `${name}:${id}`, name, limit, windowMs };
}
