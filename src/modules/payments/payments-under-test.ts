import type { ModuleKit } from '#kernel/module.ts';
import { createCircuitBreakers } from '#kernel/resilience/circuit-breaker.ts';
import type { BoundaryHook } from '#kernel/saga/saga.ts';
import { createCustomers, customersSchema, type NewCustomer } from '#modules/customers/index.ts';
import { testContext, testKits, testTenant } from '#test/support/module.ts';
import { createPayments, type PaymentMethodType, type PaymentProcessor, paymentsSchema } from './index.ts';
import { createSimulator } from './simulator/simulator.ts';

export interface PaymentsUnderTestOptions {
  /** Stands between the module and the simulator, to lose or count calls on the way. */
  between?: (processor: PaymentProcessor) => PaymentProcessor;
  /** Another processor than the simulator. */
  processorOf?: (kit: ModuleKit) => PaymentProcessor;
  boundary?: BoundaryHook;
}

const baseUrl = () => 'http://shop.test';

/** The payments with customers and the simulator over real PostgreSQL, and the steps that their tests share. */
export async function paymentsUnderTest(options: PaymentsUnderTestOptions = {}) {
  const kits = await testKits([customersSchema, paymentsSchema], { boundary: options.boundary });
  const customers = createCustomers(kits.kit('customers')).service;
  const kit = kits.kit('payments');
  const breakers = createCircuitBreakers({ clock: kits.clock });
  const simulator = createSimulator(kit.database, kits.clock, baseUrl);
  const processor = options.processorOf?.(kit) ?? options.between?.(simulator) ?? simulator;
  const breaker = breakers.for('payment_processor');
  const module = createPayments(kit, { customers, breaker: () => breaker, processor, baseUrl });
  const payments = module.service;

  return {
    kits,
    kit,
    customers,
    payments,
    breaker,
    worker: () => kits.worker('payments', module.jobs!),

    /** A tenant with a customer; `token` gives the customer a method. */
    async aCustomer(token?: string, terms: Partial<NewCustomer> = {}) {
      const tenant = testTenant();
      const context = testContext(tenant);
      const customer = await customers.createCustomer(context, { type: 'company', name: 'Ada Ltd', ...terms });
      const attach = (each: string) =>
        payments.methods.attach(testContext(tenant), { customerId: customer.id, type: typeOf(each), token: each });
      return { tenant, context, customer, attach, method: token ? await attach(token) : null };
    },
  };
}

export type PaymentsUnderTest = Awaited<ReturnType<typeof paymentsUnderTest>>;

/** The simulator's tokens tell their type by name. */
export function typeOf(token: string): PaymentMethodType {
  if (/^(tok_bank|pm_sepa)/.test(token)) return 'bank_transfer';
  return /^(tok|pm)_wallet/.test(token) ? 'wallet' : 'card';
}
