import type { Step } from '#gateway/exchange.ts';
import { DomainError } from '#kernel/errors.ts';
import type { KeyPrincipal } from '#modules/identity/index.ts';

/** A `tc_ro_sk_…` key is for GET alone, whatever its scopes (C-11, V2-11). */
export const refuseWritesOfReaders: Step = ({ principal, request }) => {
  if (!principal || request.raw.method === 'GET') return;
  if ((principal as KeyPrincipal).key.readOnly) {
    throw new DomainError('forbidden', 'A readonly key (tc_ro_sk_…) allows GET requests only; use a live key.');
  }
};
