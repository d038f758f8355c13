import { contractOperation } from '#gateway/contract/contract-operation.ts';
import type { EditionContract } from '#gateway/contract/edition.ts';
import { openApiDocument } from '#gateway/contract/openapi.ts';
import { ERROR_CATALOGUE } from '#kernel/errors.ts';
import type { Operation } from '#kernel/http/operation.ts';
import type { Audit } from '#modules/audit/index.ts';
import type { Bulk } from '#modules/bulk/index.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type { Customers } from '#modules/customers/index.ts';
import { type Identity, SCOPES } from '#modules/identity/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import type { Orders } from '#modules/orders/index.ts';
import type { Payments } from '#modules/payments/index.ts';
import type { Shipping } from '#modules/shipping/index.ts';
import type { Vault } from '#modules/vault/index.ts';
import type { Webhooks } from '#modules/webhooks/index.ts';
import { withShapedAnswers } from './answers/shaped-answers.ts';
import { auditOperations } from './audit/audit-logs.ts';
import { exportOperations } from './bulk/exports.ts';
import { importOperations } from './bulk/imports.ts';
import { jobOperations } from './bulk/jobs.ts';
import { priceOperations } from './catalog/prices.ts';
import { productOperations } from './catalog/products.ts';
import type { CursorCodec } from './common/pages.ts';
import { addressOperations } from './customers/address-book.ts';
import { contactOperations } from './customers/contacts.ts';
import { customerOperations } from './customers/customers.ts';
import { statementOperations } from './customers/statements.ts';
import { identityOperations } from './identity/index.ts';
import { countOperations } from './inventory/counts.ts';
import { inventoryOperations } from './inventory/inventory.ts';
import { inventorySettingsOperations } from './inventory/settings.ts';
import { transferOperations } from './inventory/transfers.ts';
import { warehouseOperations } from './inventory/warehouses.ts';
import { orderMethodHints, orderOperations } from './orders/orders.ts';
import { challengePageOperations } from './payments/challenge-page.ts';
import { disputeOperations } from './payments/disputes.ts';
import { inboundPaymentOperations } from './payments/inbound.ts';
import { paymentMethodOperations } from './payments/payment-methods.ts';
import { paymentOperations } from './payments/payments.ts';
import { refundOperations } from './payments/refunds.ts';
import { tokenizeOperations } from './payments/tokenize.ts';
import { ErrorView } from './render.ts';
import { searchOperations } from './search/search.ts';
import { shippingOperations } from './shipping/index.ts';
import { changelogOperation } from './system/changelog.ts';
import { documentationOperations } from './system/documentation.ts';
import { keptRequestOperation } from './system/idempotency-keys.ts';
import { type SystemStatus, systemOperations } from './system/system.ts';
import { eventOperations } from './webhooks/events.ts';
import { webhookOperations } from './webhooks/webhooks.ts';

/** The modules that the canonical edition speaks for. */
export interface CanonicalModules {
  identity: Identity;
  catalog: Catalog;
  customers: Customers;
  inventory: Inventory;
  vault: Vault;
  payments: Payments;
  orders: Orders;
  shipping: Shipping;
  webhooks: Webhooks;
  bulk: Bulk;
  audit: Audit;
}

/** What the canonical edition promises. */
export function canonicalEdition(
  modules: CanonicalModules,
  cursors: CursorCodec,
  system: SystemStatus,
): EditionContract {
  const operations: Operation[] = withShapedAnswers([
    ...identityOperations(modules.identity, cursors),
    ...productOperations(modules.catalog, cursors),
    ...priceOperations(modules.catalog, cursors),
    ...customerOperations(modules.customers, cursors),
    ...contactOperations(modules.customers, cursors),
    ...addressOperations(modules.customers, cursors),
    ...statementOperations(modules.customers, cursors),
    ...inventoryOperations(modules.inventory, cursors),
    ...countOperations(modules.inventory, cursors),
    ...inventorySettingsOperations(modules.inventory),
    ...transferOperations(modules.inventory, cursors),
    ...warehouseOperations(modules.inventory, cursors),
    ...orderOperations(modules.orders, cursors),
    ...searchOperations(modules),
    ...paymentOperations(modules.payments, cursors),
    ...refundOperations(modules.payments, cursors),
    ...disputeOperations(modules.payments, cursors),
    ...paymentMethodOperations(modules.payments, cursors),
    ...tokenizeOperations(modules.vault),
    ...challengePageOperations(modules.payments),
    ...inboundPaymentOperations(modules.payments),
    ...shippingOperations(modules.shipping, cursors),
    ...webhookOperations(modules.webhooks, cursors),
    ...eventOperations(modules.webhooks, cursors),
    ...importOperations(modules.bulk, cursors),
    ...exportOperations(modules.bulk, cursors),
    ...jobOperations(modules.bulk, cursors),
    ...auditOperations(modules.audit, cursors),
    ...systemOperations(system),
    keptRequestOperation(system),
    contractOperation('documents.openapi', '', () => edition.openapi),
    ...documentationOperations(),
    changelogOperation(modules.identity.issuer),
  ]);
  const edition: EditionContract = {
    name: 'canonical',
    prefix: '',
    about: { status: 'stable', support_until: 'ongoing', version: system.version },
    operations,
    methodHints: { ...orderMethodHints },
    errors: ERROR_CATALOGUE,
    errorSchema: ErrorView,
    queryRefusal: 'bad_request',
    openapi: openApiDocument(operations, {
      title: 'TechCorp',
      version: system.version,
      description:
        'The back office of a B2B company over one model. Start with POST /auth/token. Whatever is read can bring the objects it names (`expand[]`) and leave out fields (`fields`).',
      errorSchema: ErrorView,
      errors: ERROR_CATALOGUE,
      credentials: CREDENTIALS,
      securityOf: (scopes) => [{ oauth: scopes }, ...(scopes.length > 0 ? [{ bearer: [] }] : [])],
      idempotencyHeader: 'Idempotency-Key',
    }),
  };
  return edition;
}

const CREDENTIALS = {
  oauth: {
    type: 'oauth2',
    flows: {
      clientCredentials: { tokenUrl: '/auth/token', scopes: SCOPES },
      authorizationCode: { authorizationUrl: '/auth/authorize', tokenUrl: '/auth/token', scopes: SCOPES },
    },
  },
  bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key (sk_live_…, sk_test_…).' },
};
