import type { Clock } from '#kernel/clock.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, invalidField, wrongReference } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { CustomerId, PaymentId, PaymentMethodId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Payment } from '../payment.ts';
import { requireAttached } from '../payment-method.ts';
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
  [key: string]: Json;
};

export interface ChargeParts {
  commands: PaymentCommands;
  calls: ProcessorCalls;
  methods: PaymentMethods;
  processor: PaymentProcessor;
  clock: Clock;
}

/**
 * A one-time charge (PAY-01, PAY-06): the payment is stored as pending, the processor is called with its id as key, the
 * outcome is stored. One step, because each part finds out what an earlier run of it has done.
 */
export function chargeSaga(parts: ChargeParts): SagaDefinition<ChargeState, Payment> {
  const { commands, calls, processor, clock } = parts;

  async function charge(state: ChargeState, context: CommandContext): Promise<undefined> {
    const { tenant } = context;
    const { method, token } = await parts.methods.withToken(tenant, state.methodId).catch(wrongReference('method_id'));
    requireAttached(method);
    if (state.customerId && state.customerId !== method.customerId) {
      throw invalidField('customer_id', 'not_allowed', 'The payment method belongs to another customer.');
    }
    const at = clock.now().toISOString();
    const draft = pendingPayment({ ...state, methodType: method.type, customerId: method.customerId, at });
    const { payment, isNew } = await commands.create(context, draft);
    const settled = payment.status === 'pending' ? await perform(context, payment, token, isNew) : payment;
    if (settled.status === 'failed') throw refusalOf(settled);
  }

  async function perform(context: CommandContext, payment: Payment, token: string, isNew: boolean): Promise<Payment> {
    const { tenant } = context;
    const { id, amount, currency } = payment;
    const key = `${id}:charge`;
    const operation = () => processor.charge({ tenant, idempotencyKey: key, token, amount, currency });
    const result = await calls.perform({ tenant, key, mayHaveRun: !isNew, operation });
    return commands.change(context, id, recordCommand(result, clock));
  }

  return {
    name: 'payment.charge',
    steps: [{ name: 'charge', run: (state, context) => charge(state, innerContext(context)) }],
    outcome: (state, context) => commands.get(context.tenant, state.paymentId),
  };
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
} & Partial<Pick<Payment, 'intent' | 'orderId'>>;

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
    capturedAmount: 0,
    refundedAmount: 0,
    feeAmount: 0,
    failure: null,
    nextAction: null,
    settlesAt: null,
    refunds: [],
    createdAt: input.at,
    updatedAt: input.at,
  };
}

/** Asks again about a processing payment when it should be certain; the job repeats itself while it is not. */
export async function settle(
  { commands, calls, clock }: Pick<ChargeParts, 'commands' | 'calls' | 'clock'>,
  context: CommandContext,
  tenant: Tenant,
  paymentId: PaymentId,
): Promise<void> {
  const payment = await commands.get(tenant, paymentId);
  if (payment.status !== 'processing') return;
  const key = `${paymentId}:${payment.intent === 'charge' ? 'charge' : 'capture'}`;
  const result = await calls.lookup(tenant, key);
  if (!result || result.status === 'processing') {
    throw new DomainError('unavailable', `The payment ${paymentId} is not settled yet.`);
  }
  await commands.change(context, paymentId, recordCommand(result, clock));
}
