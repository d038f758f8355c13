import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { CircuitBreaker } from '#kernel/resilience/circuit-breaker.ts';
import type { LookupCall, PaymentProcessor, ProcessorResult } from '../processor.ts';

/** The circuit breaker around the processor of a tenant, as far as it is used here (ARC-12). */
export type BreakerOf = (tenant: Tenant) => Pick<CircuitBreaker, 'execute'>;

/** Calls of the processor that have one effect whatever happens on the way. */
export interface ProcessorCalls {
  /**
   * Performs the operation that `about` names, or finds out what became of it. `mayHaveRun` says that an earlier attempt
   * may have reached the processor, which is then asked first. Errors: `unavailable` when the outcome stays unknown;
   * repeat later with the same key.
   */
  perform(about: LookupCall, mayHaveRun: boolean, operation: () => Promise<ProcessorResult>): Promise<ProcessorResult>;
  lookup(about: LookupCall): Promise<ProcessorResult | null>;
  /** A question, or something else that is safe to repeat. Errors: `unavailable`, what the processor refuses with. */
  ask<Answer>(tenant: Tenant, question: (processor: PaymentProcessor) => Promise<Answer>): Promise<Answer>;
}

export function createProcessorCalls(processor: PaymentProcessor, breakerOf: BreakerOf): ProcessorCalls {
  async function ask<Answer>(
    tenant: Tenant,
    question: (processor: PaymentProcessor) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await breakerOf(tenant).execute(() => question(processor));
    } catch (error) {
      if (error instanceof DomainError && REFUSALS.has(error.kind)) throw error;
      throw outcomeUnknown(error);
    }
  }
  const lookup = (about: LookupCall) => ask(about.tenant, () => processor.lookup(about));

  return {
    ask,
    lookup,
    async perform(about, mayHaveRun, operation) {
      const known = mayHaveRun ? await lookup(about) : null;
      if (known) return known;
      let wasSent = false;
      try {
        return await breakerOf(about.tenant).execute(() => {
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

/** What a processor may say about the request itself; everything else is a processor that is unwell. */
const REFUSALS = new Set(['validation', 'invalid_state']);

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
