import { DomainError } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { newId } from '#kernel/ids.ts';
import {
  type Customer,
  type CustomerPatch,
  ERASED_PROFILE,
  type NewCustomer,
  patchProfile,
  profileOf,
} from './customer.ts';

export function newCustomer(input: NewCustomer, now: Date): Customer {
  const createdAt = now.toISOString();
  return {
    id: newId('cus', now.getTime()),
    version: 1,
    type: input.type,
    status: 'active',
    ...profileOf(input),
    currency: input.currency ?? 'USD',
    creditLimit: input.creditLimit ?? null,
    paymentTerms: input.paymentTerms ?? null,
    tags: input.tags ?? [],
    metadata: input.metadata ?? {},
    externalId: input.externalId ?? null,
    parentId: input.parentId ?? null,
    defaultPaymentMethodId: null,
    mergedInto: null,
    mergedIds: [],
    erasedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
}

/** What a merge patch makes of a customer. Errors: `validation`. */
export function patchedCustomer(current: Customer, patch: CustomerPatch): Partial<Customer> {
  return {
    ...patchProfile(current, patch),
    type: patch.type ?? current.type,
    currency: patch.currency ?? current.currency,
    creditLimit: patch.creditLimit === undefined ? current.creditLimit : patch.creditLimit,
    paymentTerms: patch.paymentTerms === undefined ? current.paymentTerms : patch.paymentTerms,
    tags: patch.tags === undefined ? current.tags : (patch.tags ?? []),
    externalId: patch.externalId === undefined ? current.externalId : patch.externalId,
    parentId: patch.parentId === undefined ? current.parentId : patch.parentId,
    defaultPaymentMethodId:
      patch.defaultPaymentMethodId === undefined ? current.defaultPaymentMethodId : patch.defaultPaymentMethodId,
    metadata: mergeMetadata(current.metadata, patch.metadata),
  };
}

/** Whoever was erased stays erased: there is no key to seal new personal data with (C-89). */
export function refusePersonal(changed: readonly string[]): void {
  if (!changed.some((name) => name in ERASED_PROFILE)) return;
  throw new DomainError('gone', 'The customer was erased; create a new customer to keep personal data again.');
}
