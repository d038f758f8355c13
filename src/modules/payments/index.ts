import { systemContext } from '#kernel/context.ts';
import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { PaymentId, PaymentMethodId } from '#kernel/ids.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import type { Customers } from '#modules/customers/index.ts';
import { createMethodErasure } from './erasure/erase-methods.ts';
import type { PaymentProcessor } from './processor.ts';
import { byMode } from './processor-by-mode.ts';
import { createChallengePage } from './service/challenge-page.ts';
import type { ChargeParts } from './service/charge.ts';
import { createPaymentCommands, REFRESH_JOB } from './service/payment-commands.ts';
import { createPaymentMethods, EXPIRY_JOB, tokenContext } from './service/payment-methods.ts';
import { createPaymentsService, type Payments } from './service/payments.service.ts';
import { type BreakerOf, createProcessorCalls } from './service/processor-calls.ts';
import { refreshPayment, requireSettled } from './service/refresh.ts';
import { type Cards, createSimulator } from './simulator/simulator.ts';
import { createStripeInbound } from './stripe/inbound.ts';
import { createStripeProcessor, type StripeSettings } from './stripe/stripe-processor.ts';

export type { DisputeFilter, DisputeRecord } from './disputes.store.ts';
export { PAYMENT_EVENTS, type PaymentPublicEvent, publicEventsOf } from './events.ts';
export {
  DISPUTE_STATUSES,
  type Dispute,
  netAmount,
  PAYMENT_STATUSES,
  type Payment,
  type PaymentStatus,
  REFUND_STATUSES,
  type Refund,
} from './payment.ts';
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
export type { RefundFilter, RefundRecord } from './refunds.store.ts';
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
  sealed: {
    columns: [
      {
        table: 'payment_methods',
        column: 'token',
        key: ['id'],
        owner: 'organization',
        context: ({ id }) => tokenContext(id),
      },
    ],
  },
};

export interface PaymentsDependencies {
  customers: Customers;
  /** The circuit breaker around the processor that a tenant's payments go to (ARC-12). */
  breaker: BreakerOf;
  /** The address that customers' browsers use, for the simulator's pages; those have no host when it is absent. */
  baseUrl?: () => string;
  /** Takes the payments of live data by Stripe; the simulator when absent. */
  stripe?: StripeSettings & { webhookSecret: string };
  /** What stands behind the tokens of the vault; the simulator asks. */
  cards?: Cards;
  /** For tests: instead of what is configured. */
  processor?: PaymentProcessor;
}

export function createPayments(kit: ModuleKit, dependencies: PaymentsDependencies): Module<Payments> {
  const { customers, breaker } = dependencies;
  const { clock } = kit;
  const simulator = createSimulator(kit.database, clock, dependencies.baseUrl ?? (() => ''), dependencies.cards);
  const processor = dependencies.processor ?? configured(kit, dependencies, simulator);
  const calls = createProcessorCalls(processor, breaker);
  const commands = createPaymentCommands(kit);
  const methods = createPaymentMethods(kit, calls, customers);
  const parts: ChargeParts = { commands, calls, methods, processor, customers, clock };

  return {
    service: {
      ...createPaymentsService(kit, parts),
      ...createMethodErasure(kit, calls),
      challengePage: createChallengePage(simulator.challenges, parts),
      stripeNews: createStripeInbound(kit, dependencies.stripe?.webhookSecret),
    },
    jobs: paymentJobs(parts),
    locate: {
      pay: locateIn(kit.database, 'payments.payments'),
      pmt: locateIn(kit.database, 'payments.payment_methods'),
      ref: locateIn(kit.database, 'payments.refunds'),
      dsp: locateIn(kit.database, 'payments.disputes'),
    },
  };
}

function configured(
  { database, clock }: ModuleKit,
  { stripe, baseUrl = () => '' }: PaymentsDependencies,
  simulator: PaymentProcessor,
): PaymentProcessor {
  if (!stripe) return simulator;
  const returnUrl = () => `${baseUrl()}/payments/authenticated`;
  return byMode(createStripeProcessor(database, clock, stripe, returnUrl), simulator);
}

/** Work for later, in the trace of the request that made it necessary. */
function paymentJobs(parts: ChargeParts): Record<string, JobHandler> {
  const contextOf = (name: string, { tenant, payload }: Job) => {
    const { request_id, traceparent } = payload as Record<string, string>;
    return systemContext(name, tenant, { requestId: request_id!, traceparent: traceparent! });
  };
  return {
    async [REFRESH_JOB](job) {
      const paymentId = job.payload.payment_id as PaymentId;
      const payment = await refreshPayment(parts, contextOf(REFRESH_JOB, job), paymentId);
      requireSettled(payment, parts.clock.nowMs());
    },
    async [EXPIRY_JOB](job) {
      await parts.methods.noteExpiry(contextOf(EXPIRY_JOB, job), job.payload.payment_method_id as PaymentMethodId);
    },
  };
}
