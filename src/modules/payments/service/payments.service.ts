import { refuseCardNumbers } from '#kernel/card-number.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { invalidField, notFound } from '#kernel/errors.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { type CustomerId, newId, type PaymentId, type PaymentMethodId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type Currency, sumMoney } from '#kernel/money.ts';
import type { MethodErasure } from '../erasure/erase-methods.ts';
import type { Payment, RefundId, RefundLine } from '../payment.ts';
import { capturableAmount } from '../payment-decisions.ts';
import * as store from '../payments.store.ts';
import { type RefundFilter, type RefundRecord, refundFind, refundsList } from '../refunds.store.ts';
import type { InboundNews } from '../stripe/inbound.ts';
import { captureSaga } from './capture.ts';
import type { ChallengePage } from './challenge-page.ts';
import { type ChargeParts, chargeSaga } from './charge.ts';
import { createDisputes, type Disputes } from './disputes.ts';
import { createOrderPayments, type OrderPayments } from './order-payments.ts';
import type { PaymentMethods } from './payment-methods.ts';
import { refreshPayment } from './refresh.ts';
import { type RefundState, refundSaga } from './refund.ts';
import { requireVoidable, voidSaga } from './void.ts';

export interface NewPayment {
  /** Minor units of `currency`. */
  amount: number;
  currency: Currency;
  methodId: PaymentMethodId;
  description: string;
  /** Whose the method must be; the method's owner when absent. */
  customerId?: CustomerId | null;
  metadata?: Record<string, string>;
  /** `authorization` only holds the money until it is captured; `charge` when absent. */
  intent?: Payment['intent'];
  /** Where the customer's browser goes after an authentication. */
  returnUrl?: string | null;
}

export interface NewRefund {
  /** Minor units; all that remains when absent (PAY-13). */
  amount?: number | null;
  reason?: string | null;
  /** What the refund is for, line by line; then `amount` is their sum (G-24). */
  lines?: RefundLine[];
  /** Made by a caller who may have to repeat the request and must not refund twice. */
  refundId?: RefundId;
}

/** The module's whole interface. */
export interface Payments extends PaymentUseCases, MethodErasure {
  challengePage: ChallengePage;
  stripeNews: InboundNews;
}

/** One-time payments and their refunds. Each method names the errors it may raise. */
export interface PaymentUseCases extends OrderPayments {
  methods: Omit<PaymentMethods, 'noteExpiry' | 'withToken'>;
  disputes: Disputes;
  /**
   * Charges a method now (PAY-01..10). The payment is `succeeded`, `processing` or `requires_action` (C-80). Errors:
   * `payment_failed`, `insufficient_funds`, `upstream` with the decline code, after the failed payment was stored;
   * `validation` (unknown method, a card number), `invalid_state` (detached), `unavailable` (goes on by itself).
   */
  createPayment(context: CommandContext, input: NewPayment): Promise<Payment>;
  /** Errors: `not_found`. */
  getPayment(scope: Scope, id: PaymentId): Promise<Payment>;
  listPayments(scope: Scope, filter: store.PaymentFilter, page: PageRequest): Promise<Page<Payment>>;
  /**
   * Takes what an authorisation holds: all of it, or a part, which lets the rest go. Errors: `not_found`,
   * `invalid_state`, `validation` (more than is held), `payment_failed`, `resource_locked`, `unavailable`.
   */
  capturePayment(context: CommandContext, id: PaymentId, input: { amount?: number | null }): Promise<Payment>;
  /** Lets go of what is held or on its way. Errors: `not_found`, `invalid_state`, `resource_locked`, `unavailable`. */
  voidPayment(context: CommandContext, id: PaymentId): Promise<Payment>;
  /** Asks the processor what the payment is now. Errors: `not_found`, `unavailable`. */
  refreshPayment(context: CommandContext, id: PaymentId): Promise<Payment>;
  /** As `refundPayment`, and gives the refund. */
  createRefund(context: CommandContext, id: PaymentId, input: NewRefund): Promise<RefundRecord>;
  /** Errors: `not_found`. */
  getRefund(scope: Scope, id: RefundId): Promise<RefundRecord>;
  listRefunds(scope: Scope, filter: RefundFilter, page: PageRequest): Promise<Page<RefundRecord>>;
  /** Errors: `not_found`, `invalid_state`, `validation` (more than remains), `payment_failed` (declined). */
  refundPayment(context: CommandContext, id: PaymentId, input: NewRefund): Promise<Payment>;
  /** Everything that happened, oldest first (ARC-05). Errors: `not_found`. */
  paymentHistory(scope: Scope, id: PaymentId): Promise<StoredEvent[]>;
}

