import { openApiDocument } from '#gateway/openapi.ts';
import type { Operation } from '#kernel/http/operation.ts';
import type { Audit } from '#modules/audit/index.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type { Customers } from '#modules/customers/index.ts';
import { type Identity, SCOPES } from '#modules/identity/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import type { Orders } from '#modules/orders/index.ts';
import type { Payments } from '#modules/payments/index.ts';
import type { Webhooks } from '#modules/webhooks/index.ts';
import { auditOperations } from './audit/audit-logs.ts';
import { productOperations } from './catalog/products.ts';
import type { CursorCodec } from './common/pages.ts';
import { customerOperations } from './customers/customers.ts';
import { identityOperations } from './identity/index.ts';
import { inventoryOperations } from './inventory/inventory.ts';
import { warehouseOperations } from './inventory/warehouses.ts';
import { orderMethodHints, orderOperations } from './orders/orders.ts';
import { paymentMethodOperations } from './payments/payment-methods.ts';
import { paymentOperations } from './payments/payments.ts';
import { ErrorView } from './render.ts';
import { documentationOperations } from './system/documentation.ts';
import { type SystemStatus, systemOperations } from './system/system.ts';
import { eventOperations } from './webhooks/events.ts';
import { webhookOperations } from './webhooks/webhooks.ts';

/** The modules that the canonical edition speaks for. */
export interface CanonicalModules {
  identity: Identity;
  catalog: Catalog;
  customers: Customers;
  inventory: Inventory;
  payments: Payments;
  orders: Orders;
  webhooks: Webhooks;
  audit: Audit;
}

/** Every operation of the canonical edition, with its contract. */
export function canonicalOperations(modules: CanonicalModules, cursors: CursorCodec, system: SystemStatus) {
  const operations: Operation[] = [
    ...identityOperations(modules.identity, cursors),
    ...productOperations(modules.catalog, cursors),
    ...customerOperations(modules.customers, cursors),
    ...inventoryOperations(modules.inventory, cursors),
    ...warehouseOperations(modules.inventory, cursors),
    ...orderOperations(modules.orders, cursors),
    ...paymentOperations(modules.payments, cursors),
    ...paymentMethodOperations(modules.payments, cursors),
    ...webhookOperations(modules.webhooks, cursors),
    ...eventOperations(modules.webhooks, cursors),
    ...auditOperations(modules.audit, cursors),
    ...systemOperations(system),
    ...documentationOperations(),
  ];
  const openapi = openApiDocument(operations, {
    title: 'TechCorp',
    version: system.version,
    description: 'The back office of a B2B company over one model. Start with POST /auth/token.',
    errorSchema: ErrorView,
    scopes: SCOPES,
  });
  return { operations, methodHints: { ...orderMethodHints }, openapi };
}
