import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { CircuitBreaker } from '#kernel/resilience/circuit-breaker.ts';
import type { PaymentProcessor, ProcessorResult, TokenDescription } from '../processor.ts';

/** The part of a circuit breaker that is used here (ARC-12). */
export type Breaker = Pick<CircuitBreaker, 'execute'>;

/** Calls of the processor that have one effect whatever happens on the way. */
export interface ProcessorCalls {
  /**
   * Performs the operation with this key, or finds out what became of it. `mayHaveRun` says that an earlier attempt may
   * have reached the processor, which is then asked first. Errors: `unavailable` when the outcome stays unknown; repeat
   * later with the same key.
   */
  perform(call: {
    tenant: Tenant;
    key: string;
    mayHaveRun: boolean;
    operation: () => Promise<ProcessorResult>;
  }): Promise<ProcessorResult>;
  lookup(tenant: Tenant, key: string): Promise<ProcessorResult | null>;
  describeToken(tenant: Tenant, token: string): Promise<TokenDescription | null>;
}

export function createProcessorCalls(processor: PaymentProcessor, breaker: Breaker): ProcessorCalls {
  async function lookup(tenant: Tenant, key: string): Promise<ProcessorResult | null> {
    try {
      return await breaker.execute(() => processor.lookup(tenant, key));
    } catch (error) {
      throw outcomeUnknown(error);
    }
  }

  return {
    lookup,
    describeToken: (tenant, token) =>
      breaker
        .execute(() => processor.describeToken(tenant, token))
        .catch((error) => {
          throw outcomeUnknown(error);
        }),
    async perform({ tenant, key, mayHaveRun, operation }) {
      const known = mayHaveRun ? await lookup(tenant, key) : null;
      if (known) return known;
      let wasSent = false;
      try {
        return await breaker.execute(() => {
          wasSent = true;
          return operation();
        });
      } catch (error) {
        if (!wasSent && !mayHaveRun) return notSent();
        // A timeout says nothing about the effect. The saga repeats the step, which asks the processor's books first.
        throw outcomeUnknown(error);
      }
    },
  };
}

/** The circuit was open before anything was sent: certainly nothing happened, so the payment can fail at once. */
function notSent(): ProcessorResult {
  const message = 'The payment processor cannot be reached; nothing was charged. Try again later.';
  return { status: 'failed', transactionId: null, code: 'processor_unavailable', message };
}

function outcomeUnknown(cause: unknown): DomainError {
  return new DomainError(
    'unavailable',
    'The payment processor does not answer. The payment goes on by itself; read its outcome instead of paying again.',
    { retryAfterSeconds: 5, cause },
  );
}
