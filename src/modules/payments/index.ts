import { systemContext } from '#kernel/context.ts';
import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { Job } from '#kernel/jobs/worker.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { PaymentProcessor } from './processor.ts';
import { type ChargeParts, settle } from './service/charge.ts';
import { createPaymentCommands, SETTLE_JOB } from './service/payment-commands.ts';
import { createPaymentMethods } from './service/payment-methods.ts';
import { createPaymentsService, type Payments } from './service/payments.service.ts';
import { type Breaker, createProcessorCalls } from './service/processor-calls.ts';
import { createSimulator } from './simulator/simulator.ts';

export { PAYMENT_EVENTS, type PaymentPublicEvent, publicEventsOf } from './events.ts';
export { PAYMENT_STATUSES, type Payment, type PaymentStatus, type Refund } from './payment.ts';
export {
  type NewPaymentMethod,
  PAYMENT_METHOD_TERMS,
  PAYMENT_METHOD_TYPES,
  type PaymentMethod,
  type PaymentMethodTerms,
  type PaymentMethodType,
} from './payment-method.ts';
export type { PaymentFilter } from './payments.store.ts';
export type { PaymentProcessor, ProcessorResult } from './processor.ts';
export type { AuthorizationRequest } from './service/authorize.ts';
export type { NewPayment, NewRefund, Payments } from './service/payments.service.ts';
export type { Reversal } from './service/reverse.ts';

export const paymentsSchema: SchemaSource = {
  schema: 'payments',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'payment_methods.last4': {
      open: 'PCI DSS allows the last four digits; people recognise their card by them (PCI-03)',
    },
    'payment_methods.fingerprint': { open: 'a keyed hash of the processor, without meaning elsewhere (PCI-03)' },
  },
};

export interface PaymentsDependencies {
  customers: Customers;
  /** The circuit breaker around the processor (ARC-12). */
  breaker: Breaker;
  /** The simulator unless given. */
  processor?: PaymentProcessor;
}

export function createPayments(kit: ModuleKit, dependencies: PaymentsDependencies): Module<Payments> {
  const { customers, breaker } = dependencies;
  const { clock } = kit;
  const processor = dependencies.processor ?? createSimulator(kit.database, clock);
  const calls = createProcessorCalls(processor, breaker);
  const commands = createPaymentCommands(kit);
  const methods = createPaymentMethods(kit, calls, customers);
  const parts: ChargeParts = { commands, calls, methods, processor, clock };

  /** Asks what became of a processing payment, in the trace of the request that made it. */
  function settleJob({ tenant, payload }: Job): Promise<void> {
    const { payment_id, request_id, traceparent } = payload as Record<string, string>;
    const context = systemContext(SETTLE_JOB, tenant, { requestId: request_id!, traceparent: traceparent! });
    return settle(parts, context, tenant, payment_id as PaymentId);
  }

  return {
    service: createPaymentsService(kit, customers, parts),
    jobs: { [SETTLE_JOB]: settleJob },
    locate: {
      pay: locateIn(kit.database, 'payments.payments'),
      pmt: locateIn(kit.database, 'payments.payment_methods'),
    },
  };
}
