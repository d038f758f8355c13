import type { Tenant } from '#kernel/database/tenant.ts';
import type { PaymentProcessor } from './processor.ts';

/** Live data goes to the configured processor; test data always to the simulator, whose outcomes are known. */
export function byMode(live: PaymentProcessor, test: PaymentProcessor): PaymentProcessor {
  const of = (tenant: Tenant) => (tenant.livemode ? live : test);
  return {
    describeToken: (tenant, token) => of(tenant).describeToken(tenant, token),
    keepToken: (tenant, customerId, token) => of(tenant).keepToken(tenant, customerId, token),
    forgetTokens: (tenant, tokens) => of(tenant).forgetTokens(tenant, tokens),
    verifyToken: (tenant, token, amounts) => of(tenant).verifyToken(tenant, token, amounts),
    authorize: (call) => of(call.tenant).authorize(call),
    charge: (call) => of(call.tenant).charge(call),
    capture: (call) => of(call.tenant).capture(call),
    void: (call) => of(call.tenant).void(call),
    refund: (call) => of(call.tenant).refund(call),
    lookup: (call) => of(call.tenant).lookup(call),
    disputes: (tenant, transactionId) => of(tenant).disputes(tenant, transactionId),
    answerDispute: (call) => of(call.tenant).answerDispute(call),
  };
}
