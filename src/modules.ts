import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bulkResources } from '#editions/canonical/bulk/resources/index.ts';
import { inventoryPublicEvents } from '#editions/canonical/inventory/inventory.ts';
import { sellingPublicEvents } from '#editions/canonical/orders/public-events.ts';
import { paymentPublicEvents } from '#editions/canonical/payments/payment-views.ts';
import { shipmentPublicEvents } from '#editions/canonical/shipping/shipment-views.ts';
import { V1_DOOR } from '#editions/v1/keys/door.ts';
import { v1DeliveryContract } from '#editions/v1/webhooks/contract.ts';
import { V2_DOOR } from '#editions/v2/key-door.ts';
import { v2DeliveryContract } from '#editions/v2/webhooks/contract.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, invalidField, wrongReference } from '#kernel/errors.ts';
import { createLocalFolder } from '#kernel/files/local-folder.ts';
import type { OrganizationId, UserId } from '#kernel/ids.ts';
import type { CircuitBreakers } from '#kernel/resilience/circuit-breaker.ts';
import { createOutgoingHttp, type OutgoingHttp } from '#kernel/resilience/outgoing-http.ts';
import { type Audit, auditSchema, chainKey, createAudit } from '#modules/audit/index.ts';
import { type Bulk, bulkSchema, createBulk } from '#modules/bulk/index.ts';
import { type Catalog, catalogSchema, createCatalog } from '#modules/catalog/index.ts';
import {
  type Customers,
  type CustomersDependencies,
  createCustomers,
  customersSchema,
} from '#modules/customers/index.ts';
import { createIdentity, type Identity, identitySchema } from '#modules/identity/index.ts';
import { createInventory, type Inventory, inventorySchema } from '#modules/inventory/index.ts';
import { createNotifications, type Notifications, notificationsSchema } from '#modules/notifications/index.ts';
import { createOrders, type OpenOrders, type Orders, ordersSchema, owedFor } from '#modules/orders/index.ts';
import { createPayments, type Payments, paymentsSchema } from '#modules/payments/index.ts';
import { createShipping, type Shipping, shippingSchema } from '#modules/shipping/index.ts';
import { createUsage, type Usage, usageSchema } from '#modules/usage/index.ts';
import { createVault, type Vault, vaultSchema } from '#modules/vault/index.ts';
import {
  createWebhooks,
  defaultContract,
  type Webhooks,
  type WebhooksDependencies,
  webhooksSchema,
} from '#modules/webhooks/index.ts';
import type { PlatformOptions } from './assembly.ts';
import type { Configuration } from './config.ts';
import { personalDataHolders } from './erasure.ts';
import type { Runtime } from './runtime.ts';

/** Every module's schema, in the order of migration. */
export const SCHEMAS: readonly SchemaSource[] = [
  identitySchema,
  catalogSchema,
  customersSchema,
  inventorySchema,
  vaultSchema,
  paymentsSchema,
  ordersSchema,
  shippingSchema,
  webhooksSchema,
  notificationsSchema,
  bulkSchema,
  auditSchema,
  usageSchema,
];

/** The modules as the editions see them. */
export interface Modules {
  identity: Identity;
  catalog: Catalog;
  customers: Customers;
  inventory: Inventory;
  vault: Vault;
  payments: Payments;
  orders: Orders;
  shipping: Shipping;
  webhooks: Webhooks;
  notifications: Notifications;
  bulk: Bulk;
  audit: Audit;
  usage: Usage;
}

export interface ModuleOptions extends PlatformOptions {
  runtime: Runtime;
  breakers: CircuitBreakers;
}

/** What merchants' endpoints get for the events of each module. */
const PUBLIC_EVENTS = {
  inventory: inventoryPublicEvents,
  orders: sellingPublicEvents,
  payments: paymentPublicEvents,
  shipping: shipmentPublicEvents,
};

/** Makes the modules and hands each the others it needs. */
export function createModules(options: ModuleOptions): Modules {
  const { runtime, configuration, baseUrl } = options;
  const kit = runtime.kit;
  const audit = runtime.add(
    'audit',
    createAudit(kit('audit'), { key: chainKey(options.keyring), dataDirectory: configuration.DATA_DIR }),
  );
  const notifications = addNotifications(options);
  const identity = runtime.add(
    'identity',
    createIdentity(kit('identity'), {
      issuer: baseUrl,
      async sendMail(mail, { orgId, livemode }) {
        await notifications.send({ ...mail, orgId, livemode });
      },
      // Other processes may share an external database and revoke there.
      revalidateAfterMs: configuration.DATABASE_URL ? 1_000 : 0,
      keyDoors: [V1_DOOR, V2_DOOR],
    }),
  );
  const customers: Customers = runtime.add(
    'customers',
    createCustomers(kit('customers'), {
      isUser: (tenant, id) => isUserOf(identity, tenant, id),
      readOrder: owedFor,
      paymentMethods: defaultPaymentMethods(() => payments),
      openOrders: async (tenant, ids) => (await orders.ordersUnderWay(tenant, ids, 10)).map(({ id }) => id),
      holders: personalDataHolders(() => ({ orders, shipping, payments, webhooks, notifications, bulk }), runtime),
    }),
  );
  // Orders come later and need the catalogue themselves; by the time somebody asks they are there.
  const openOrders: Pick<OpenOrders, 'openOrdersWith'> = {
    openOrdersWith: (...question) => orders.openOrdersWith(...question),
  };
  const catalog = runtime.add(
    'catalog',
    createCatalog(kit('catalog'), { customers, orders: openOrders, inventory: () => inventory }),
  );
  const administrators = {
    recipients: (orgId: OrganizationId) => administratorsOf(identity, orgId),
    sendMail: notifications.send,
  };
  const inventory: Inventory = runtime.add('inventory', createInventory(kit('inventory'), catalog, administrators));
  const { vault, payments } = addPayments(options, customers);
  const orders: Orders = runtime.add(
    'orders',
    createOrders(kit('orders'), { catalog, customers, inventory, payments, parcels: () => shipping }),
  );
  const shipping: Shipping = runtime.add(
    'shipping',
    createShipping(kit('shipping'), { orders, catalog, customers, inventory, notifications }),
  );
  const webhooks = addWebhooks(options, customers, administrators);
  const bulk: Bulk = runtime.add(
    'bulk',
    createBulk(kit('bulk'), {
      store: createLocalFolder(join(configuration.DATA_DIR, 'files')),
      resources: bulkResources({ catalog, customers, identity, inventory, orders }),
      limits: { keptBytes: configuration.FILES_TENANT_BYTES },
    }),
  );
  return {
    identity,
    catalog,
    customers,
    inventory,
    vault,
    payments,
    orders,
    shipping,
    webhooks,
    notifications,
    bulk,
    audit,
    usage: runtime.add('usage', createUsage(kit('usage'))),
  };
}

