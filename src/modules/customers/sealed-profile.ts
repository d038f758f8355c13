import type { Tenant } from '#kernel/database/tenant.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type Customer, type CustomerProfile, ERASED_PROFILE } from './customer.ts';
import type { SealedCustomer } from './customers.store.ts';

/** Between the customer we work with and the row that is kept: the only place where profiles are sealed and opened. */
export interface ProfileSealer {
  /** With a new key, for a new customer. */
  create(tenant: Tenant, customer: Customer): SealedCustomer;
  /** Under the key that `current` has. An erased customer keeps its unreadable profile. */
  reseal(customer: Customer, current: SealedCustomer): SealedCustomer;
  open(sealed: SealedCustomer): Customer;
  /** What an e-mail address is found by. */
  emailIndex(orgId: string, email: string): Buffer;
}

export function createProfileSealer({ sealing, blindIndex }: Pick<ModuleKit, 'sealing' | 'blindIndex'>): ProfileSealer {
  const emailIndex = (orgId: string, email: string) => blindIndex(orgId, 'customers.email', email.toLowerCase());
  const indexOf = (orgId: string, email: string | null) => (email === null ? null : emailIndex(orgId, email));

  return {
    emailIndex,
    create(tenant, customer) {
      const { profile, record } = split(customer);
      const { key, wrappedKey } = sealing.createSubjectKey(tenant.orgId, customer.id);
      return {
        ...record,
        orgId: tenant.orgId,
        profile: sealing.seal(key, JSON.stringify(profile), placeOf(customer.id)),
        emailIndex: indexOf(tenant.orgId, profile.email),
        wrappedKey,
      };
    },
    reseal(customer, current) {
      const { profile, record } = split(customer);
      const { orgId, wrappedKey } = current;
      if (!wrappedKey) return { ...current, ...record };
      const key = sealing.openSubjectKey(orgId, customer.id, wrappedKey);
      return {
        ...record,
        orgId,
        profile: sealing.seal(key, JSON.stringify(profile), placeOf(customer.id)),
        emailIndex: indexOf(orgId, profile.email),
        wrappedKey,
      };
    },
    open(sealed) {
      const { orgId, profile, emailIndex: _index, wrappedKey, ...record } = sealed;
      if (!wrappedKey) return { ...record, ...ERASED_PROFILE };
      const key = sealing.openSubjectKey(orgId, sealed.id, wrappedKey);
      return { ...record, ...JSON.parse(sealing.open(key, profile, placeOf(sealed.id))) };
    },
  };
}

function split(customer: Customer) {
  const { name, email, phone, taxIds, billingAddress, shippingAddress, ...record } = customer;
  const profile: CustomerProfile = { name, email, phone, taxIds, billingAddress, shippingAddress };
  return { profile, record };
}

function placeOf(id: string): string {
  return `customers.customers.profile:${id}`;
}
