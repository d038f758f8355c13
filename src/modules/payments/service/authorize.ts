import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { CustomerId, OrderId, PaymentId, PaymentMethodId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { CustomerTerms } from '#modules/customers/index.ts';
import { accountMove, accountShareOf, creditUse, creditUsedBy, tooMuchOf } from '../credit.store.ts';
import { paymentEvents } from '../events.ts';
import type { Payment } from '../payment.ts';
import { decide } from '../payment-decisions.ts';
import { type PaymentMethod, requireUsable } from '../payment-method.ts';
import { paymentInsert } from '../payments.store.ts';
import { firstCallOf, isOf, pendingPayment, recordCommand } from './charge.ts';
import type { OrderPaymentParts } from './order-payments.ts';

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

/** Holds the amount, or finds out what an earlier run of the same request came to. */
export async function authorizePayment(
  parts: OrderPaymentParts,
  context: CommandContext,
  request: AuthorizationRequest,
): Promise<Payment> {
  const { commands } = parts;
  const existing = await commands.find(context.tenant, request.paymentId);
  if (existing) return existing.status === 'pending' ? atProcessor(parts, context, existing, true) : existing;
  const method = await methodOf(parts, context, request);
  const draft = draftOf(request, method, parts.clock.now().toISOString());
  if (!method) return onAccount(parts, context, draft);
  const { payment, isNew } = await commands.create(context, draft);
  return atProcessor(parts, context, payment, !isNew);
}

async function methodOf(
  parts: OrderPaymentParts,
  context: CommandContext,
  { methodId, customerId }: AuthorizationRequest,
): Promise<PaymentMethod | null> {
  const { methods, customers, clock } = parts;
  const { tenant } = context;
  if (!methodId) return defaultOf(methods, customers, tenant, customerId);
  const method = await methods.get(tenant, methodId);
  requireUsable(method, clock.now());
  if (await isOf(parts, context, customerId, method)) return method;
  throw new DomainError(
    'invalid_state',
    'The payment method belongs to another customer; choose one of this customer.',
  );
}

/** The customer's own, else that of the one it was merged into or of a duplicate merged into it. */
async function defaultOf(
  methods: OrderPaymentParts['methods'],
  customers: OrderPaymentParts['customers'],
  tenant: CommandContext['tenant'],
  customerId: CustomerId,
): Promise<PaymentMethod | null> {
  const own = await methods.findDefault(tenant, customerId);
  if (own) return own;
  for (const id of await customers.partiesOf(tenant, customerId)) {
    const found = id === customerId ? null : await methods.findDefault(tenant, id);
    if (found) return found;
  }
  return null;
}

function draftOf(request: AuthorizationRequest, method: PaymentMethod | null, at: string): Payment {
  return pendingPayment({
    ...request,
    intent: 'authorization',
    methodType: method?.type ?? 'on_account',
    methodId: method?.id ?? null,
    description: `Order ${request.orderId}`,
    metadata: {},
    at,
  });
}

async function atProcessor(
  { commands, calls, methods, processor, clock }: OrderPaymentParts,
  context: CommandContext,
  payment: Payment,
  mayHaveRun: boolean,
): Promise<Payment> {
  const { tenant } = context;
  const { id, amount, currency } = payment;
  const about = firstCallOf(tenant, payment);
  const { token } = await methods.withToken(tenant, payment.methodId!);
  const call = { tenant, idempotencyKey: about.idempotencyKey, token, amount, currency };
  const result = await calls.perform(about, mayHaveRun, () => processor.authorize(call));
  return commands.change(context, id, recordCommand(result, clock));
}

/** On account the answer is our own: intent, credit and outcome are one transaction. */
async function onAccount(
  { writes, customers, clock }: OrderPaymentParts,
  context: CommandContext,
  draft: Payment,
): Promise<Payment> {
  const terms = await customers.getCustomerTerms(context.tenant, draft.customerId!);
  const limit = terms.currency === draft.currency ? (terms.creditLimit ?? 0) : 0;
  const { customerId, currency, amount } = draft;
  const work = writes.run(context, async (tx) => {
    // Each keeps its own count, to which its payments give back; the limit is that of all who were merged.
    const others = [terms.id, ...terms.mergedIds].filter((id) => id !== customerId);
    const rest = limit - (await creditUsedBy(tx, terms.id, others, currency));
    // What was paid in advance does not make the limit larger.
    const isGranted =
      amount <= limit && (await creditUse(tx, context.tenant, { customerId: customerId!, currency, amount }, rest));
    const at = clock.now().toISOString();
    const result = isGranted ? ({ status: 'authorized', transactionId: null } as const) : noCredit(terms, draft);
    const facts = [
      ...decide({ type: 'create', payment: draft }, { status: 'none' }),
      ...decide({ type: 'record', result, at }, draft),
    ];
    const { events, state } = paymentEvents({ status: 'none' }, facts);
    tx.append(...events);
    const payment = state as Payment;
    const { used, open } = accountShareOf(payment);
    tx.add(
      paymentInsert(context.tenant, payment),
      ...accountMove(context.tenant, { used, open: 0 }, { used, open }, payment),
    );
    return payment;
  });
  return work.catch((error) => {
    throw tooMuchOf(error, draft);
  });
}

function noCredit(terms: CustomerTerms, draft: Payment) {
  const message =
    terms.creditLimit !== null && terms.currency !== draft.currency
      ? `The customer's credit limit is in ${terms.currency}; add a payment method to pay in ${draft.currency}.`
      : 'The customer has no payment method, and the credit limit does not cover the amount.';
  return { status: 'failed', transactionId: null, code: 'insufficient_funds', message } as const;
}