/** Customers come before payments, which decide what a customer pays with. */
function defaultPaymentMethods(payments: () => Payments): CustomersDependencies['paymentMethods'] {
  return {
    async defaultOf(tenant, id) {
      return (await payments().methods.findDefault(tenant, id))?.id ?? null;
    },
    async choose(context, customerId, methodId) {
      const { methods } = payments();
      if (methodId === null) return methods.clearDefault(context, customerId);
      const field = 'default_payment_method_id';
      const method = await methods.get(context.tenant, methodId).catch(wrongReference(field));
      if (method.customerId !== customerId) {
        throw invalidField(field, 'not_allowed', 'The payment method belongs to another customer.');
      }
      if (method.status === 'detached') throw invalidField(field, 'not_allowed', 'The payment method was detached.');
      await methods.setDefault(context, methodId);
    },
  };
}

function addNotifications({ runtime, configuration }: ModuleOptions): Notifications {
  return runtime.add(
    'notifications',
    createNotifications(runtime.kit('notifications'), {
      dataDirectory: configuration.DATA_DIR,
      from: configuration.MAIL_FROM,
      smtpUrl: configuration.SMTP_URL?.href,
    }),
  );
}

function addWebhooks(
  options: ModuleOptions,
  customers: Customers,
  administrators: Pick<WebhooksDependencies, 'recipients' | 'sendMail'>,
): Webhooks {
  const { runtime, configuration } = options;
  return runtime.add(
    'webhooks',
    createWebhooks(runtime.kit('webhooks'), {
      publicEvents: PUBLIC_EVENTS,
      contracts: [v1DeliveryContract(defaultContract(PUBLIC_EVENTS)), v2DeliveryContract(customers)],
      http: outgoingHttp(options),
      concurrency: configuration.WEBHOOK_CONCURRENCY,
      ...administrators,
    }),
  );
}

/** The payments, and the vault that their simulator asks what the token of a card stands for. */
function addPayments({ runtime, configuration, breakers, baseUrl }: ModuleOptions, customers: Customers) {
  const takesCards = (tenant: Tenant) => !tenant.livemode || configuration.PAYMENT_PROCESSOR === 'simulator';
  const vault = runtime.add('vault', createVault(runtime.kit('vault'), takesCards));
  const stripe = stripeSettings(configuration);
  // Stripe is one dependency of all. The simulator is as ill as the test tokens of whoever pays make it, and with them
  // nobody may stop the payments of others.
  const breaker = ({ orgId, livemode }: Tenant) =>
    breakers.for(stripe && livemode ? 'payment_processor' : `payment_simulator:${orgId}:${livemode ? 'live' : 'test'}`);
  const payments = runtime.add(
    'payments',
    createPayments(runtime.kit('payments'), {
      customers,
      breaker,
      baseUrl,
      stripe,
      cards: vault,
    }),
  );
  return { vault, payments };
}

async function isUserOf(identity: Identity, tenant: Tenant, id: UserId): Promise<boolean> {
  try {
    return (await identity.getUser(tenant, id)).status !== 'archived';
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'not_found') return false;
    throw error;
  }
}

/** Where an organisation is told about its own affairs (WHK-14). */
async function administratorsOf(identity: Identity, orgId: OrganizationId): Promise<string[]> {
  const page = await identity.listUsers({ orgId, livemode: true }, { role: 'admin' }, { limit: 100 });
  return page.items.filter((user) => user.status !== 'archived').map((user) => user.email);
}

function stripeSettings(configuration: Configuration) {
  const { PAYMENT_PROCESSOR, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE } = configuration;
  if (PAYMENT_PROCESSOR !== 'stripe' || !STRIPE_SECRET_KEY || !STRIPE_WEBHOOK_SECRET) return undefined;
  return { secretKey: STRIPE_SECRET_KEY, webhookSecret: STRIPE_WEBHOOK_SECRET, apiBase: STRIPE_API_BASE };
}

function outgoingHttp({ breakers, telemetry, configuration }: ModuleOptions): OutgoingHttp {
  return createOutgoingHttp({ breakers, tracing: telemetry.tracing, policy: outgoingPolicy(configuration) });
}

function outgoingPolicy({ WEBHOOK_ALLOWED_PRIVATE_HOSTS, WEBHOOK_CA_FILE }: Configuration) {
  return {
    allowedPrivateHosts: WEBHOOK_ALLOWED_PRIVATE_HOSTS,
    extraCertificateAuthorities: WEBHOOK_CA_FILE ? [readFileSync(WEBHOOK_CA_FILE, 'utf8')] : [],
    userAgent: 'TechCorp-Webhooks/1',
  };
}
