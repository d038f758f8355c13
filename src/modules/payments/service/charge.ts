import type { Clock } from '#kernel/clock.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, invalidField, wrongReference } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { CustomerId, PaymentId, PaymentMethodId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Payment } from '../payment.ts';
import { type PaymentMethod, requireUsable } from '../payment-method.ts';
import type { PaymentProcessor, ProcessorResult } from '../processor.ts';
import type { PaymentCommands } from './payment-commands.ts';
import type { PaymentMethods } from './payment-methods.ts';
import type { ProcessorCalls } from './processor-calls.ts';
import { refusalOf } from './refusals.ts';

export type ChargeState = {
  paymentId: PaymentId;
  methodId: PaymentMethodId;
  customerId: CustomerId | null;
  amount: number;
  currency: Currency;
  description: string;
  metadata: Record<string, string>;
  /** `authorization` holds the money until it is captured. */
  intent: Payment['intent'];
  returnUrl: string | null;
  [key: string]: Json;
};

export interface ChargeParts {
  commands: PaymentCommands;
  calls: ProcessorCalls;
  methods: PaymentMethods;
  processor: PaymentProcessor;
  customers: Customers;
  clock: Clock;
}

/**
 * A one-time charge (PAY-01, PAY-06): the payment is stored as pending, the processor is called with its id as key, the
 * outcome is stored. One step, because each part finds out what an earlier run of it has done.
 */
export function chargeSaga(parts: ChargeParts): SagaDefinition<ChargeState, Payment> {
  const { commands, calls, processor, clock } = parts;

  async function charge(state: ChargeState, context: CommandContext): Promise<undefined> {
    const existing = await commands.find(context.tenant, state.paymentId);
    const { payment, isNew } = existing ? { payment: existing, isNew: false } : await store(state, context);
    const settled = payment.status === 'pending' ? await perform(context, payment, isNew) : payment;
    if (settled.status === 'failed') throw refusalOf(settled);
  }

  /** Once it is stored, nothing but the processor decides: the method may be detached or expire while we ask. */
  async function store(state: ChargeState, context: CommandContext): Promise<{ payment: Payment; isNew: boolean }> {
    const method = await parts.methods.get(context.tenant, state.methodId).catch(wrongReference('method_id'));
    requireUsable(method, clock.now());
    if (state.customerId && !(await isOf(parts, context, state.customerId, method))) {
      throw invalidField('customer_id', 'not_allowed', 'The payment method belongs to another customer.');
    }
    const at = clock.now().toISOString();
    return commands.create(
      context,
      pendingPayment({ ...state, methodType: method.type, customerId: method.customerId, at }),
    );
  }

  async function perform(context: CommandContext, payment: Payment, isNew: boolean): Promise<Payment> {
    const { tenant } = context;
    const { token } = await parts.methods.withToken(tenant, payment.methodId!);
    const { amount, currency, returnUrl } = payment;
    const about = firstCallOf(tenant, payment);
    const call = { tenant, idempotencyKey: about.idempotencyKey, token, amount, currency, returnUrl };
    const operation = () => processor[about.kind](call);
    const result = await calls.perform(about, !isNew, operation);
    return commands.change(context, payment.id, recordCommand(result, clock));
  }

  return {
    name: 'payment.charge',
    steps: [{ name: 'charge', run: (state, context) => charge(state, innerContext(context)) }],
    outcome: (state, context) => commands.get(context.tenant, state.paymentId),
  };
}

/** Whether a method is the customer's own, or of somebody merged with it. */
export async function isOf(
  { customers }: Pick<ChargeParts, 'customers'>,
  { tenant }: CommandContext,
  customerId: CustomerId,
  method: PaymentMethod,
): Promise<boolean> {
  return (
    method.customerId === customerId || (await customers.partiesOf(tenant, customerId)).includes(method.customerId)
  );
}

/** The call that made the transaction of a payment. */
export function firstCallOf(tenant: Tenant, { id, intent, transactionId }: Payment) {
  const kind = intent === 'charge' ? ('charge' as const) : ('authorize' as const);
  return { tenant, idempotencyKey: `${id}:${kind}`, kind, transactionId };
}

/** What `decide` is told about an authorisation, charge or capture. */
export function recordCommand(result: ProcessorResult, clock: Clock) {
  if (result.status === 'canceled') throw new DomainError('upstream', 'The processor canceled the payment.');
  return { type: 'record' as const, result, at: clock.now().toISOString() };
}

type PendingPayment = Pick<
  Payment,
  'customerId' | 'amount' | 'currency' | 'description' | 'metadata' | 'methodType'
> & {
  paymentId: PaymentId;
  methodId: PaymentMethodId | null;
  at: string;
} & Partial<Pick<Payment, 'intent' | 'orderId' | 'returnUrl'>>;

/** A payment before anybody was asked. */
export function pendingPayment(input: PendingPayment): Payment {
  return {
    id: input.paymentId,
    version: 1,
    intent: input.intent ?? 'charge',
    methodType: input.methodType,
    methodId: input.methodId,
    customerId: input.customerId,
    orderId: input.orderId ?? null,
    amount: input.amount,
    currency: input.currency,
    status: 'pending',
    description: input.description,
    metadata: input.metadata,
    transactionId: null,
    returnUrl: input.returnUrl ?? null,
    capturedAmount: 0,
    refundedAmount: 0,
    disputedAmount: 0,
    feeAmount: 0,
    disputeFeeAmount: 0,
    failure: null,
    nextAction: null,
    settlesAt: null,
    refunds: [],
    disputes: [],
    createdAt: input.at,
    updatedAt: input.at,
  };
}
