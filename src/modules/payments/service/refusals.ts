import { DomainError, type ErrorKind } from '#kernel/errors.ts';
import type { Failure, Payment } from '../payment.ts';

/** What a declined payment or refund is answered with: 402 with the decline code in `details` (C-32, PAY-08, PAY-09). */
export function refusalOf(payment: Payment, failure: Failure = payment.failure!): DomainError {
  const message = `${failure.message} (${payment.id})`;
  const details = [{ field: 'payment_method_id', code: failure.code, message: failure.message }];
  return new DomainError(kindOf(failure), message, { details });
}

function kindOf(failure: Failure): ErrorKind {
  if (failure.code === 'insufficient_funds') return 'insufficient_funds';
  return failure.code === 'processor_unavailable' ? 'upstream' : 'payment_failed';
}
