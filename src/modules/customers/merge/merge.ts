import type { CommandContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, invalidField, notFound, wrongReference } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Customer } from '../customer.ts';
import * as store from '../customers.store.ts';
import { type CustomerEventType, customerEvent } from '../events.ts';
import type { ProfileSealer } from '../sealed-profile.ts';

export interface CustomerMerge {
  /**
   * Makes one customer of two: whatever names `from` (orders, payments, methods, contract prices) means `into` from now
   * on, and nothing of it is rewritten, so that restoring `from` parts them as they were. Errors: `not_found`,
   * `validation` (`from` unknown, itself or merged before), `gone` (`into` is archived or merged), `precondition_failed`,
   * `resource_locked`.
   */
  mergeCustomers(context: CommandContext, into: CustomerId, from: CustomerId): Promise<Customer>;
}

export function createMerge({ writes, clock }: ModuleKit, profiles: ProfileSealer) {
  /** Both rows, locked in the order of their ids, so that two merges do not wait for each other in a circle. */
  async function lockBoth(tx: WriteTransaction, one: CustomerId, other: CustomerId) {
    const rows = (await tx.query(store.customersLock([one, other].sort()))).map(store.toSealed);
    return (id: CustomerId) => rows.find((row) => row.id === id) ?? null;
  }

  function put(
    tx: WriteTransaction,
    tenant: Tenant,
    sealed: store.SealedCustomer,
    type: CustomerEventType,
    changes: Partial<Customer>,
  ): Customer {
    const before = profiles.open(sealed);
    const updatedAt = clock.now().toISOString();
    const after = { ...before, ...changes, version: before.version + 1, updatedAt };
    tx.add(...store.customerUpdate(tenant, { ...sealed, ...changes, version: after.version, updatedAt }));
    tx.append(customerEvent(type, after, before));
    return after;
  }

  async function merge(context: CommandContext, into: CustomerId, from: CustomerId): Promise<Customer> {
    if (into === from) throw invalidField('from', 'not_allowed', 'A customer cannot be merged into itself.');
    return writes.run(context, async (tx) => {
      const find = await lockBoth(tx, into, from);
      const survivor = find(into);
      if (!survivor) throw notFound('customer', into);
      expectVersion(context, 'customer', survivor.version);
      requireActive(survivor);
      const merged = find(from);
      if (!merged) wrongReference('from')(notFound('customer', from));
      if (merged!.status === 'merged') {
        throw invalidField('from', 'not_allowed', `${from} was merged into ${merged!.mergedInto} before.`);
      }
      put(tx, context.tenant, merged!, 'customer.merged', { status: 'merged', mergedInto: into });
      const mergedIds = [...survivor.mergedIds, from, ...merged!.mergedIds];
      // What belonged below the merged one belongs nowhere below itself.
      const parentId = survivor.parentId === from ? null : survivor.parentId;
      return put(tx, context.tenant, survivor, 'customer.updated', { mergedIds, parentId });
    });
  }

  /** Parts a merged customer again. Errors: `not_found`, `invalid_state`, `precondition_failed`. */
  async function part(context: CommandContext, id: CustomerId, into: CustomerId): Promise<Customer> {
    return writes.run(context, async (tx) => {
      const find = await lockBoth(tx, into, id);
      const merged = find(id);
      const survivor = find(into);
      if (!merged || !survivor) throw notFound('customer', id);
      expectVersion(context, 'customer', merged.version);
      if (merged.mergedInto !== into) {
        throw new DomainError('invalid_state', 'The customer is not merged any more; read it again.');
      }
      if (survivor.mergedInto !== null) {
        const message = `It was merged into ${into}, which was merged into ${survivor.mergedInto}; restore ${into} first.`;
        throw new DomainError('invalid_state', message);
      }
      const parted = new Set([id, ...merged.mergedIds]);
      const mergedIds = survivor.mergedIds.filter((each) => !parted.has(each));
      put(tx, context.tenant, survivor, 'customer.updated', { mergedIds });
      return put(tx, context.tenant, merged, 'customer.restored', { status: 'active', mergedInto: null });
    });
  }

  return { merge, part };
}

function requireActive({ id, status, mergedInto }: store.SealedCustomer): void {
  if (status === 'active') return;
  const hint = mergedInto ? `was merged into ${mergedInto}; merge into that one` : 'is archived; restore it first';
  throw new DomainError('gone', `The customer ${id} ${hint}.`);
}
