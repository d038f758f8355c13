import type { CommandContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, PaymentMethodId, UserId } from '#kernel/ids.ts';
import type { ReadOrder } from './ledger/bookkeeper.ts';

/** Whom an erasure is about. */
export interface ErasedSubject {
  customerIds: CustomerId[];
  /** Those of the customers and their contacts; none any more when the erasure is repeated. */
  emailAddresses(): Promise<string[]>;
}

/** A part of the program that keeps something about customers, without customers knowing what. */
export interface PersonalDataHolder {
  name: string;
  /** Makes it unreadable for good. Safe to repeat. Errors: `unavailable`, nothing else. */
  erase(context: CommandContext, subject: ErasedSubject): Promise<void>;
}

export interface DefaultPaymentMethods {
  defaultOf(tenant: Tenant, id: CustomerId): Promise<PaymentMethodId | null>;
  /**
   * Makes it the default of the customer; null means none. Errors: `validation` (of another customer, detached, unknown).
   */
  choose(context: CommandContext, id: CustomerId, methodId: PaymentMethodId | null): Promise<void>;
}

/** What customers need of other modules. */
export interface CustomersDependencies {
  /** Whether the organisation has this person, whom a contact may be linked to. */
  isUser(tenant: Tenant, id: UserId): Promise<boolean>;
  /** What an event of an order says is owed. */
  readOrder: ReadOrder;
  /** Orders that still need to know who buys: the newest few that are confirmed and not delivered. */
  openOrders(tenant: Tenant, ids: readonly CustomerId[]): Promise<string[]>;
  /** Payments, which decide what a customer pays with. */
  paymentMethods: DefaultPaymentMethods;
  /** Whoever else has to erase when a customer is erased, in this order. */
  holders: readonly PersonalDataHolder[];
}
