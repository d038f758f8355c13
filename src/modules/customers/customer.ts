import { invalidField } from '#kernel/errors.ts';
import type { CustomerId, PaymentMethodId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';

export const CUSTOMER_TYPES = ['company', 'person'] as const;
export type CustomerType = (typeof CUSTOMER_TYPES)[number];

export const CUSTOMER_STATUSES = ['active', 'archived', 'merged'] as const;
export type CustomerStatus = (typeof CUSTOMER_STATUSES)[number];

/** Days until an invoice is due; null means that it is due at once. */
export const PAYMENT_TERMS = ['net-15', 'net-30', 'net-60'] as const;
export type PaymentTerms = (typeof PAYMENT_TERMS)[number];

export interface Address {
  line1: string;
  line2: string | null;
  city: string;
  state: string | null;
  postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

/** A number a tax office gave, with its kind in the seller's words: `eu_vat`, `us_ein`. */
export interface TaxId {
  type: string;
  value: string;
}

/** What is sealed under the customer's own key, because a customer may be a person and a company has people in it. */
export interface CustomerProfile {
  name: string;
  email: string | null;
  /** E.164. */
  phone: string | null;
  taxIds: TaxId[];
  billingAddress: Address | null;
  shippingAddress: Address | null;
}

/** What stands open: terms of trade and the seller's own labels. Events carry only this part. */
export interface CustomerRecord {
  id: CustomerId;
  version: number;
  type: CustomerType;
  status: CustomerStatus;
  currency: Currency;
  /** Minor units of `currency`; null means that nothing is sold on account. */
  creditLimit: number | null;
  paymentTerms: PaymentTerms | null;
  tags: string[];
  metadata: Record<string, string>;
  /** The seller's own name for the customer; unique in an organisation and mode. */
  externalId: string | null;
  /** The company that this one belongs to. */
  parentId: CustomerId | null;
  /** What an order is paid with unless it says otherwise, as payments told it last. */
  defaultPaymentMethodId: PaymentMethodId | null;
  /** Set while the status is `merged`: who is meant when somebody names this customer. */
  mergedInto: CustomerId | null;
  /** Everybody who was merged into this one. */
  mergedIds: CustomerId[];
  /** When its personal data was made unreadable for good; null while it is kept. */
  erasedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Who buys: a company or a person (G-02). Who logs in is a user of the identity module (C-59). */
export interface Customer extends CustomerRecord, CustomerProfile {}

/** What the confirmation of an order asks (C-86), without opening any sealed field; of the one who is meant now. */
export interface CustomerTerms {
  id: CustomerId;
  /** Whoever was merged into it: what names one of them names it. */
  mergedIds: CustomerId[];
  status: CustomerStatus;
  currency: Currency;
  /** Minor units of `currency`. */
  creditLimit: number | null;
}

export interface NewCustomer {
  type: CustomerType;
  name: string;
  email?: string | null;
  phone?: string | null;
  taxIds?: TaxId[] | null;
  billingAddress?: NewAddress | null;
  shippingAddress?: NewAddress | null;
  currency?: Currency;
  creditLimit?: number | null;
  paymentTerms?: PaymentTerms | null;
  tags?: string[] | null;
  metadata?: Record<string, string>;
  externalId?: string | null;
  parentId?: CustomerId | null;
}

export type NewAddress = Pick<Address, 'line1' | 'city' | 'country'> & Partial<Address>;

/** Only the fields to change; null clears an optional one, and an address is merged field by field (C-53). */
export type CustomerPatch = Partial<Omit<NewCustomer, 'metadata' | 'billingAddress' | 'shippingAddress'>> & {
  billingAddress?: Partial<Address> | null;
  shippingAddress?: Partial<Address> | null;
  metadata?: Record<string, string | null> | null;
  defaultPaymentMethodId?: PaymentMethodId | null;
};

/** The name that stands where the person's key was destroyed (C-89). */
export const ERASED_NAME = 'Erased customer';

export const ERASED_PROFILE: CustomerProfile = {
  name: ERASED_NAME,
  email: null,
  phone: null,
  taxIds: [],
  billingAddress: null,
  shippingAddress: null,
};

export function profileOf(input: NewCustomer): CustomerProfile {
  return {
    name: input.name,
    email: input.email ?? null,
    phone: input.phone ?? null,
    taxIds: input.taxIds ?? [],
    billingAddress: mergeAddress('billing_address', null, input.billingAddress ?? null),
    shippingAddress: mergeAddress('shipping_address', null, input.shippingAddress ?? null),
  };
}

/** The profile after a merge patch. Errors: `validation` when an address lacks a required line. */
export function patchProfile(current: CustomerProfile, patch: CustomerPatch): CustomerProfile {
  return {
    name: patch.name ?? current.name,
    email: patch.email === undefined ? current.email : patch.email,
    phone: patch.phone === undefined ? current.phone : patch.phone,
    taxIds: patch.taxIds === undefined ? current.taxIds : (patch.taxIds ?? []),
    billingAddress: mergeAddress('billing_address', current.billingAddress, patch.billingAddress),
    shippingAddress: mergeAddress('shipping_address', current.shippingAddress, patch.shippingAddress),
  };
}

/** Errors: `validation` naming `field` and the line that is missing. */
export function mergeAddress(
  field: string,
  current: Address | null,
  patch: Partial<Address> | null | undefined,
): Address | null {
  if (patch === undefined) return current;
  if (patch === null) return null;
  const empty = { line1: '', line2: null, city: '', state: null, postalCode: null, country: '' };
  const merged: Address = { ...(current ?? empty) };
  for (const [key, value] of Object.entries(patch)) {
    if (value !== undefined) Object.assign(merged, { [key]: value });
  }
  for (const line of ['line1', 'city', 'country'] as const) {
    if (!merged[line]) throw invalidField(`${field}.${line}`, 'required', `An address needs its ${line}.`);
  }
  return merged;
}

/** Which fields two states of a customer differ in; names only, so that an event can tell without telling the values. */
export function changedFields(before: Customer, after: Customer): string[] {
  const names = Object.keys(after) as (keyof Customer)[];
  return names.filter(
    (name) =>
      name !== 'version' && name !== 'updatedAt' && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
}
