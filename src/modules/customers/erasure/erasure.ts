import { DAY_MS } from '#kernel/clock.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { SagaDefinition, SagaStep } from '#kernel/saga/saga.ts';
import type { Customer } from '../customer.ts';
import type { CustomersDependencies, ErasedSubject } from '../dependencies.ts';
import { customerErased } from '../events.ts';
import { belongingsRemove, contactIdsOf, customersEmpty, erasedLock } from './erasure.store.ts';

/** Looks again for what was on its way while the customer was erased; its payload is the ids and the cause. */
export const ERASE_AGAIN_JOB = 'customers.erase-again';
/** By then idempotent answers have expired and imports and exports that ran have ended. */
export const ERASE_AGAIN_AFTER_MS = DAY_MS;

export interface CustomerErasure {
  /**
   * Makes whatever tells about the person unreadable for good, in every module (C-89): of the customer, of its contacts
   * and of everybody merged into it. Safe to repeat. Errors: `not_found`, `invalid_state` (an order is not over),
   * `precondition_failed`, `resource_locked`, `unavailable` (goes on by itself).
   */
  eraseCustomer(context: CommandContext, id: CustomerId): Promise<Customer>;
}

export interface ErasureParts {
  get(tenant: Tenant, id: CustomerId): Promise<Customer>;
  /** The customer that is meant and everybody merged into it. */
  all(tenant: Tenant, id: CustomerId): Promise<CustomerId[]>;
  /** So that nothing new begins; and back, when the erasure is refused. */
  archive(context: CommandContext, id: CustomerId): Promise<unknown>;
  restore(context: CommandContext, id: CustomerId): Promise<unknown>;
  /** The e-mail addresses of customers and their contacts, as long as the keys are there. */
  emailAddresses(tenant: Tenant, ids: readonly CustomerId[]): Promise<string[]>;
}

type ErasureState = { customerIds: CustomerId[]; wasActive: boolean };

export function createErasure(
  kit: ModuleKit,
  parts: ErasureParts,
  dependencies: Pick<CustomersDependencies, 'holders' | 'openOrders'>,
): CustomerErasure & { eraseAgain(context: CommandContext, ids: CustomerId[]): Promise<void> } {
  const { holders } = dependencies;
  const definition: SagaDefinition<ErasureState, Customer> = {
    name: 'customer.erase',
    steps: [
      closeStep(parts),
      {
        name: 'require-finished',
        async run({ customerIds }, { tenant }) {
          await requireFinished(dependencies, tenant, customerIds);
          return undefined;
        },
      },
      ...holders.map(
        ({ name, erase }): SagaStep<ErasureState> => ({
          name: `erase-${name}`,
          async run({ customerIds }, context) {
            await erase(innerContext(context), subjectOf(parts, context, customerIds));
            return undefined;
          },
        }),
      ),
      {
        name: 'forget-customer',
        async run({ customerIds }, context) {
          await forget(kit, innerContext(context), customerIds);
          return undefined;
        },
      },
    ],
    outcome: ({ customerIds }, { tenant }) => parts.get(tenant, customerIds[0]!),
  };
  kit.sagas.register(definition);

  return {
    eraseCustomer: (context, id) =>
      kit.writes.orStored(context, async () => {
        const { tenant } = context;
        const customerIds = await parts.all(tenant, id);
        const customer = await parts.get(tenant, customerIds[0]!);
        if (customer.erasedAt) return customer;
        if (customer.id === id) expectVersion(context, 'customer', customer.version);
        await requireFinished(dependencies, tenant, customerIds);
        const wasActive = customer.status === 'active';
        return kit.sagas.run(definition, context, customer.id, { customerIds, wasActive });
      }),

    async eraseAgain(context, customerIds) {
      for (const { erase } of holders) await erase(context, subjectOf(parts, context, customerIds));
      await forget(kit, context, customerIds);
    },
  };
}

function closeStep(parts: ErasureParts): SagaStep<ErasureState> {
  return {
    name: 'close-customer',
    async run({ customerIds, wasActive }, context) {
      const { status } = await parts.get(context.tenant, customerIds[0]!);
      if (wasActive && status === 'active') await parts.archive(innerContext(context), customerIds[0]!);
      return undefined;
    },
    async compensate({ customerIds, wasActive }, context) {
      const { status } = await parts.get(context.tenant, customerIds[0]!);
      if (wasActive && status === 'archived') await parts.restore(innerContext(context), customerIds[0]!);
    },
  };
}

function subjectOf(parts: ErasureParts, { tenant }: CommandContext, customerIds: CustomerId[]): ErasedSubject {
  return { customerIds, emailAddresses: () => parts.emailAddresses(tenant, customerIds) };
}

/** What was sold must still reach its buyer. */
async function requireFinished(
  { openOrders }: Pick<CustomersDependencies, 'openOrders'>,
  tenant: Tenant,
  customerIds: readonly CustomerId[],
): Promise<void> {
  const open = await openOrders(tenant, customerIds);
  if (open.length === 0) return;
  const message = `Orders of the customer are not over: ${open.join(', ')}. Deliver or cancel them, then erase.`;
  throw new DomainError('invalid_state', message);
}

/** Destroys the keys last: until here a repeated step still finds everybody's addresses. */
async function forget({ writes, clock, sealing }: ModuleKit, context: CommandContext, ids: CustomerId[]) {
  const contactIds = await writes.run(context, async (tx) => {
    await tx.query(erasedLock(ids));
    const contacts = (await tx.query(contactIdsOf(ids))).map((row) => row.id as string);
    const now = clock.now();
    const emptied = await tx.query(customersEmpty(ids, now.toISOString()));
    tx.add(...belongingsRemove(ids, contacts));
    tx.append(...emptied.map((row) => customerErased(row.id, row.version, row.status)));
    if (emptied.length > 0) {
      const runAt = new Date(now.getTime() + ERASE_AGAIN_AFTER_MS);
      const { requestId: request_id, traceparent } = context;
      tx.enqueue({ kind: ERASE_AGAIN_JOB, payload: { customer_ids: ids, request_id, traceparent }, runAt });
    }
    return contacts;
  });
  for (const id of [...ids, ...contactIds]) sealing.forget(id);
}
