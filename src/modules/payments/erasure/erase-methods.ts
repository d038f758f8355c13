import type { CommandContext } from '#kernel/context.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { paymentMethodEvent } from '../events.ts';
import * as store from '../payment-methods.store.ts';
import { tokenContext } from '../service/payment-methods.ts';
import type { ProcessorCalls } from '../service/processor-calls.ts';

export interface MethodErasure {
  /**
   * Gives up all payment methods of customers who are erased: at the processor, in the vault and here (C-89). Payments
   * stay with their amounts. Safe to repeat. Errors: `unavailable` (the processor).
   */
  eraseMethods(context: CommandContext, customerIds: readonly CustomerId[]): Promise<void>;
}

export function createMethodErasure(kit: ModuleKit, calls: ProcessorCalls): MethodErasure {
  const { database, writes, clock, sealing } = kit;
  return {
    async eraseMethods(context, customerIds) {
      const { tenant } = context;
      const found = await store.methodsOfOwners(database, tenant, customerIds);
      if (found.length === 0) return;
      const tokens = found.map(({ method, sealedToken }) =>
        sealing.openForOrganization(tenant.orgId, sealedToken, tokenContext(method.id)),
      );
      await calls.ask(tenant, (processor) => processor.forgetTokens(tenant, tokens));
      const updatedAt = clock.now().toISOString();
      const erased = found.map(({ method }) => {
        const next = { ...method, version: method.version + 1, isDefault: false, updatedAt };
        return { ...next, status: 'detached' as const };
      });
      const statements = erased.map((method) =>
        store.methodErase(method, sealing.sealForOrganization(tenant.orgId, '', tokenContext(method.id))),
      );
      const events = erased.map((method) => paymentMethodEvent('payment_method.erased', method));
      await writes.store(context, { statements, events, result: null });
    },
  };
}
