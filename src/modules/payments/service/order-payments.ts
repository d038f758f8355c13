import { type CommandContext, innerContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import { type CustomerId, newId, type OrderId, type PaymentId, type PaymentMethodId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import type { Customers, CustomerTerms } from '#modules/customers/index.ts';
import { creditUse } from '../credit.store.ts';
import { paymentEvents } from '../events.ts';
import type { Payment } from '../payment.ts';
import { decide, refundableAmount } from '../payment-decisions.ts';
import { type PaymentMethod, requireAttached } from '../payment-method.ts';
import { paymentInsert } from '../payments.store.ts';
import { type ChargeParts, pendingPayment, recordCommand } from './charge.ts';
import { giveCreditBack, performRefund } from './refund.ts';
import { refusalOf } from './refusals.ts';

/** What an order asks to be held. The caller makes `paymentId`, so that a repeated request means the same payment. */
export interface AuthorizationRequest {
  orderId: OrderId;
  paymentId: PaymentId;
  customerId: CustomerId;
  /** Null: the customer's default method, else on account within the credit limit (C-86). */
  methodId: PaymentMethodId | null;
  amount: number;
  currency: Currency;
}

/** What became of a payment that is not wanted any more. */
export interface Reversal {
  outcome: 'nothing' | 'released' | 'refunded' | 'refund_failed';
}

/** The payments of orders. Each method may be repeated; it then finds what the earlier call did. */
export interface OrderPayments {
  /**
   * Holds the amount. Errors: `payment_failed`, `insufficient_funds` and `upstream` with the decline code, after the
   * failed payment was stored; `unavailable` when the outcome is unknown yet.
   */
  authorize(context: CommandContext, request: AuthorizationRequest): Promise<Payment>;
  /** Takes what is held; a bank transfer is `processing` afterwards. Errors: as `authorize`, and `invalid_state`. */
  capture(context: CommandContext, paymentId: PaymentId): Promise<Payment>;
  /** Releases what is held, or refunds all that was taken. Errors: `unavailable`. */
  reverse(context: CommandContext, paymentId: PaymentId): Promise<Reversal>;
}

export function createOrderPayments(parts: ChargeParts, kit: ModuleKit, customers: Customers): OrderPayments {
  const { commands, calls, methods, processor, clock } = parts;
  const now = () => clock.now().toISOString();

  async function methodOf(context: CommandContext, request: AuthorizationRequest): Promise<PaymentMethod | null> {
    const { tenant } = context;
    if (!request.methodId) return methods.findDefault(tenant, request.customerId);
    const method = await methods.get(tenant, request.methodId);
    requireAttached(method);
    if (method.customerId === request.customerId) return method;
    throw new DomainError(
      'invalid_state',
      'The payment method belongs to another customer; choose one of this customer.',
    );
  }

  function draftOf(request: AuthorizationRequest, method: PaymentMethod | null): Payment {
    return pendingPayment({
      ...request,
      intent: 'authorization',
      methodType: method?.type ?? 'on_account',
      methodId: method?.id ?? null,
      description: `Order ${request.orderId}`,
      metadata: {},
      at: now(),
    });
  }

  async function authorizeAtProcessor(
    context: CommandContext,
    payment: Payment,
    mayHaveRun: boolean,
  ): Promise<Payment> {
    const { tenant } = context;
    const { id, amount, currency } = payment;
    const key = `${id}:authorize`;
    const { token } = await methods.withToken(tenant, payment.methodId!);
    const operation = () => processor.authorize({ tenant, idempotencyKey: key, token, amount, currency });
    const result = await calls.perform({ tenant, key, mayHaveRun, operation });
    return commands.change(context, id, recordCommand(result, clock));
  }

  /** On account the answer is our own: intent, credit and outcome are one transaction. */
  async function authorizeOnAccount(context: CommandContext, draft: Payment): Promise<Payment> {
    const terms = await customers.getCustomerTerms(context.tenant, draft.customerId!);
    return kit.writes.run(context, async (tx) => {
      const limit = terms.currency === draft.currency ? (terms.creditLimit ?? 0) : 0;
      const { customerId, currency, amount } = draft;
      const isGranted = await creditUse(tx, context.tenant, { customerId: customerId!, currency, amount }, limit);
      const at = now();
      const result = isGranted ? ({ status: 'authorized', transactionId: null } as const) : noCredit(terms, draft);
      const facts = [
        ...decide({ type: 'create', payment: draft }, { status: 'none' }),
        ...decide({ type: 'record', result, at }, draft),
      ];
      const { events, state } = paymentEvents({ status: 'none' }, facts);
      tx.append(...events);
      tx.add(paymentInsert(context.tenant, state as Payment));
      return state as Payment;
    });
  }

  async function authorizePending(context: CommandContext, request: AuthorizationRequest): Promise<Payment> {
    const existing = await commands.find(context.tenant, request.paymentId);
    if (existing) {
      return existing.status === 'pending' ? authorizeAtProcessor(context, existing, true) : existing;
    }
    const method = await methodOf(context, request);
    const draft = draftOf(request, method);
    if (!method) return authorizeOnAccount(context, draft);
    const { payment, isNew } = await commands.create(context, draft);
    return authorizeAtProcessor(context, payment, !isNew);
  }

  /** A pending payment with the processor's answer, when the processor ever got the request. */
  async function whatBecameOf(context: CommandContext, payment: Payment): Promise<Payment> {
    const known = await calls.lookup(context.tenant, `${payment.id}:authorize`);
    return known ? commands.change(context, payment.id, recordCommand(known, clock)) : payment;
  }

  /** Lets go of what is held; a payment that the processor never heard of has nothing to let go. */
  async function release(context: CommandContext, payment: Payment): Promise<Reversal> {
    const { tenant } = context;
    if (payment.transactionId) {
      const { id, transactionId } = payment;
      const key = `${id}:void`;
      const operation = () => processor.void({ tenant, idempotencyKey: key, transactionId });
      const result = await calls.perform({ tenant, key, mayHaveRun: true, operation });
      // The money was taken before the release came: what was taken is refunded.
      if (result.status === 'failed') return settleAndRefund(context, payment);
    }
    await commands.change(context, payment.id, { type: 'cancel', at: now() }, giveCreditBack(payment.amount));
    return { outcome: 'released' };
  }

  async function settleAndRefund(context: CommandContext, payment: Payment): Promise<Reversal> {
    const taken = await calls.lookup(context.tenant, `${payment.id}:capture`);
    if (taken?.status !== 'succeeded') {
      throw new DomainError('unavailable', `The payment ${payment.id} can be neither released nor refunded yet.`);
    }
    return refundAll(context, await commands.change(context, payment.id, recordCommand(taken, clock)));
  }

  async function refundAll(context: CommandContext, payment: Payment): Promise<Reversal> {
    let current = payment;
    if (refundableAmount(current) > 0) {
      const refundId = newId('ref', clock.nowMs());
      const request = { type: 'request-refund' as const, refundId, amount: null, reason: 'order_canceled', at: now() };
      current = await commands.change(context, payment.id, request);
    }
    // Also those that an earlier run, or somebody else, has requested and not finished.
    for (const refund of current.refunds) {
      if (refund.status === 'pending') current = await performRefund(parts, context, current, refund);
    }
    return { outcome: current.status === 'refunded' ? 'refunded' : 'refund_failed' };
  }

  return {
    async authorize(outer, request) {
      const context = innerContext(outer);
      const payment = await authorizePending(context, request);
      if (payment.status === 'failed') throw refusalOf(payment);
      if (payment.status === 'requires_action' || payment.status === 'canceled') throw needsAction(payment);
      return payment;
    },

    async capture(outer, paymentId) {
      const context = innerContext(outer);
      const { tenant } = context;
      let payment = await commands.get(tenant, paymentId);
      if (payment.status === 'authorized') {
        const { amount, transactionId } = payment;
        const key = `${paymentId}:capture`;
        const operation = () =>
          processor.capture({ tenant, idempotencyKey: key, transactionId: transactionId!, amount });
        const command = transactionId
          ? recordCommand(await calls.perform({ tenant, key, mayHaveRun: true, operation }), clock)
          : recordedOnAccount(now());
        payment = await commands.change(context, paymentId, command);
      }
      if (payment.status === 'failed') throw refusalOf(payment);
      if (['succeeded', 'processing', 'refunded'].includes(payment.status)) return payment;
      throw new DomainError(
        'invalid_state',
        `Only an authorized payment can be captured; this one is ${payment.status}.`,
      );
    },

    async reverse(outer, paymentId) {
      const context = innerContext(outer);
      const found = await commands.find(context.tenant, paymentId);
      if (!found) return { outcome: 'nothing' };
      const payment = found.status === 'pending' ? await whatBecameOf(context, found) : found;
      switch (payment.status) {
        case 'failed':
          return { outcome: 'nothing' };
        case 'canceled':
          return { outcome: 'released' };
        case 'refunded':
          return { outcome: 'refunded' };
        case 'succeeded':
          return refundAll(context, payment);
        case 'pending':
        case 'authorized':
        case 'processing':
        case 'requires_action':
          return release(context, payment);
        default:
          return payment.status satisfies never;
      }
    },
  };
}

/** On account the money is booked by ourselves; nobody is asked. */
function recordedOnAccount(at: string) {
  return { type: 'record' as const, result: { status: 'succeeded' as const, transactionId: null }, at };
}

function needsAction(payment: Payment): DomainError {
  const message = 'The bank wants the customer to authenticate, which an order cannot wait for; use another method.';
  return refusalOf(payment, { code: 'authentication_required', message });
}

function noCredit(terms: CustomerTerms, draft: Payment) {
  const message =
    terms.creditLimit !== null && terms.currency !== draft.currency
      ? `The customer's credit limit is in ${terms.currency}; add a payment method to pay in ${draft.currency}.`
      : 'The customer has no payment method, and the credit limit does not cover the amount.';
  return { status: 'failed', transactionId: null, code: 'insufficient_funds', message } as const;
}
