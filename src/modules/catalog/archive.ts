import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError } from '#kernel/errors.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import { productUpdate } from './catalog.store.ts';
import type { CatalogDependencies } from './dependencies.ts';
import { type CatalogEventType, productEvent } from './events.ts';
import type { Product } from './product.ts';
import { refuseArchived } from './refusals.ts';

const SHOWN_ORDERS = 10;

export interface ProductArchive {
  /**
   * Deletes by keeping: the product is inactive and out of the lists, and what refers to it still finds it. Errors:
   * `not_found`, `gone`, `invalid_state` while an order with it is open, naming the orders (C-75), `precondition_failed`,
   * `resource_locked`.
   */
  archiveProduct(context: CommandContext, id: ProductId): Promise<Product>;
  /** Back in the lists, inactive still. Errors: `not_found`, `invalid_state`, `precondition_failed`, `resource_locked`. */
  restoreProduct(context: CommandContext, id: ProductId): Promise<Product>;
}

interface ArchiveParts extends CatalogDependencies {
  getProduct(tenant: Tenant, id: ProductId): Promise<Product>;
}

type ArchiveState = { productId: ProductId; wasActive: boolean };

export function createProductArchive(kit: ModuleKit, parts: ArchiveParts): ProductArchive {
  const { writes, sagas, clock } = kit;
  const { getProduct } = parts;

  function change(
    context: CommandContext,
    current: Product,
    type: CatalogEventType,
    changes: Pick<Product, 'active' | 'archivedAt'>,
  ): Promise<Product> {
    const product = { ...current, ...changes, version: current.version + 1, updatedAt: clock.now().toISOString() };
    const statements = [productUpdate(context.tenant, product)];
    return writes.store(context, { statements, events: [productEvent(type, product)], result: product });
  }

  const saga = archiveSaga(parts, {
    close: (context, current) =>
      change(context, current, 'product.archived', { active: false, archivedAt: clock.now().toISOString() }),
    reopen: (context, current, active) => change(context, current, 'product.restored', { active, archivedAt: null }),
  });
  sagas.register(saga);

  return {
    archiveProduct: (context, id) =>
      writes.orStored(context, async () => {
        const product = await getProduct(context.tenant, id);
        refuseArchived('product', product);
        expectVersion(context, 'product', product.version);
        // Asked before, so that a refusal is no archive and restore that everybody hears of.
        await refuseOpenOrders(parts, context.tenant, id);
        return sagas.run(saga, context, id, { productId: id, wasActive: product.active });
      }),

    restoreProduct: (context, id) =>
      writes.orStored(context, async () => {
        const product = await getProduct(context.tenant, id);
        expectVersion(context, 'product', product.version);
        if (product.archivedAt !== null)
          return change(context, product, 'product.restored', { active: false, archivedAt: null });
        throw new DomainError('invalid_state', 'The product is not archived; there is nothing to restore.');
      }),
  };
}

interface ArchiveSteps {
  close(context: CommandContext, current: Product): Promise<Product>;
  reopen(context: CommandContext, current: Product, active: boolean): Promise<Product>;
}

/** Closed first and asked again then: an order that began before is seen, and one that begins after is refused. */
function archiveSaga(parts: ArchiveParts, { close, reopen }: ArchiveSteps): SagaDefinition<ArchiveState, Product> {
  const { getProduct } = parts;
  return {
    name: 'product.archive',
    steps: [
      {
        name: 'close-product',
        async run({ productId }, context) {
          const current = await getProduct(context.tenant, productId);
          if (current.archivedAt === null) await close(innerContext(context), current);
          return undefined;
        },
        async compensate({ productId, wasActive }, context) {
          const current = await getProduct(context.tenant, productId);
          if (current.archivedAt !== null) await reopen(innerContext(context), current, wasActive);
        },
      },
      {
        name: 'require-no-open-order',
        async run({ productId }, context) {
          await refuseOpenOrders(parts, context.tenant, productId);
          return undefined;
        },
      },
    ],
    outcome: ({ productId }, context) => getProduct(context.tenant, productId),
  };
}

async function refuseOpenOrders({ orders }: CatalogDependencies, tenant: Tenant, id: ProductId): Promise<void> {
  const open = await orders.openOrdersWith(tenant, id, SHOWN_ORDERS + 1);
  if (open.length === 0) return;
  const named = open.slice(0, SHOWN_ORDERS);
  const details = named.map((order) => ({
    field: 'orders',
    code: order.status,
    message: `The order ${order.id} is ${order.status}.`,
  }));
  const count = open.length > SHOWN_ORDERS ? `more than ${SHOWN_ORDERS} orders` : `${open.length} open order(s)`;
  const ids = named.map((order) => order.id).join(', ');
  throw new DomainError(
    'invalid_state',
    `The product is in ${count} (${ids}). Set active=false first, so that no new order takes it, and delete it when they are delivered or canceled.`,
    { details },
  );
}
