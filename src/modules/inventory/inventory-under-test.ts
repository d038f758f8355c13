import assert from 'node:assert/strict';
import type { DomainError } from '#kernel/errors.ts';
import { newId, type OrderId, type ProductId } from '#kernel/ids.ts';
import { catalogSchema, createCatalog, type ProductCategory } from '#modules/catalog/index.ts';
import { createCustomers, customersSchema } from '#modules/customers/index.ts';
import { testContext, testKits, testTenant } from '#test/support/module.ts';
import type { OutgoingMail } from './alerts/low-stock-mail.ts';
import { createInventory, inventorySchema, type NewAdjustment } from './index.ts';

/** The inventory with its catalog over real PostgreSQL, and the steps that its tests share. */
export async function inventoryUnderTest() {
  const kits = await testKits([catalogSchema, customersSchema, inventorySchema]);
  const customers = createCustomers(kits.kit('customers')).service;
  const catalog = createCatalog(kits.kit('catalog'), { customers, orders: { openOrdersWith: async () => [] } }).service;
  const mails: OutgoingMail[] = [];
  const {
    service: inventory,
    locate,
    jobs,
  } = createInventory(kits.kit('inventory'), catalog, {
    recipients: async () => ['ada@example.com', 'bob@example.com'],
    sendMail: async (mail) => void mails.push(mail),
  });

  async function aProduct(tenant = testTenant(), category: ProductCategory = 'hardware'): Promise<ProductId> {
    const input = { name: 'Steel bolt', description: 'M8', category, active: true, price: 199 };
    return (await catalog.createProduct(testContext(tenant), input)).id;
  }

  return {
    kits,
    catalog,
    inventory,
    locate: locate!,
    jobs: jobs!,
    mails,
    aProduct,
    anOrder: () => newId('ord') as OrderId,

    /** A tenant with one product and `available` pieces of it in the default warehouse. */
    async stocked(available: number) {
      const tenant = testTenant();
      const context = testContext(tenant);
      const productId = await aProduct(tenant);
      if (available > 0) await inventory.adjust(context, restock(productId, available));
      const page = { limit: 25 };
      const levels = async () => (await inventory.listLevels(tenant, { productId }, page)).items;
      const quantities = async () => (await inventory.stockOf(tenant, [productId]))[0]!;
      return { tenant, context, productId, levels, quantities };
    },
  };
}

export function restock(
  productId: ProductId,
  quantityChange: number,
  more: Partial<NewAdjustment> = {},
): NewAdjustment {
  return { productId, quantityChange, reason: 'restock', referenceId: 'PO-1', ...more };
}

/** For assert.rejects: too little stock, told about these fields and no others. */
export function shortOf(...fields: string[]) {
  return (error: DomainError) => {
    assert.equal(error.kind, 'insufficient_stock');
    assert.deepEqual(
      error.details.map(({ field }) => field),
      fields,
    );
    return true;
  };
}