export function createPaymentsService(kit: ModuleKit, parts: ChargeParts): PaymentUseCases {
  const { database, writes } = kit;
  const { commands, customers, methods } = parts;
  return {
    ...createOrderPayments({ ...parts, writes }),
    ...createCharges(kit, parts),
    ...createRefunds(kit, parts),
    methods,
    disputes: createDisputes(kit, parts),
    getPayment: commands.get,
    async listPayments(scope, filter, page) {
      const customerIds = filter.customerId && (await customers.partiesOf(scope, filter.customerId));
      return store.paymentsList(database, scope, { ...filter, customerIds }, page);
    },
    paymentHistory: commands.history,
    refreshPayment: (context, id) => refreshPayment(parts, innerContext(context), id),
  };
}

function createCharges(
  { writes, sagas, clock }: ModuleKit,
  parts: ChargeParts,
): Pick<Payments, 'createPayment' | 'capturePayment' | 'voidPayment'> {
  const { commands } = parts;
  const charge = chargeSaga(parts);
  const capture = captureSaga(parts);
  const release = voidSaga(parts);
  for (const saga of [charge, capture, release]) sagas.register(saga as typeof charge);

  /** Refuses before a saga begins what it would refuse; gives the answer of the same request when that is why. */
  function unlessStored(context: CommandContext, id: PaymentId, check: (payment: Payment) => unknown) {
    return writes.orStored<Payment | null>(context, async () => {
      const payment = await commands.get(context.tenant, id);
      expectVersion(context, 'payment', payment.version);
      check(payment);
      return null;
    });
  }

  return {
    async createPayment(context, input) {
      const { amount, currency, methodId, description, metadata = {}, intent = 'charge' } = input;
      const returnUrl = input.returnUrl ?? null;
      refuseCardNumbers({ description, metadata, return_url: returnUrl });
      const paymentId = newId('pay', clock.nowMs());
      const customerId = input.customerId ?? null;
      const money = { amount, currency, description, metadata, intent, returnUrl };
      return sagas.run(charge, context, paymentId, { paymentId, methodId, customerId, ...money });
    },

    async capturePayment(context, id, { amount = null }) {
      const known = await unlessStored(context, id, (payment) => capturableAmount(payment, amount));
      return known ?? sagas.run(capture, context, id, { paymentId: id, amount });
    },

    async voidPayment(context, id) {
      const known = await unlessStored(context, id, requireVoidable);
      return known ?? sagas.run(release, context, id, { paymentId: id });
    },
  };
}

function createRefunds(
  { database, sagas, clock }: ModuleKit,
  parts: ChargeParts,
): Pick<Payments, 'refundPayment' | 'createRefund' | 'getRefund' | 'listRefunds'> {
  const { commands } = parts;
  const wholePayment = refundSaga(parts, 'payment.refund', (payment) => payment);
  const oneRefund = refundSaga(parts, 'payment.refund-object', refundRecordOf);
  sagas.register(wholePayment);
  sagas.register(oneRefund);

  /** The refund is the subject of its saga, not the payment: two refunds of one payment may run side by side. */
  async function start(context: CommandContext, paymentId: PaymentId, input: NewRefund): Promise<RefundState> {
    const { amount = null, reason = null, lines = [] } = input;
    refuseCardNumbers({ reason, lines: Object.fromEntries(lines.map(({ reference }) => [reference, ''])) });
    const total = amountOfLines(amount, lines);
    await commands.get(context.tenant, paymentId);
    return { paymentId, refundId: input.refundId ?? newId('ref', clock.nowMs()), amount: total, reason, lines };
  }

  return {
    async refundPayment(context, id, input) {
      const state = await start(context, id, input);
      return sagas.run(wholePayment, context, state.refundId, state);
    },
    async createRefund(context, id, input) {
      const state = await start(context, id, input);
      return sagas.run(oneRefund, context, state.refundId, state);
    },
    async getRefund(scope, id) {
      const refund = await refundFind(database, scope, id);
      if (!refund) throw notFound('refund', id);
      return refund;
    },
    listRefunds: (scope, filter, page) => refundsList(database, scope, filter, page),
  };
}

function refundRecordOf(payment: Payment, refundId: RefundId): RefundRecord {
  const { id: paymentId, customerId, orderId, currency } = payment;
  return { ...payment.refunds.find(({ id }) => id === refundId)!, paymentId, customerId, orderId, currency };
}

/** Errors: `validation` when the lines do not add up. */
function amountOfLines(amount: number | null, lines: readonly RefundLine[]): number | null {
  if (lines.length === 0) return amount;
  const total = sumMoney(lines.map((line) => line.amount));
  if (total === null) throw invalidField('lines', 'too_large', 'The lines add up to more than an amount can be.');
  if (amount === null || amount === total) return total;
  throw invalidField('amount', 'not_allowed', `The lines add up to ${total}; send that amount, or leave it out.`);
}
