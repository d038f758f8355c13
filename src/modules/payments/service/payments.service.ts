import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { type CustomerId, newId, type PaymentId, type PaymentMethodId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Payment } from '../payment.ts';
import * as store from '../payments.store.ts';
import { type ChargeParts, chargeSaga } from './charge.ts';
import { createOrderPayments, type OrderPayments } from './order-payments.ts';
import type { PaymentMethods } from './payment-methods.ts';
import { refundSaga } from './refund.ts';

export interface NewPayment {
  /** Minor units of `currency`. */
  amount: number;
  currency: Currency;
  methodId: PaymentMethodId;
  description: string;
  /** Whose the method must be; the method's owner when absent. */
  customerId?: CustomerId | null;
  metadata?: Record<string, string>;
}

export interface NewRefund {
  /** Minor units; all that remains when absent (PAY-13). */
  amount?: number | null;
  reason?: string | null;
}

/** One-time payments and their refunds. Each method names the errors it may raise. */
export interface Payments extends OrderPayments {
  methods: Pick<PaymentMethods, 'attach' | 'get' | 'list' | 'setDefault' | 'detach'>;
  /**
   * Charges a method now (PAY-01..10). The payment is `succeeded`, `processing` or `requires_action` (C-80). Errors:
   * `payment_failed`, `insufficient_funds`, `upstream` with the decline code, after the failed payment was stored;
   * `validation` (unknown method, a card number), `invalid_state` (detached), `unavailable` (goes on by itself).
   */
  createPayment(context: CommandContext, input: NewPayment): Promise<Payment>;
  /** Errors: `not_found`. */
  getPayment(scope: Scope, id: PaymentId): Promise<Payment>;
  listPayments(scope: Scope, filter: store.PaymentFilter, page: PageRequest): Promise<Page<Payment>>;
  /** Errors: `not_found`, `invalid_state`, `validation` (more than remains), `payment_failed` (declined). */
  refundPayment(context: CommandContext, id: PaymentId, input: NewRefund): Promise<Payment>;
  /** Everything that happened, oldest first (ARC-05). Errors: `not_found`. */
  paymentHistory(scope: Scope, id: PaymentId): Promise<StoredEvent[]>;
}

export function createPaymentsService(kit: ModuleKit, customers: Customers, parts: ChargeParts): Payments {
  const { database, writes, sagas, clock } = kit;
  const { commands, methods } = parts;
  const charge = chargeSaga(parts);
  const refund = refundSaga(parts);
  sagas.register(charge);
  sagas.register(refund);

  return {
    ...createOrderPayments({ ...parts, writes, customers }),
    methods,
    getPayment: commands.get,
    listPayments: (scope, filter, page) => store.paymentsList(database, scope, filter, page),
    paymentHistory: commands.history,

    async createPayment(context, input) {
      const { amount, currency, methodId, description, metadata = {} } = input;
      refuseCardNumbers({ description, metadata });
      const paymentId = newId('pay', clock.nowMs());
      const customerId = input.customerId ?? null;
      const state = { paymentId, methodId, customerId, amount, currency, description, metadata };
      return sagas.run(charge, context, paymentId, state);
    },

    async refundPayment(context, id, { amount = null, reason = null }) {
      refuseCardNumbers({ reason });
      await commands.get(context.tenant, id);
      const refundId = newId('ref', clock.nowMs());
      // The refund is the subject, not the payment: two refunds of one payment may run side by side.
      return sagas.run(refund, context, refundId, { paymentId: id, refundId, amount, reason });
    },
  };
}
